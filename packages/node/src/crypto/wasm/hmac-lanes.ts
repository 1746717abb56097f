import { HMAC_SHA1_BYTES } from '@maru/protocol/core';
import { hashAtOnce, INNER_PAD, OUTER_PAD, writeBinary } from '../node-hmac-sha1.js';
import { CODE, JOB, OUTER, PAD_BYTES, type PacketEngine } from './packet-engine.js';
import { SHA1_BLOCK_BYTES, SHA1_LANES, SHA1_STATE_WORDS, Sha1Job } from './sha1.js';

const INITIAL_STATE = Int32Array.of(0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0);
/** The bit that ends a message, and the length behind it (FIPS 180-4 §5.1.1). */
const END_OF_MESSAGE = 0x80;
const LENGTH_BYTES = 8;
/** Fewer are hashed one by one: node:crypto has the processor's instructions for SHA-1. */
const FEW = hashAtOnce ? 2 : 1;

/** A key of HMAC-SHA1 (RFC 2104 §2): the inner pad, and what SHA-1 is after each of the two. */
export interface HmacPads {
  readonly pad: Uint8Array;
  readonly inner: Int32Array;
  readonly outer: Int32Array;
}

/** Tags of packets that lie in the memory of an engine, four at a time: each has 64 bytes of room before it and as many behind its tag. */
export class HmacLanes {
  private count = 0;
  private mostBlocks = 0;
  private readonly pads: HmacPads[] = [];
  private readonly packets = new Int32Array(SHA1_LANES);
  private readonly lengths = new Int32Array(SHA1_LANES);
  private readonly tagBytes = new Int32Array(SHA1_LANES);

  constructor(private readonly engine: PacketEngine) {
    const { bytes, words } = engine;
    for (let message = OUTER; message < OUTER + SHA1_LANES * SHA1_BLOCK_BYTES; message += SHA1_BLOCK_BYTES) {
      bytes[message + HMAC_SHA1_BYTES] = END_OF_MESSAGE;
      words.setUint32(message + SHA1_BLOCK_BYTES - 4, 8 * (PAD_BYTES + HMAC_SHA1_BYTES));
    }
  }

  /** `key` has at most 64 bytes. Packets that wait get their tags first. */
  padsOf(key: Uint8Array): HmacPads {
    this.finish();
    const pad = padded(key, INNER_PAD);
    return { pad, inner: this.stateAfter(pad), outer: this.stateAfter(padded(key, OUTER_PAD)) };
  }

  /** Appends a tag to the packet at `at`, now or when {@link finish} is called. */
  add(pads: HmacPads, at: number, length: number, rollover: number, tagBytes: number): void {
    const { count } = this;
    this.engine.words.setInt32(at + length, rollover | 0); // authenticated and not sent (RFC 3711 §4.2)
    this.pads[count] = pads;
    this.packets[count] = at;
    this.lengths[count] = length + 4;
    this.tagBytes[count] = tagBytes;
    this.count += 1;
    if (this.count === SHA1_LANES) this.finish();
  }

  finish(): void {
    const { count, packets, lengths, tagBytes } = this;
    if (count === 0) return;
    if (count < FEW) for (let i = 0; i < count; i++) this.byHash(this.pads[i]!, packets[i]!, lengths[i]!, i);
    else this.together();
    this.second();
    for (let i = 0; i < count; i++) this.readDigest(i, packets[i]! + lengths[i]! - 4, tagBytes[i]!);
    this.count = this.pads.length = 0;
  }

  /** Leaves at {@link CODE} the code of the packet at `at` with its rollover counter, whose tag is not touched. */
  sign(pads: HmacPads, at: number, length: number, rollover: number): void {
    this.add(pads, at, length, rollover, 0);
    this.finish();
    this.readDigest(0, CODE, HMAC_SHA1_BYTES);
  }

  private byHash(pads: HmacPads, at: number, length: number, lane: number): void {
    const { engine } = this;
    engine.bytes.set(pads.pad, at - PAD_BYTES);
    writeBinary(hashAtOnce!('sha1', engine.message(at, length), 'binary'), engine.bytes, OUTER + lane * SHA1_BLOCK_BYTES);
  }

  private together(): void {
    this.mostBlocks = 0;
    for (let lane = 0; lane < this.count; lane++) {
      const at = this.packets[lane]!;
      this.begin(lane, this.pads[lane]!.inner, at, this.end(at, this.lengths[lane]!));
    }
    this.run();
    for (let lane = 0; lane < this.count; lane++) this.readDigest(lane, OUTER + lane * SHA1_BLOCK_BYTES, HMAC_SHA1_BYTES);
  }

  /** The hashes of outer pad and inner digest. */
  private second(): void {
    this.mostBlocks = 0;
    for (let lane = 0; lane < this.count; lane++) this.begin(lane, this.pads[lane]!.outer, OUTER + lane * SHA1_BLOCK_BYTES, 1);
    this.run();
  }

  /** Writes what ends the message, of which a pad has been hashed; returns its blocks. */
  private end(at: number, length: number): number {
    const { bytes, words } = this.engine;
    const blocks = Math.ceil((length + 1 + LENGTH_BYTES) / SHA1_BLOCK_BYTES);
    const end = at + blocks * SHA1_BLOCK_BYTES;
    bytes[at + length] = END_OF_MESSAGE;
    for (let i = at + length + 1; i < end - 4; i++) bytes[i] = 0;
    words.setUint32(end - 4, 8 * (PAD_BYTES + length));
    return blocks;
  }

  private begin(lane: number, state: Int32Array, from: number, blocks: number): void {
    const { words } = this.engine;
    const job = JOB + 4 * lane;
    words.setInt32(job + Sha1Job.from, from, true);
    words.setInt32(job + Sha1Job.blocks, blocks, true);
    for (let i = 0; i < SHA1_STATE_WORDS; i++) words.setInt32(job + Sha1Job.state + 16 * i, state[i]!, true);
    if (blocks > this.mostBlocks) this.mostBlocks = blocks;
  }

  /** Lanes that nobody has begun read what lies at the beginning of the memory. */
  private run(): void {
    const { words, exports } = this.engine;
    for (let lane = this.count; lane < SHA1_LANES; lane++) {
      words.setInt32(JOB + 4 * lane + Sha1Job.from, 0, true);
      words.setInt32(JOB + 4 * lane + Sha1Job.blocks, 0, true);
    }
    exports.sha1(JOB, this.mostBlocks);
  }

  /** Writes the first `length` bytes of the digest of `lane`: words of the module are in little-endian order, those of SHA-1 are not. */
  private readDigest(lane: number, to: number, length: number): void {
    const { bytes } = this.engine;
    const from = JOB + Sha1Job.state + 4 * lane + 3;
    for (let i = 0; i < length; i++) bytes[to + i] = bytes[from + 16 * (i >> 2) - (i & 3)]!;
  }

  private stateAfter(block: Uint8Array): Int32Array {
    const { bytes, words } = this.engine;
    bytes.set(block, OUTER);
    this.count = 1;
    this.mostBlocks = 0;
    this.begin(0, INITIAL_STATE, OUTER, 1);
    this.run();
    this.count = 0;
    bytes.fill(0, OUTER, OUTER + SHA1_BLOCK_BYTES);
    bytes[OUTER + HMAC_SHA1_BYTES] = END_OF_MESSAGE;
    words.setUint32(OUTER + SHA1_BLOCK_BYTES - 4, 8 * (PAD_BYTES + HMAC_SHA1_BYTES));
    return Int32Array.from({ length: SHA1_STATE_WORDS }, (_, i) => words.getInt32(JOB + Sha1Job.state + 16 * i, true));
  }
}

function padded(key: Uint8Array, pad: number): Uint8Array {
  const bytes = new Uint8Array(PAD_BYTES);
  bytes.set(key);
  for (let i = 0; i < PAD_BYTES; i++) bytes[i] = bytes[i]! ^ pad;
  return bytes;
}

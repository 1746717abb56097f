import { type Cipher, createCipheriv } from 'node:crypto';
import { SlabBlocks } from '@maru/protocol/bytes';
import { AES_BLOCK_BYTES, type SrtpCipher, type SrtpSessionKeys } from '@maru/protocol/core';
import { HmacLanes, type HmacPads } from './hmac-lanes.js';
import { type CounterSource, type Habit, KeyStreamRun } from './key-stream-run.js';
import { CODE, INCOMING_RUN, LONE, LONE_TEXT, MAX_PACKET_BYTES, PacketEngine, padded, RUN } from './packet-engine.js';

/** An engine, and what works in its memory. */
export class PacketBench {
  readonly outgoing: KeyStreamRun;
  readonly incoming: KeyStreamRun;
  readonly lanes: HmacLanes;
  /** Of the slabs that texts come from. */
  readonly outgoingBlocks = new SlabBlocks(MAX_PACKET_BYTES);
  readonly incomingBlocks = new SlabBlocks(MAX_PACKET_BYTES);

  private constructor(readonly engine: PacketEngine) {
    this.outgoing = new KeyStreamRun(engine, RUN);
    this.incoming = new KeyStreamRun(engine, INCOMING_RUN);
    this.lanes = new HmacLanes(engine);
  }

  /** With slots it is for batches. Undefined where there is no WebAssembly. */
  static make(hasSlots: boolean): PacketBench | undefined {
    const engine = PacketEngine.make(hasSlots);
    return engine && new PacketBench(engine);
  }
}

/** The bench of this thread for packets one by one. */
let lone: PacketBench | undefined;

/** The cipher of SRTP for keys of one direction; undefined where there is no WebAssembly. */
export function packetCipher(keys: SrtpSessionKeys): PacketCipher | undefined {
  lone ??= PacketBench.make(false);
  if (!lone) return undefined;
  return keys.authentication ? new CounterCipher(lone, keys, keys.authentication) : new GcmCipher(lone, keys);
}

/**
 * Whole packets of SRTP: AES by one cipher of node:crypto in ECB mode that lives as long as its key and encrypts counters, of several packets in
 * one call; everything else in WebAssembly, so that a packet makes no objects.
 */
export abstract class PacketCipher implements SrtpCipher, CounterSource {
  readonly maxPacketBytes = MAX_PACKET_BYTES;
  readonly tagBytes: number;
  readonly blocks: Cipher;
  readonly habit: Habit = { run: 1 };
  /** The first counter block, but for what is mixed in: SSRC, rollover counter and sequence number, from `mixedAt` on. */
  private readonly counter = new Uint8Array(AES_BLOCK_BYTES);

  protected constructor(
    protected readonly bench: PacketBench,
    { encryption, salt, tagBytes }: SrtpSessionKeys,
    private readonly mixedAt: number,
    firstBlock: number,
  ) {
    this.tagBytes = tagBytes;
    const algorithm = encryption.length === 32 ? 'aes-256-ecb' : 'aes-128-ecb';
    this.blocks = createCipheriv(algorithm, encryption, null).setAutoPadding(false);
    this.counter.set(salt);
    this.counter[AES_BLOCK_BYTES - 1] = firstBlock;
  }

  /** Of the key stream that hides so much. */
  abstract streamBytesOf(textBytes: number): number;

  abstract seal(
    rollover: number,
    bytes: Uint8Array,
    textOffset: number,
    textBytes: number,
    out: Uint8Array,
    packetOut: number,
    textOut: number,
  ): void;

  abstract open(
    rollover: number,
    bytes: Uint8Array,
    offset: number,
    length: number,
    headerBytes: number,
    out: Uint8Array,
    textOut: number,
  ): boolean;

  /**
   * Puts a packet together in a slot of a bench, and seals it there: head, of which `clearBytes` are the header, and body. Its tag may come only
   * when the lanes of the bench are finished.
   */
  abstract sealInSlot(
    bench: PacketBench,
    at: number,
    stream: number,
    rollover: number,
    heads: Uint8Array,
    headOffset: number,
    headBytes: number,
    clearBytes: number,
    body: Uint8Array,
  ): void;

  writeCounter(to: Uint8Array, at: number, packet: Uint8Array, packetAt: number, rollover: number, sequence: number): void {
    const { counter } = this;
    for (let i = 0; i < AES_BLOCK_BYTES; i++) to[at + i] = counter[i]!;
    const ssrc = at + this.mixedAt;
    for (let i = 0; i < 4; i++) to[ssrc + i] = to[ssrc + i]! ^ packet[packetAt + 8 + i]!;
    to[ssrc + 4] = to[ssrc + 4]! ^ (rollover >>> 24);
    to[ssrc + 5] = to[ssrc + 5]! ^ (rollover >>> 16);
    to[ssrc + 6] = to[ssrc + 6]! ^ (rollover >>> 8);
    to[ssrc + 7] = to[ssrc + 7]! ^ rollover;
    to[ssrc + 8] = to[ssrc + 8]! ^ (sequence >>> 8);
    to[ssrc + 9] = to[ssrc + 9]! ^ sequence;
  }
}

/** AES-CM with HMAC-SHA1 (RFC 3711 §4.1.1, §4.2.1). */
class CounterCipher extends PacketCipher {
  private readonly pads: HmacPads;

  constructor(bench: PacketBench, keys: SrtpSessionKeys, authentication: Uint8Array) {
    super(bench, keys, 4, 0);
    this.pads = bench.lanes.padsOf(authentication);
  }

  streamBytesOf(textBytes: number): number {
    return padded(textBytes);
  }

  seal(
    rollover: number,
    bytes: Uint8Array,
    textOffset: number,
    textBytes: number,
    out: Uint8Array,
    packetOut: number,
    textOut: number,
  ): void {
    const { engine, outgoing, outgoingBlocks, lanes } = this.bench;
    const headerBytes = textOut - packetOut;
    const length = headerBytes + textBytes;
    const streamBytes = padded(textBytes);
    const stream = outgoing.next(this, out, packetOut, rollover, streamBytes);
    engine.put(bytes, textOffset, outgoingBlocks, LONE_TEXT);
    engine.exports.xor(LONE_TEXT, stream, LONE + headerBytes, LONE + length);
    outgoing.wipe(stream, streamBytes);
    copy(out, packetOut, engine.bytes, LONE, headerBytes);
    lanes.add(this.pads, LONE, length, rollover, this.tagBytes);
    lanes.finish();
    out.set(engine.packet(length + this.tagBytes), packetOut);
  }

  open(
    rollover: number,
    bytes: Uint8Array,
    offset: number,
    length: number,
    headerBytes: number,
    out: Uint8Array,
    textOut: number,
  ): boolean {
    const { engine, incoming, incomingBlocks, lanes } = this.bench;
    const packetBytes = length - this.tagBytes;
    engine.put(bytes, offset, incomingBlocks, LONE);
    lanes.sign(this.pads, LONE, packetBytes, rollover);
    if (!engine.isCode(bytes, offset + packetBytes, this.tagBytes)) return false;
    const textBytes = packetBytes - headerBytes;
    const streamBytes = padded(textBytes);
    const stream = incoming.next(this, bytes, offset, rollover, streamBytes);
    engine.exports.xor(LONE + headerBytes, stream, LONE_TEXT, LONE_TEXT + textBytes);
    incoming.wipe(stream, streamBytes);
    out.set(engine.text(textBytes), textOut);
    return true;
  }

  sealInSlot(
    { engine, lanes }: PacketBench,
    at: number,
    stream: number,
    rollover: number,
    heads: Uint8Array,
    headOffset: number,
    headBytes: number,
    clearBytes: number,
    body: Uint8Array,
  ): void {
    const length = headBytes + body.length;
    copy(heads, headOffset, engine.bytes, at, headBytes);
    engine.bytes.set(body, at + headBytes);
    engine.exports.xor(at + clearBytes, stream, at + clearBytes, at + length);
    lanes.add(this.pads, at, length, rollover, this.tagBytes);
  }
}

/** AES-GCM (RFC 7714 §8, NIST SP 800-38D §7). */
class GcmCipher extends PacketCipher {
  private made: Uint8Array | undefined;

  constructor(bench: PacketBench, keys: SrtpSessionKeys) {
    super(bench, keys, 2, 1);
  }

  /** Made with the first packet. */
  private get tables(): Uint8Array {
    return (this.made ??= this.bench.engine.tablesOf(new Uint8Array(this.blocks.update(new Uint8Array(AES_BLOCK_BYTES)))));
  }

  /** The first block hides the tag. */
  streamBytesOf(textBytes: number): number {
    return AES_BLOCK_BYTES + padded(textBytes);
  }

  seal(
    rollover: number,
    bytes: Uint8Array,
    textOffset: number,
    textBytes: number,
    out: Uint8Array,
    packetOut: number,
    textOut: number,
  ): void {
    const { engine, outgoing, outgoingBlocks } = this.bench;
    const { tables } = this;
    const streamBytes = this.streamBytesOf(textBytes);
    const stream = outgoing.next(this, out, packetOut, rollover, streamBytes);
    engine.put(bytes, textOffset, outgoingBlocks, LONE_TEXT);
    hide(engine, tables, stream, out, packetOut, textOut - packetOut, textBytes);
    outgoing.wipe(stream, streamBytes);
    out.set(engine.text(textBytes + this.tagBytes), textOut);
  }

  open(
    rollover: number,
    bytes: Uint8Array,
    offset: number,
    length: number,
    headerBytes: number,
    out: Uint8Array,
    textOut: number,
  ): boolean {
    const { engine, incoming, incomingBlocks } = this.bench;
    const { tables } = this;
    const textBytes = length - this.tagBytes - headerBytes;
    const streamBytes = this.streamBytesOf(textBytes);
    const stream = incoming.next(this, bytes, offset, rollover, streamBytes);
    engine.put(bytes, offset + headerBytes, incomingBlocks, LONE_TEXT);
    engine.authenticate(tables, bytes, offset, headerBytes, textBytes);
    mask(engine.bytes, CODE, stream, CODE);
    const isAuthentic = engine.isCode(bytes, offset + length - this.tagBytes, this.tagBytes);
    if (isAuthentic) {
      engine.exports.xor(LONE_TEXT, stream + AES_BLOCK_BYTES, LONE_TEXT, LONE_TEXT + textBytes);
      out.set(engine.text(textBytes), textOut);
    }
    incoming.wipe(stream, streamBytes);
    return isAuthentic;
  }

  sealInSlot(
    { engine }: PacketBench,
    at: number,
    stream: number,
    _rollover: number,
    heads: Uint8Array,
    headOffset: number,
    headBytes: number,
    clearBytes: number,
    body: Uint8Array,
  ): void {
    const { bytes } = engine;
    const hiddenHeadBytes = headBytes - clearBytes;
    const textBytes = hiddenHeadBytes + body.length;
    copy(heads, headOffset + clearBytes, bytes, LONE_TEXT, hiddenHeadBytes);
    bytes.set(body, LONE_TEXT + hiddenHeadBytes);
    hide(engine, this.tables, stream, heads, headOffset, clearBytes, textBytes);
    copy(heads, headOffset, bytes, at, clearBytes);
    bytes.copyWithin(at + clearBytes, LONE_TEXT, LONE_TEXT + textBytes + this.tagBytes);
  }
}

/** Encrypts the text at LONE_TEXT, and appends its tag. */
function hide(
  engine: PacketEngine,
  tables: Uint8Array,
  stream: number,
  header: Uint8Array,
  headerAt: number,
  headerBytes: number,
  textBytes: number,
): void {
  engine.exports.xor(LONE_TEXT, stream + AES_BLOCK_BYTES, LONE_TEXT, LONE_TEXT + textBytes);
  engine.authenticate(tables, header, headerAt, headerBytes, textBytes);
  mask(engine.bytes, CODE, stream, LONE_TEXT + textBytes);
}

/** One block, XORed with another. */
function mask(bytes: Uint8Array, from: number, stream: number, to: number): void {
  for (let i = 0; i < AES_BLOCK_BYTES; i++) bytes[to + i] = bytes[from + i]! ^ bytes[stream + i]!;
}

/** Of a header: a few bytes, that are not worth a view. */
function copy(from: Uint8Array, offset: number, to: Uint8Array, at: number, length: number): void {
  for (let i = 0; i < length; i++) to[at + i] = from[offset + i]!;
}

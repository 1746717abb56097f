import { BLOCK_BYTES as SLAB_BLOCK_BYTES, type SlabBlocks } from '@maru/protocol/bytes';
import { AES_BLOCK_BYTES } from '@maru/protocol/core';
import { assembleModule } from './assembler.js';
import { countUp } from './counters.js';
import { GHASH_TABLES_BYTES, ghash, ghashTablesOf, xorBlocks } from './ghash.js';
import { webAssembly } from './host.js';
import { SHA1_BLOCK_BYTES, SHA1_JOB_BYTES, SHA1_LANES, sha1 } from './sha1.js';

/** Of header and text: larger packets are not for this. */
export const MAX_PACKET_BYTES = 2_048;
/** Packets whose key streams are made in one call of node:crypto. */
export const MAX_RUN = 8;
/** Packets that lie in memory of their own until they are sent. */
export const SLOTS = 32;
/** There is so much room before each packet, for the pad of a key (RFC 2104 §2). */
export const PAD_BYTES = SHA1_BLOCK_BYTES;
export const RUN_BYTES = MAX_RUN * (AES_BLOCK_BYTES + MAX_PACKET_BYTES);

const PAGE_BYTES = 65_536;
const LONGEST_TAG_BYTES = 16;
/** What SHA-1 wants behind a message at most: a bit, zeros, a length. */
const SHA1_END_BYTES = SHA1_BLOCK_BYTES + 9;
/** A pad, a packet, its tag or the rollover counter, and the end of a message. */
const SLOT_BYTES = PAD_BYTES + MAX_PACKET_BYTES + LONGEST_TAG_BYTES + SHA1_END_BYTES + 7;

/** Where things lie in the module's memory. */
const TABLES = 0;
export const JOB = TABLES + GHASH_TABLES_BYTES;
/** What was hashed last. */
export const CODE = JOB + SHA1_JOB_BYTES;
/** For each lane the second message of HMAC. */
export const OUTER = CODE + 2 * AES_BLOCK_BYTES;
/** Key streams of packets that go out, and of packets that come in. */
export const RUN = OUTER + SHA1_LANES * SHA1_BLOCK_BYTES;
export const INCOMING_RUN = RUN + RUN_BYTES + AES_BLOCK_BYTES;
/** A packet that is sealed or opened by itself; before it there is room for what a block of a slab has before a text. */
export const LONE = INCOMING_RUN + RUN_BYTES + AES_BLOCK_BYTES + SLAB_BLOCK_BYTES + PAD_BYTES;
/** A text by itself, and before it what is authenticated with it. */
export const LONE_TEXT = LONE + MAX_PACKET_BYTES;
const FIRST_SLOT = LONE_TEXT + SLAB_BLOCK_BYTES + 2 * MAX_PACKET_BYTES + PAD_BYTES;

interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): void };
  ghash(tables: number, from: number, end: number, out: number): void;
  xor(source: number, stream: number, target: number, targetEnd: number): void;
  sha1(job: number, blocks: number): void;
  countUp(first: number, end: number): void;
}

let module: object | undefined;

/**
 * Memory and arithmetic for whole packets of SRTP, in WebAssembly: key streams are brought in, since AES is node:crypto's, and all else is done
 * here. No branch and no address depends on a secret.
 */
export class PacketEngine {
  /** All of the memory. */
  readonly bytes: Uint8Array;
  readonly words: DataView;
  readonly exports: Exports;
  private tables: Uint8Array | undefined;
  /** Views by their lengths, each made once. */
  private readonly messageViews = noViews(PAD_BYTES + MAX_PACKET_BYTES + LONGEST_TAG_BYTES);
  private readonly packetViews = noViews(MAX_PACKET_BYTES + LONGEST_TAG_BYTES);
  private readonly textViews = noViews(MAX_PACKET_BYTES + LONGEST_TAG_BYTES);
  /** By the slot, as long as the last packet there. */
  private readonly slotViews = noViews(SLOTS - 1);

  private constructor(assembly: NonNullable<typeof webAssembly>, pages: number) {
    module ??= new assembly.Module(assembleModule([ghash(), xorBlocks(), sha1(), countUp()], 1));
    this.exports = new assembly.Instance(module).exports as Exports;
    if (pages > 1) this.exports.memory.grow(pages - 1);
    const { buffer } = this.exports.memory;
    this.bytes = new Uint8Array(buffer);
    this.words = new DataView(buffer);
  }

  /** With slots it is for batches. Undefined where there is no WebAssembly. */
  static make(hasSlots: boolean): PacketEngine | undefined {
    const end = FIRST_SLOT + (hasSlots ? SLOTS * SLOT_BYTES : 0);
    return webAssembly && new PacketEngine(webAssembly, Math.ceil(end / PAGE_BYTES));
  }

  /** Where the packet of a slot begins. */
  slot(index: number): number {
    return FIRST_SLOT + index * SLOT_BYTES + PAD_BYTES;
  }

  slotView(index: number, length: number): Uint8Array {
    const known = this.slotViews[index];
    if (known?.length === length) return known;
    const at = this.slot(index);
    return (this.slotViews[index] = this.bytes.subarray(at, at + length));
  }

  /** The pad before the packet at `at`, and `length` bytes of it. */
  message(at: number, length: number): Uint8Array {
    const end = PAD_BYTES + length;
    if (at !== LONE) return this.bytes.subarray(at - PAD_BYTES, at + length);
    return (this.messageViews[end] ??= this.bytes.subarray(LONE - PAD_BYTES, LONE + length));
  }

  /** The first bytes of the packet at {@link LONE}. */
  packet(length: number): Uint8Array {
    return (this.packetViews[length] ??= this.bytes.subarray(LONE, LONE + length));
  }

  /** And of the text at {@link LONE_TEXT}. */
  text(length: number): Uint8Array {
    return (this.textViews[length] ??= this.bytes.subarray(LONE_TEXT, LONE_TEXT + length));
  }

  /** Copies what begins at `offset` to LONE or LONE_TEXT: a packet at most. What lies around it there means nothing any more. */
  put(from: Uint8Array, offset: number, blocks: SlabBlocks, at: number): void {
    const { bytes } = this;
    if (from.length <= MAX_PACKET_BYTES && offset <= SLAB_BLOCK_BYTES) bytes.set(from, at - offset);
    else bytes.set(blocks.at(from, offset), at - (offset % SLAB_BLOCK_BYTES));
  }

  /** The tables of H^8 to H^1 for {@link authenticate} (NIST SP 800-38D §6.4). */
  tablesOf(hashKey: Uint8Array): Uint8Array {
    this.tables = undefined;
    return ghashTablesOf(hashKey, this.bytes, this.exports.ghash, LONE_TEXT);
  }

  /** Leaves at {@link CODE} what the text at {@link LONE_TEXT} and what comes with it hash to (NIST SP 800-38D §7.1 step 5). */
  authenticate(tables: Uint8Array, beside: Uint8Array, besideOffset: number, besideBytes: number, textBytes: number): void {
    const { bytes, words } = this;
    if (tables !== this.tables) {
      this.tables = tables;
      bytes.set(tables, TABLES);
    }
    const from = LONE_TEXT - padded(besideBytes);
    const end = LONE_TEXT + padded(textBytes);
    for (let i = 0; i < besideBytes; i++) bytes[from + i] = beside[besideOffset + i]!;
    for (let at = from + besideBytes; at < LONE_TEXT; at++) bytes[at] = 0;
    for (let at = LONE_TEXT + textBytes; at < end; at++) bytes[at] = 0;
    words.setUint32(end, 0);
    words.setUint32(end + 4, besideBytes * 8);
    words.setUint32(end + 8, 0);
    words.setUint32(end + 12, textBytes * 8);
    this.exports.ghash(TABLES, from, end + AES_BLOCK_BYTES, CODE);
  }

  /** Whether the code at {@link CODE} is the one at `tagAt`; looks at all of it, whatever it finds. */
  isCode(tag: Uint8Array, tagAt: number, tagBytes: number): boolean {
    const { bytes } = this;
    let difference = 0;
    for (let i = 0; i < tagBytes; i++) difference |= bytes[CODE + i]! ^ tag[tagAt + i]!;
    return difference === 0;
  }
}

function noViews(longest: number): (Uint8Array | undefined)[] {
  return new Array<Uint8Array | undefined>(longest + 1).fill(undefined);
}

/** Bytes of whole blocks. */
export function padded(bytes: number): number {
  return (bytes + AES_BLOCK_BYTES - 1) & -AES_BLOCK_BYTES;
}

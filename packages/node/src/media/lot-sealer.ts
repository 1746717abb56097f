import { SEAL_INTS, type SealBatch, SealField } from '@maru/protocol/srtp';
import { PacketBench, type PacketCipher } from '../crypto/wasm/packet-cipher.js';
import { MAX_PACKET_BYTES, MAX_RUN, SLOTS } from '../crypto/wasm/packet-engine.js';
import type { MediaKey } from './media-key.js';

/** Packets sealed together, and then sent. */
export const LOT = SLOTS;
/** Views of bodies that are kept while a batch is sealed, since many packets have the same one; a power of two. */
const BODIES = 64;
/** The largest UDP datagram. */
const MAX_DATAGRAM_BYTES = 65_507;

/** What a {@link LotSealer} asks its driver for. */
export interface LotSource {
  keyOf(key: number): MediaKey | undefined;
  slabOf(slab: number): Uint8Array | undefined;
}

/**
 * Seals lots of packets in the memory of WebAssembly, where they stay until the next: key streams of what has the same key are made together, tags
 * of AES-CM four at a time, whoever's they are.
 */
export class LotSealer {
  /** Of each packet of the lot; 0 where it could not be sealed. */
  readonly lengths = new Int32Array(LOT);
  private readonly apart = new Array<Uint8Array | undefined>(LOT).fill(undefined);
  private readonly streams = new Int32Array(MAX_RUN);
  private readonly bodies = new Array<Uint8Array | undefined>(BODIES).fill(undefined);

  constructor(
    private readonly source: LotSource,
    private bench = PacketBench.make(true),
  ) {}

  /** Whoever was lent packets still has them: what is sealed from now on lies elsewhere. */
  renew(): void {
    this.bench = this.bench && PacketBench.make(true);
  }

  /** Seals the packets of `rows` from `first` until `end`, which are {@link LOT} at most. */
  seal(batch: SealBatch, rows: Int32Array, first: number, end: number): void {
    this.apart.fill(undefined);
    for (let i = first; i < end; ) i = this.sealRun(batch, rows, first, i, end);
    this.bench?.lanes.finish();
    this.bodies.fill(undefined);
  }

  /** A packet that was sealed; lent until the next lot, or as long as it takes where {@link renew} is called before. */
  packet(index: number): Uint8Array {
    return this.apart[index] ?? this.bench!.engine.slotView(index, this.lengths[index]!);
  }

  /** As many packets from `from` on as have one key; returns the row after them. */
  private sealRun(batch: SealBatch, rows: Int32Array, first: number, from: number, end: number): number {
    const { table, heads } = batch;
    const { bench, lengths, streams } = this;
    const key = table[rows[from]! * SEAL_INTS + SealField.key]!;
    const known = this.source.keyOf(key);
    const cipher = known?.cipher;
    bench?.outgoing.begin();
    let to = from;
    for (; to < end && to - from < MAX_RUN; to++) {
      const at = rows[to]! * SEAL_INTS;
      const headBytes = table[at + SealField.headBytes]!;
      const length = headBytes + table[at + SealField.bodyBytes]!;
      if (table[at + SealField.key] !== key) break;
      if (!cipher || !bench || length > MAX_PACKET_BYTES || !this.hasBody(table, at)) break;
      const headOffset = table[at + SealField.headOffset]!;
      const sequence = (heads[headOffset + 2]! << 8) | heads[headOffset + 3]!;
      const streamBytes = cipher.streamBytesOf(length - table[at + SealField.clearBytes]!);
      const stream = bench.outgoing.add(cipher, heads, headOffset, table[at + SealField.rollover]!, sequence, streamBytes);
      if (stream < 0) break;
      streams[to - from] = stream;
      lengths[to - first] = length + cipher.tagBytes;
    }
    if (to === from) {
      this.sealApart(batch, rows[from]! * SEAL_INTS, from - first, known);
      return from + 1;
    }
    bench!.outgoing.finish(cipher!.blocks);
    for (let i = from; i < to; i++) this.sealOne(bench!, cipher!, batch, rows[i]! * SEAL_INTS, i - first, streams[i - from]!);
    bench!.outgoing.wipeAll();
    return to;
  }

  private sealOne(bench: PacketBench, cipher: PacketCipher, batch: SealBatch, at: number, index: number, stream: number): void {
    const { table, heads } = batch;
    cipher.sealInSlot(
      bench,
      bench.engine.slot(index),
      stream,
      table[at + SealField.rollover]!,
      heads,
      table[at + SealField.headOffset]!,
      table[at + SealField.headBytes]!,
      table[at + SealField.clearBytes]!,
      this.bodyOf(table, at),
    );
  }

  private hasBody(table: Int32Array, at: number): boolean {
    const slab = this.source.slabOf(table[at + SealField.slab]!);
    return slab !== undefined && table[at + SealField.bodyOffset]! + table[at + SealField.bodyBytes]! <= slab.length;
  }

  private bodyOf(table: Int32Array, at: number): Uint8Array {
    const slab = this.source.slabOf(table[at + SealField.slab]!)!;
    const offset = table[at + SealField.bodyOffset]!;
    const length = table[at + SealField.bodyBytes]!;
    const place = ((offset >>> 6) ^ (offset >>> 12) ^ length) & (BODIES - 1);
    const known = this.bodies[place];
    const isKnown = known?.length === length && known.byteOffset === slab.byteOffset + offset && known.buffer === slab.buffer;
    return isKnown ? known : (this.bodies[place] = slab.subarray(offset, offset + length));
  }

  /** A packet that is too large for a slot, or for which there is no WebAssembly: in memory of its own. */
  private sealApart({ table, heads }: SealBatch, at: number, index: number, key: MediaKey | undefined): void {
    const headOffset = table[at + SealField.headOffset]!;
    const headBytes = table[at + SealField.headBytes]!;
    const bodyOffset = table[at + SealField.bodyOffset]!;
    const bodyBytes = table[at + SealField.bodyBytes]!;
    const body = this.source.slabOf(table[at + SealField.slab]!);
    const length = headBytes + bodyBytes;
    const isKnown = key && body && this.hasBody(table, at) && length + key.transform.rtpOverheadBytes <= MAX_DATAGRAM_BYTES;
    this.lengths[index] = isKnown ? length + key.transform.rtpOverheadBytes : 0;
    if (!isKnown) return;
    const out = Buffer.allocUnsafeSlow(this.lengths[index]!);
    out.set(heads.subarray(headOffset, headOffset + headBytes));
    out.set(body.subarray(bodyOffset, bodyOffset + bodyBytes), headBytes);
    const clearBytes = table[at + SealField.clearBytes]!;
    const rollover = table[at + SealField.rollover]!;
    key.transform.encryptRtp(
      out.readInt32BE(8),
      rollover,
      out.readUInt16BE(2),
      out,
      clearBytes,
      length - clearBytes,
      out,
      0,
      clearBytes,
    );
    key.transform.tagRtp(rollover, out, 0, length);
    this.apart[index] = out;
  }
}

/**
 * SACK (RFC 9260 §3.3.4), read and written in place: there is one for every second packet.
 *
 *      0                   1                   2                   3
 *     |   Type = 3    |  Chunk Flags  |         Chunk Length          |
 *     |                      Cumulative TSN Ack                       |
 *     |          Advertised Receiver Window Credit (a_rwnd)           |
 *     |   Number of Gap Ack Blocks    |    Number of Duplicate TSNs   |
 *     |     Gap Ack Block #1 Start    |      Gap Ack Block #1 End     |
 *     |                       Duplicate TSN 1                         |
 */
import { type Decoded, Malformed } from '../../core/index.js';
import { ChunkType } from '../chunk-types.js';
import { readU16, readU32, writeU16, writeU32 } from '../wire.js';

/** Bytes of a SACK with no gap block and no duplicate, chunk header included. */
export const SACK_MIN_BYTES = 16;

const TRUNCATED = Malformed.of('sctp/sack/truncated');

/** A received SACK. One object serves all: valid until the next decode. */
export interface Sack {
  cumulativeTsn: number;
  advertisedWindow: number;
  gapBlocks: number;
  duplicates: number;
  /** The packet, and where in it the first gap block stands: start and end in turn, 16 bits each. */
  bytes: Uint8Array;
  gapsAt: number;
}

const EMPTY = new Uint8Array(0);

/** An empty {@link Sack} to decode into. */
export function blankSack(): Sack {
  return { cumulativeTsn: 0, advertisedWindow: 0, gapBlocks: 0, duplicates: 0, bytes: EMPTY, gapsAt: 0 };
}

/** Decodes the chunk at `start` (its header included) that ends at `end` into `sack`. */
export function decodeSack(bytes: Uint8Array, start: number, end: number, sack: Sack): Decoded<Sack> {
  if (start + SACK_MIN_BYTES > end) return TRUNCATED;
  sack.cumulativeTsn = readU32(bytes, start + 4);
  sack.advertisedWindow = readU32(bytes, start + 8);
  sack.gapBlocks = readU16(bytes, start + 12);
  sack.duplicates = readU16(bytes, start + 14);
  sack.bytes = bytes;
  sack.gapsAt = start + SACK_MIN_BYTES;
  if (sack.gapsAt + 4 * (sack.gapBlocks + sack.duplicates) > end) return TRUNCATED;
  return sack;
}

/**
 * Writes a SACK at `at`; `gapBounds` holds start and end of each of `gapBlocks` in turn. Returns its length. The caller
 * has made sure of {@link SACK_MIN_BYTES} plus 4 for each block and duplicate.
 */
export function encodeSack(
  out: Uint8Array,
  at: number,
  cumulativeTsn: number,
  advertisedWindow: number,
  gapBounds: Uint16Array,
  gapBlocks: number,
  duplicates: readonly number[],
): number {
  const length = SACK_MIN_BYTES + 4 * (gapBlocks + duplicates.length);
  out[at] = ChunkType.sack;
  out[at + 1] = 0;
  writeU16(out, at + 2, length);
  writeU32(out, at + 4, cumulativeTsn);
  writeU32(out, at + 8, advertisedWindow);
  writeU16(out, at + 12, gapBlocks);
  writeU16(out, at + 14, duplicates.length);
  let position = at + SACK_MIN_BYTES;
  for (let bound = 0; bound < 2 * gapBlocks; bound++, position += 2) writeU16(out, position, gapBounds[bound]!);
  for (const tsn of duplicates) {
    writeU32(out, position, tsn);
    position += 4;
  }
  return length;
}

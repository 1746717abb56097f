import { ByteReader, type ByteWriter } from '../../bytes/index.js';
import { type Decoded, Malformed } from '../../core/index.js';
import { ChunkType } from '../chunk-types.js';

const TRUNCATED = Malformed.of('sctp/forward-tsn/truncated');

/** A stream on which the sender gave up messages up to and including one. */
export interface SkippedStream {
  readonly streamId: number;
  /** Only I-FORWARD-TSN tells; in FORWARD-TSN all are ordered. */
  readonly isUnordered: boolean;
  /** Stream sequence number (FORWARD-TSN) or message identifier (I-FORWARD-TSN) of the last one given up. */
  readonly sequence: number;
}

/** FORWARD-TSN (RFC 3758 §3.2) or I-FORWARD-TSN (RFC 8260 §2.3.1). */
export interface ForwardTsn {
  readonly newCumulativeTsn: number;
  readonly skipped: readonly SkippedStream[];
}

/** Bytes of the chunk before its first stream, and of each stream. */
export const FORWARD_TSN_HEADER_BYTES = 8;
export const FORWARD_TSN_STREAM_BYTES = 4;
export const I_FORWARD_TSN_STREAM_BYTES = 8;

/**
 * Decodes the value of a FORWARD-TSN chunk.
 *
 *      0                   1                   2                   3
 *     |                      New Cumulative TSN                       |
 *     |         Stream-1              |       Stream Sequence-1       |
 */
export function decodeForwardTsn(value: Uint8Array): Decoded<ForwardTsn> {
  const reader = new ByteReader(value);
  const newCumulativeTsn = reader.u32();
  const skipped: SkippedStream[] = [];
  while (reader.remaining >= FORWARD_TSN_STREAM_BYTES)
    skipped.push({ streamId: reader.u16(), sequence: reader.u16(), isUnordered: false });
  return reader.failed ? TRUNCATED : { newCumulativeTsn, skipped };
}

/**
 * Decodes the value of an I-FORWARD-TSN chunk.
 *
 *      0                   1                   2                   3
 *     |                      New Cumulative TSN                       |
 *     |       Stream Identifier       |          Reserved           |U|
 *     |                       Message Identifier                      |
 */
export function decodeIForwardTsn(value: Uint8Array): Decoded<ForwardTsn> {
  const reader = new ByteReader(value);
  const newCumulativeTsn = reader.u32();
  const skipped: SkippedStream[] = [];
  while (reader.remaining >= I_FORWARD_TSN_STREAM_BYTES)
    skipped.push({ streamId: reader.u16(), isUnordered: (reader.u16() & 1) === 1, sequence: reader.u32() });
  return reader.failed ? TRUNCATED : { newCumulativeTsn, skipped };
}

export function encodeForwardTsn(chunk: ForwardTsn, out: ByteWriter): void {
  out
    .u8(ChunkType.forwardTsn)
    .u8(0)
    .u16(FORWARD_TSN_HEADER_BYTES + FORWARD_TSN_STREAM_BYTES * chunk.skipped.length)
    .u32(chunk.newCumulativeTsn);
  for (const { streamId, sequence } of chunk.skipped) out.u16(streamId).u16(sequence);
}

export function encodeIForwardTsn(chunk: ForwardTsn, out: ByteWriter): void {
  out
    .u8(ChunkType.iForwardTsn)
    .u8(0)
    .u16(FORWARD_TSN_HEADER_BYTES + I_FORWARD_TSN_STREAM_BYTES * chunk.skipped.length)
    .u32(chunk.newCumulativeTsn);
  for (const { streamId, isUnordered, sequence } of chunk.skipped)
    out
      .u16(streamId)
      .u16(isUnordered ? 1 : 0)
      .u32(sequence);
}

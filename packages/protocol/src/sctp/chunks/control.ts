import { ByteReader, type ByteWriter } from '../../bytes/index.js';
import { type Decoded, Malformed } from '../../core/index.js';
import { ChunkType } from '../chunk-types.js';

const TRUNCATED = Malformed.of('sctp/shutdown/truncated');

/** Appends a chunk of any type with its value as is, padded: COOKIE ECHO, COOKIE ACK, SHUTDOWN ACK, HEARTBEAT ACK. */
export function encodeChunk(type: number, flags: number, value: Uint8Array, out: ByteWriter): void {
  out
    .u8(type)
    .u8(flags)
    .u16(4 + value.length)
    .raw(value)
    .zeros(-value.length & 3);
}

/** Appends a SHUTDOWN chunk (RFC 9260 §3.3.8). */
export function encodeShutdown(cumulativeTsn: number, out: ByteWriter): void {
  out.u8(ChunkType.shutdown).u8(0).u16(8).u32(cumulativeTsn);
}

/** The Cumulative TSN Ack of a SHUTDOWN chunk's value. */
export function decodeShutdown(value: Uint8Array): Decoded<number> {
  const reader = new ByteReader(value);
  const cumulativeTsn = reader.u32();
  return reader.failed ? TRUNCATED : cumulativeTsn;
}

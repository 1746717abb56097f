import { ByteReader, type ByteWriter } from '../../bytes/index.js';
import { ChunkType, REFLECTED_TAG_FLAG } from '../chunk-types.js';

/** Longest cause value that we send back: what caused it may have filled a packet. */
const MAX_CAUSE_BYTES = 64;

/** Code of the first cause of an ABORT or ERROR chunk's value (RFC 9260 §3.3.10), undefined if it has none. */
export function firstErrorCause(value: Uint8Array): number | undefined {
  const reader = new ByteReader(value);
  const code = reader.u16();
  const length = reader.u16();
  return reader.failed || length < 4 ? undefined : code;
}

/** Appends an ERROR chunk with one cause (RFC 9260 §3.3.10). */
export function encodeError(cause: number, information: Uint8Array, out: ByteWriter): void {
  const start = out.length;
  out.u8(ChunkType.error).u8(0).u16(0);
  encodeCause(cause, information, out);
  out.patchU16(start + 2, out.length - start);
}

/** Appends an ABORT chunk with one cause or none (RFC 9260 §3.3.7). */
export function encodeAbort(cause: number | undefined, isTagReflected: boolean, out: ByteWriter): void {
  const start = out.length;
  out
    .u8(ChunkType.abort)
    .u8(isTagReflected ? REFLECTED_TAG_FLAG : 0)
    .u16(0);
  if (cause !== undefined) encodeCause(cause, new Uint8Array(0), out);
  out.patchU16(start + 2, out.length - start);
}

function encodeCause(cause: number, information: Uint8Array, out: ByteWriter): void {
  const value = information.subarray(0, MAX_CAUSE_BYTES);
  out
    .u16(cause)
    .u16(4 + value.length)
    .raw(value)
    .zeros(-value.length & 3);
}

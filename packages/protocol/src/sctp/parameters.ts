import type { ByteWriter } from '../bytes/index.js';

/** One type-length-value parameter or error cause (RFC 9260 §3.2.1). `value` is a view. */
export interface Parameter {
  readonly type: number;
  readonly value: Uint8Array;
}

const HEADER_BYTES = 4;

/**
 * The parameters of `bytes`, or undefined if one is shorter than its header or reaches past the end. The padding of the
 * last one may be missing (RFC 9260 §3.2).
 *
 *      0                   1                   2                   3
 *     |          Parameter Type       |       Parameter Length        |
 *     |                       Parameter Value, padded to 4 bytes      |
 */
export function decodeParameters(bytes: Uint8Array): Parameter[] | undefined {
  const parameters: Parameter[] = [];
  let at = 0;
  while (at < bytes.length) {
    if (at + HEADER_BYTES > bytes.length) return undefined;
    const type = (bytes[at]! << 8) | bytes[at + 1]!;
    const length = (bytes[at + 2]! << 8) | bytes[at + 3]!;
    if (length < HEADER_BYTES || at + length > bytes.length) return undefined;
    parameters.push({ type, value: bytes.subarray(at + HEADER_BYTES, at + length) });
    at += (length + 3) & ~3;
  }
  return parameters;
}

/** Appends a parameter and pads it to four bytes. */
export function encodeParameter(type: number, value: Uint8Array, out: ByteWriter): void {
  out
    .u16(type)
    .u16(HEADER_BYTES + value.length)
    .raw(value)
    .zeros(-value.length & 3);
}

/** Bytes that a parameter with a value this long takes, padding included. */
export function sizeOfParameter(valueBytes: number): number {
  return (HEADER_BYTES + valueBytes + 3) & ~3;
}

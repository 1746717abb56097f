import { type Decoded, Malformed } from '../core/index.js';

const MAX_VALUE = 2n ** 64n - 1n;
/** Values below it stand in the first byte itself. */
const SMALL = 8n;

const TRUNCATED = Malformed.of('sframe/header/truncated');

/** What precedes every ciphertext, and is authenticated with it (RFC 9605 §4.3). */
export interface SFrameHeader {
  /** Key ID. */
  readonly kid: bigint;
  /** Frame counter. */
  readonly ctr: bigint;
  /** Of the header itself, in bytes. */
  readonly bytes: number;
}

/**
 * The shortest form of a key ID and a counter, each below 2^64:
 *
 *      0 1 2 3 4 5 6 7
 *     |X|  K  |Y|  C  | KID... | CTR...
 */
export function encodeHeader(kid: bigint, ctr: bigint): Uint8Array {
  if (kid > MAX_VALUE || ctr > MAX_VALUE) throw new RangeError('A key ID and a counter of SFrame have 64 bits');
  const [kidBytes, ctrBytes] = [extensionOf(kid), extensionOf(ctr)];
  const config = (nibble(kid, kidBytes) << 4) | nibble(ctr, ctrBytes);
  return Uint8Array.from([config, ...kidBytes, ...ctrBytes]);
}

function extensionOf(value: bigint): number[] {
  if (value < SMALL) return [];
  const bytes: number[] = [];
  for (let rest = value; rest > 0n; rest >>= 8n) bytes.unshift(Number(rest & 0xffn));
  return bytes;
}

function nibble(value: bigint, extension: readonly number[]): number {
  return extension.length === 0 ? Number(value) : 0x08 | (extension.length - 1);
}

export function decodeHeader(bytes: Uint8Array): Decoded<SFrameHeader> {
  const config = bytes[0];
  if (config === undefined) return TRUNCATED;
  const kidBytes = lengthOf(config >> 4);
  const ctrBytes = lengthOf(config & 0x0f);
  const length = 1 + kidBytes + ctrBytes;
  if (bytes.length < length) return TRUNCATED;
  return {
    kid: kidBytes === 0 ? BigInt((config >> 4) & 0x07) : readValue(bytes, 1, kidBytes),
    ctr: ctrBytes === 0 ? BigInt(config & 0x07) : readValue(bytes, 1 + kidBytes, ctrBytes),
    bytes: length,
  };
}

function lengthOf(half: number): number {
  return half & 0x08 ? (half & 0x07) + 1 : 0;
}

function readValue(bytes: Uint8Array, offset: number, length: number): bigint {
  let value = 0n;
  for (let i = 0; i < length; i++) value = (value << 8n) | BigInt(bytes[offset + i]!);
  return value;
}

import type { StunMessage } from './message.js';
import { AttributeType } from './registry.js';

/** 'STUN' in ASCII: keeps a CRC of another protocol from fitting (RFC 8489 §14.7). */
export const FINGERPRINT_XOR = 0x5354_554e;

const TABLE = new Uint32Array(256).map((_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb8_8320 : crc >>> 1;
  return crc;
});

/** CRC-32 of ITU V.42, unsigned. */
export function crc32(bytes: Uint8Array): number {
  let crc = 0xffff_ffff;
  for (let i = 0; i < bytes.length; i++) crc = (crc >>> 8) ^ TABLE[(crc ^ bytes[i]!) & 0xff]!;
  return (crc ^ 0xffff_ffff) >>> 0;
}

/** Whether the message's FINGERPRINT is right; undefined when it has none. */
export function checkFingerprint(message: StunMessage): boolean | undefined {
  const attribute = message.find(AttributeType.fingerprint);
  if (!attribute) return undefined;
  const { value, offset } = attribute;
  if (value.length !== 4 || offset + 8 !== message.bytes.length) return false;
  const expected = ((value[0]! << 24) | (value[1]! << 16) | (value[2]! << 8) | value[3]!) >>> 0;
  return (crc32(message.bytes.subarray(0, offset)) ^ FINGERPRINT_XOR) >>> 0 === expected;
}

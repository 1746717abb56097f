import { crc32cUpdate } from './crc32c.js';
import { readU16, readU32, writeU16, writeU32 } from './wire.js';

/**
 * The common header (RFC 9260 §3.1).
 *
 *      0                   1                   2                   3
 *     |     Source Port Number        |     Destination Port Number   |
 *     |                      Verification Tag                         |
 *     |                           Checksum                            |
 */
export const COMMON_HEADER_BYTES = 12;
export const CHUNK_HEADER_BYTES = 4;

const CHECKSUM_AT = 8;
const NO_BYTES = new Uint8Array(4);

export function sourcePort(packet: Uint8Array): number {
  return readU16(packet, 0);
}

export function destinationPort(packet: Uint8Array): number {
  return readU16(packet, 2);
}

export function verificationTag(packet: Uint8Array): number {
  return readU32(packet, 4);
}

/** How a packet's checksum field relates to its bytes. */
export type ChecksumVerdict = 'correct' | 'zero' | 'wrong';

/** Looks at the checksum. A zero that is the correct value by chance is `'correct'`. */
export function verifyChecksum(packet: Uint8Array): ChecksumVerdict {
  const field = readU32(packet, CHECKSUM_AT);
  if (field === checksumField(packet, packet.length)) return 'correct';
  return field === 0 ? 'zero' : 'wrong';
}

/** Whether the field is zero: the cheap look for a receiver that accepts it (RFC 9653 §5.3). */
export function hasZeroChecksum(packet: Uint8Array): boolean {
  return readU32(packet, CHECKSUM_AT) === 0;
}

/** Writes the common header of the packet that is `length` bytes of `out`; the chunks stand there already. */
export function sealPacket(
  out: Uint8Array,
  length: number,
  localPort: number,
  remotePort: number,
  tag: number,
  isChecksummed: boolean,
): void {
  writeU16(out, 0, localPort);
  writeU16(out, 2, remotePort);
  writeU32(out, 4, tag);
  writeU32(out, CHECKSUM_AT, isChecksummed ? checksumField(out, length) : 0);
}

/** The checksum as the field holds it: CRC32c over the packet with a zero field, least significant byte first. */
function checksumField(packet: Uint8Array, length: number): number {
  let crc = crc32cUpdate(-1, packet, 0, CHECKSUM_AT);
  crc = crc32cUpdate(crc, NO_BYTES, 0, 4);
  crc = ~crc32cUpdate(crc, packet, COMMON_HEADER_BYTES, length);
  return ((crc << 24) | ((crc & 0xff00) << 8) | ((crc >>> 8) & 0xff00) | (crc >>> 24)) >>> 0;
}

import type { ByteWriter } from '../bytes/index.js';

const VERSION_2 = 0x80;

/**
 * Writes the header that all packets share (RFC 3550 §6.4); {@link endPacket} fills in the length. Returns where it begins.
 *
 *     |V=2|P| count/FMT |      PT       |             length            |
 */
export function beginPacket(out: ByteWriter, type: number, count: number): number {
  const start = out.length;
  if (count > 31) out.failed = true;
  out
    .u8(VERSION_2 | count)
    .u8(type)
    .u16(0);
  return start;
}

/** Fills in the length, in 32-bit words minus one; pads with zeros what does not end on a word (where a packet allows that). */
export function endPacket(out: ByteWriter, start: number): void {
  out.zeros(-(out.length - start) & 3);
  out.patchU16(start + 2, (out.length - start) / 4 - 1);
}

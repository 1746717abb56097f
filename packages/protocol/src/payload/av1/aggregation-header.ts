/**
 * The first byte of an AV1 payload (AV1 RTP §4.4).
 *
 *      0 1 2 3 4 5 6 7
 *     |Z|Y| W |N|-|-|-|
 */
export const FIRST_CONTINUES = 0x80;
export const LAST_CONTINUES = 0x40;
export const NEW_SEQUENCE = 0x08;
/** How many elements there are, the last without length; 0: all have a length. */
export const MAX_COUNTED_ELEMENTS = 3;

export function elementCount(header: number): number {
  return (header >> 4) & 0x03;
}

export function withElementCount(count: number): number {
  return count << 4;
}

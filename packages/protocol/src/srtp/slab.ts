/** Copies within one slab or between two, without a view where that can be. */
export function copyBytes(from: Uint8Array, offset: number, to: Uint8Array, at: number, length: number): void {
  if (from === to) {
    if (offset !== at) to.copyWithin(at, offset, offset + length);
  } else if (length <= 128) for (let i = 0; i < length; i++) to[at + i] = from[offset + i]!;
  else to.set(from.subarray(offset, offset + length), at);
}

/** Integers that describe one packet of a batch: offset, length, and one that is the driver's. */
export const DESCRIPTOR_INTS = 3;

/** Blocks of a slab begin as far apart. */
export const BLOCK_BYTES = 1_024;

const NOTHING = new Uint8Array(0);

/**
 * Views of one slab that begin at multiples of {@link BLOCK_BYTES}, each made once: whoever copies the whole block around what is
 * wanted needs no view of it.
 */
export class SlabBlocks {
  private slab: Uint8Array = NOTHING;
  private views: (Uint8Array | undefined)[] = [];

  /** What lies at any place of a block is in its view whole, if it is `reachBytes` long at most. */
  constructor(private readonly reachBytes: number) {}

  /** The block of `slab` that `offset` is in, with what follows it. */
  at(slab: Uint8Array, offset: number): Uint8Array {
    if (slab !== this.slab) {
      this.slab = slab;
      this.views = new Array<Uint8Array | undefined>(Math.ceil(slab.length / BLOCK_BYTES)).fill(undefined);
    }
    const block = Math.floor(offset / BLOCK_BYTES);
    return (this.views[block] ??= slab.subarray(block * BLOCK_BYTES, (block + 1) * BLOCK_BYTES + this.reachBytes));
  }
}

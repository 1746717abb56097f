import type { RandomSource } from './contract.js';

/**
 * A repeatable {@link RandomSource} for tests and simulations (mulberry32): the same seed gives the same numbers.
 * Never for production: whoever has seen a few outputs can compute the rest.
 */
export class SeededRandom implements RandomSource {
  private state: number;

  constructor(seed: number) {
    this.state = seed | 0;
  }

  uint32(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }

  fill(target: Uint8Array): void {
    for (let i = 0; i < target.length; i++) target[i] = this.uint32() >>> 24;
  }

  /** A fraction from 0 up to, but not including, 1. */
  unit(): number {
    return this.uint32() / 0x1_0000_0000;
  }
}

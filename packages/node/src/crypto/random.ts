import { randomFillSync } from 'node:crypto';
import type { RandomSource } from '@maru/protocol/core';

const POOL_BYTES = 4096;

/** The operating system's randomness, drawn in pools so that a 4-byte draw costs no system call. */
class SystemRandom implements RandomSource {
  private readonly pool = new Uint8Array(POOL_BYTES);
  private used = POOL_BYTES;

  fill(target: Uint8Array): void {
    if (target.length > POOL_BYTES / 4) {
      randomFillSync(target);
      return;
    }
    const at = this.take(target.length);
    target.set(this.pool.subarray(at, at + target.length));
    this.pool.fill(0, at, at + target.length); // a draw is handed out once
  }

  uint32(): number {
    const at = this.take(4);
    const [a, b, c, d] = [this.pool[at]!, this.pool[at + 1]!, this.pool[at + 2]!, this.pool[at + 3]!];
    this.pool.fill(0, at, at + 4);
    return ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
  }

  private take(count: number): number {
    if (this.used + count > POOL_BYTES) {
      randomFillSync(this.pool);
      this.used = 0;
    }
    const at = this.used;
    this.used += count;
    return at;
  }
}

export const systemRandom: RandomSource = new SystemRandom();

import type { Clock } from '@maru/protocol/core';
import { TokenBucket } from '../signaling/token-bucket.js';

const MAX_SOURCES = 10_000;

/** Bounds how often each address may do something. This machine itself is not bounded: a proxy may speak for many. */
export class SourceLimiter {
  private readonly bucketBySource = new Map<string, TokenBucket>();

  constructor(
    private readonly clock: Clock,
    private readonly perMinute: number,
  ) {}

  admits(address: string | undefined): boolean {
    if (address === undefined || isLoopback(address)) return true;
    const now = this.clock.now();
    const source = sourceOf(address);
    let bucket = this.bucketBySource.get(source);
    if (!bucket) {
      if (this.bucketBySource.size >= MAX_SOURCES) this.bucketBySource.delete(this.bucketBySource.keys().next().value!);
      this.bucketBySource.set(source, (bucket = new TokenBucket(now, this.perMinute / 60, this.perMinute)));
    }
    return bucket.take(now);
  }
}

export const isLoopback = (address: string): boolean =>
  address === '::1' || address.startsWith('127.') || address.startsWith('::ffff:127.');

/** An IPv4 address, or the /64 that an IPv6 host can take its addresses from. */
function sourceOf(address: string): string {
  if (!address.includes(':')) return address;
  if (address.startsWith('::ffff:')) return address.slice(7);
  const [head = '', tail] = address.split('::');
  const groups = head === '' ? [] : head.split(':');
  if (tail !== undefined) while (groups.length < 4) groups.push('0');
  return groups.slice(0, 4).join(':');
}

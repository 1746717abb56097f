import type { Clock, Instant } from '@maru/protocol/core';
import type { FastifyRequest } from 'fastify';
import { ApiKeys } from '../../http/api-keys.js';
import { ProblemError } from '../../http/problem.js';

/** So many wrong keys from one address within {@link WINDOW_MS}, and it is locked out for as long (S-18). */
const FAILURES = 5;
const WINDOW_MS = 60_000;
const MAX_SOURCES = 10_000;

interface Failures {
  count: number;
  since: Instant;
}

/** Lets those in who have the key, and keeps out for a while who guesses. */
export class AdminGate {
  private readonly keys: ApiKeys;
  private readonly failuresBySource = new Map<string, Failures>();

  constructor(
    key: string,
    private readonly clock: Clock,
  ) {
    this.keys = new ApiKeys([key]);
  }

  /** Throws the problem unless the request carries the key and its address is not locked out. */
  require(request: Pick<FastifyRequest, 'headers' | 'ip'>): void {
    const failures = this.failuresOf(request.ip);
    if (failures.count >= FAILURES) {
      const waitMs = Math.max(1, failures.since + WINDOW_MS - this.clock.now());
      throw new ProblemError('request/too-many', 'Too many wrong keys from this address; wait a minute.', undefined, waitMs);
    }
    try {
      this.keys.require(request.headers.authorization);
    } catch (error) {
      if (error instanceof ProblemError && error.code === 'key/invalid') this.failed(request.ip, failures);
      throw error;
    }
    this.failuresBySource.delete(request.ip);
  }

  private failuresOf(source: string): Failures {
    const now = this.clock.now();
    const known = this.failuresBySource.get(source);
    return known && now - known.since < WINDOW_MS ? known : { count: 0, since: now };
  }

  private failed(source: string, failures: Failures): void {
    failures.count += 1;
    this.failuresBySource.delete(source);
    this.failuresBySource.set(source, failures);
    if (this.failuresBySource.size > MAX_SOURCES) this.failuresBySource.delete(this.failuresBySource.keys().next().value!);
  }
}

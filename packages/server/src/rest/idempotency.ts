import { createHash } from 'node:crypto';
import { IDEMPOTENCY_HEADER } from '@maru/signaling/rest';
import type { FastifyRequest } from 'fastify';
import { Refusal } from '../domain/index.js';
import { ProblemError } from '../http/problem.js';

/** An answer that is given again to the same request. */
export interface IdempotencyRecord {
  readonly type: 'idempotency';
  /** Digest of the key and of whom it belongs to. */
  readonly key: string;
  /** Digest of the request: the same key with another request is a mistake of the caller. */
  readonly request: string;
  readonly answer: unknown;
  readonly expiresAtMs: number;
}

const KEEP_MS = 24 * 3_600_000;
const MAX_RECORDS = 10_000;

/** Remembers what creations answered, so that repeating one makes no second thing (`Idempotency-Key`). */
export class Idempotency {
  private readonly recordByKey = new Map<string, IdempotencyRecord>();
  private readonly running = new Map<string, { readonly request: string; readonly answer: Promise<unknown> }>();

  constructor(
    private readonly wallClock: () => number,
    /** Keeps a record; resolves when it would survive the death of this process. */
    private readonly keep: (record: string) => Promise<void>,
  ) {}

  /** After a restart. */
  restore(record: IdempotencyRecord): void {
    this.recordByKey.set(record.key, record);
    this.forgetOld();
  }

  *image(): Generator<string> {
    this.forgetOld();
    for (const record of this.recordByKey.values()) yield JSON.stringify(record);
  }

  /** Runs `create`, or answers as it did for the same key. Refusals are not remembered: the next try may do better. */
  async once(request: FastifyRequest, create: () => Promise<unknown>): Promise<unknown> {
    const given = request.headers[IDEMPOTENCY_HEADER];
    if (given === undefined) return create();
    if (typeof given !== 'string' || !/^[\x21-\x7e]{1,255}$/.test(given)) {
      throw new ProblemError('request/invalid', 'Idempotency-Key must be 1 to 255 visible characters.', IDEMPOTENCY_HEADER);
    }
    const key = digest(`${request.headers.authorization} ${given}`);
    const fingerprint = digest(`${request.method} ${request.url} ${JSON.stringify(request.body ?? {})}`);
    const known = this.running.get(key) ?? this.remembered(key);
    if (known && known.request !== fingerprint) {
      throw new ProblemError(
        'request/idempotency-conflict',
        'This Idempotency-Key was used for another request.',
        IDEMPOTENCY_HEADER,
      );
    }
    if (known) return known.answer;
    const answer = create();
    this.running.set(key, { request: fingerprint, answer });
    try {
      const value = await answer;
      if (!(value instanceof Refusal)) await this.remember(key, fingerprint, value);
      return value;
    } finally {
      this.running.delete(key);
    }
  }

  private async remember(key: string, request: string, answer: unknown): Promise<void> {
    const record: IdempotencyRecord = { type: 'idempotency', key, request, answer, expiresAtMs: this.wallClock() + KEEP_MS };
    this.recordByKey.set(key, record);
    this.forgetOld();
    await this.keep(JSON.stringify(record));
  }

  private remembered(key: string): IdempotencyRecord | undefined {
    const record = this.recordByKey.get(key);
    return record && record.expiresAtMs > this.wallClock() ? record : undefined;
  }

  private forgetOld(): void {
    const now = this.wallClock();
    for (const [key, record] of this.recordByKey) {
      if (record.expiresAtMs > now && this.recordByKey.size <= MAX_RECORDS) return;
      this.recordByKey.delete(key);
    }
  }
}

const digest = (text: string): string => createHash('sha256').update(text).digest('base64url');

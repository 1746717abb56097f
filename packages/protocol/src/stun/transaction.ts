import type { Instant, RandomSource } from '../core/index.js';
import { NEVER } from '../core/index.js';

/** How a request is retried (RFC 8489 §6.2.1): sent `rc` times, RTO doubling, and given up `rm` RTOs after the last. */
export interface RetransmitPolicy {
  readonly rtoMs: number;
  readonly rc: number;
  readonly rm: number;
}

/** Over UDP (RFC 8489 §6.2.1): given up after 39.5 s. */
export const DATAGRAM_RETRANSMIT: RetransmitPolicy = { rtoMs: 500, rc: 7, rm: 16 };

/** Over a reliable transport: sent once, given up after Ti = 39.5 s (RFC 8489 §6.2.2). */
export const STREAM_RETRANSMIT: RetransmitPolicy = { rtoMs: 39_500, rc: 1, rm: 1 };

/** The schedule of one request, from first send to response or timeout. Its owner holds the bytes and sends them. */
export class StunTransaction {
  /** Times the request was sent. */
  sent = 0;
  /** When {@link poll} next has something to say. */
  deadline: Instant;
  private firstSentAt: Instant = 0;
  private lastSentAt: Instant = 0;

  constructor(
    now: Instant,
    private readonly policy: RetransmitPolicy = DATAGRAM_RETRANSMIT,
  ) {
    this.deadline = now;
  }

  /** What is due at `now`: the request is to be sent (again), or it was in vain. */
  poll(now: Instant): 'send' | 'timeout' | undefined {
    if (now < this.deadline) return undefined;
    const { rtoMs, rc, rm } = this.policy;
    if (this.sent === rc) {
      this.deadline = NEVER;
      return 'timeout';
    }
    if (this.sent === 0) this.firstSentAt = now;
    this.lastSentAt = now;
    this.sent += 1;
    this.deadline = now + rtoMs * (this.sent === rc ? rm : 2 ** (this.sent - 1));
    return 'send';
  }

  /** When its owner may send it out of turn, if there is a reason for haste: an RTO after the last time, from the second turn until the last. */
  get repeatAt(): Instant {
    const { rtoMs, rc } = this.policy;
    return this.sent < 2 || this.sent === rc ? NEVER : this.lastSentAt + rtoMs;
  }

  /** It is sent out of turn now; its turns stay. */
  repeat(now: Instant): void {
    this.lastSentAt = now;
  }

  /** Ends the schedule at a response. The round trip is known only if the request was sent once (Karn's rule, RFC 8489 §6.2.1). */
  finish(now: Instant): number | undefined {
    this.deadline = NEVER;
    return this.sent === 1 ? now - this.firstSentAt : undefined;
  }

  /** Sends no more, but still waits for a response for as long as it would have (RFC 8445 §7.3.1.4). */
  cancelRetransmission(now: Instant): void {
    if (this.deadline === NEVER) return;
    const { rtoMs, rc, rm } = this.policy;
    let remainingMs = rtoMs * rm;
    for (let i = Math.max(this.sent, 1); i < rc; i++) remainingMs += rtoMs * 2 ** (i - 1);
    this.sent = rc;
    this.deadline = now + remainingMs;
  }
}

/** 96 unpredictable bits (RFC 8489 §5). */
export function newTransactionId(random: RandomSource): Uint8Array {
  const id = new Uint8Array(12);
  random.fill(id);
  return id;
}

/** The id as a string, for use as a key. */
export function transactionKey(id: Uint8Array): string {
  return String.fromCharCode(id[0]!, id[1]!, id[2]!, id[3]!, id[4]!, id[5]!, id[6]!, id[7]!, id[8]!, id[9]!, id[10]!, id[11]!);
}

import { type Instant, NEVER } from '../core/index.js';
import type { Base } from './base.js';
import type { LocalCandidate, RemoteCandidate } from './candidate.js';
import { pairPriority } from './priority.js';
import type { Route } from './route.js';
import type { IceRole } from './state.js';
import type { CandidatePairState, CandidatePairStats } from './stats.js';

/** A candidate of ours with the base that its packets leave from. */
export interface LocalEntry {
  readonly candidate: LocalCandidate;
  readonly base: Base;
}

/** A local and a remote candidate, and all that is known of the way between them (RFC 8445 §6.1.2). */
export class CandidatePair {
  state: CandidatePairState = 'waiting';
  priority: bigint;
  /** How packets go; a TCP pair has none until its connection stands. */
  route: Route | undefined;
  /** What the peer sees us as: our candidate, or a peer reflexive one found by the check. */
  seenAs: LocalCandidate;
  /** When it was last nominated, by us with success or by the peer; undefined when never. */
  nominatedAt: Instant | undefined;
  /** The peer nominated it before our check had succeeded (RFC 8445 §7.3.1.5). */
  nominateOnSuccess = false;
  /** The next check carries USE-CANDIDATE. */
  isNominating = false;
  /** It is in the triggered-check queue. */
  isTriggered = false;
  /** A check may not go yet: a connection is being opened or a permission asked for. */
  isPreparing = false;
  /** Sending is allowed until then (RFC 7675 §5.1). */
  consentExpiresAt: Instant = -NEVER;
  lastHeardAt: Instant = -NEVER;

  packetsSent = 0;
  packetsReceived = 0;
  bytesSent = 0;
  bytesReceived = 0;
  lastPacketSentAt: Instant = -NEVER;
  lastPacketReceivedAt: Instant = -NEVER;
  totalRoundTripMs = 0;
  currentRoundTripMs: number | undefined;
  requestsSent = 0;
  requestsReceived = 0;
  responsesSent = 0;
  responsesReceived = 0;
  consentRequestsSent = 0;
  packetsDiscarded = 0;
  bytesDiscarded = 0;

  constructor(
    readonly id: string,
    readonly local: LocalEntry,
    public remote: RemoteCandidate,
    /** The remote IP address, where the candidate may say a name. */
    readonly remoteAddress: string,
    role: IceRole,
  ) {
    this.seenAs = local.candidate;
    this.priority = 0n;
    this.prioritize(role);
  }

  /** Which side's candidate counts as G depends on our role (RFC 8445 §6.1.2.3). */
  prioritize(role: IceRole): void {
    const [ours, theirs] = [this.local.candidate.priority, this.remote.priority];
    this.priority = role === 'controlling' ? pairPriority(ours, theirs) : pairPriority(theirs, ours);
  }

  get isNominated(): boolean {
    return this.nominatedAt !== undefined;
  }

  get isPending(): boolean {
    return this.state === 'waiting' || this.state === 'in-progress';
  }

  /** Whether application data may go this way. */
  isUsable(now: Instant): boolean {
    return this.state === 'succeeded' && this.route !== undefined && now < this.consentExpiresAt;
  }

  stats(selected: CandidatePair | undefined, now: Instant): CandidatePairStats {
    return {
      id: this.id,
      localCandidateId: this.seenAs.id,
      remoteCandidateId: this.remote.id,
      state: this.state,
      priority: this.priority,
      nominated: this.isNominated,
      isSelected: this === selected,
      hasConsent: this.isUsable(now),
      packetsSent: this.packetsSent,
      packetsReceived: this.packetsReceived,
      bytesSent: this.bytesSent,
      bytesReceived: this.bytesReceived,
      lastPacketSentAt: finite(this.lastPacketSentAt),
      lastPacketReceivedAt: finite(this.lastPacketReceivedAt),
      totalRoundTripMs: this.totalRoundTripMs,
      currentRoundTripMs: this.currentRoundTripMs,
      requestsSent: this.requestsSent,
      requestsReceived: this.requestsReceived,
      responsesSent: this.responsesSent,
      responsesReceived: this.responsesReceived,
      consentRequestsSent: this.consentRequestsSent,
      packetsDiscardedOnSend: this.packetsDiscarded,
      bytesDiscardedOnSend: this.bytesDiscarded,
    };
  }
}

function finite(at: Instant): Instant | undefined {
  return Number.isFinite(at) ? at : undefined;
}

import type { Instant } from '../core/index.js';
import type { RemoteCandidate } from './candidate.js';
import type { Generation } from './generation.js';
import type { CandidatePair } from './pair.js';
import { keptRoute, type Route } from './route.js';

/** No more than one probe in this time. */
const PROBE_INTERVAL_MS = 250;

/** About the size of a check: a probe is not larger than the data that provoked it. */
const PROBE_BYTES = 120;

export interface MovedPeerOwner {
  /** A pair for this route and a candidate that nobody told us of; undefined where there is one already, or no base of ours. */
  newProbePair(generation: Generation, route: Route, priority: number): CandidatePair | undefined;
  /** Checks the pair as soon as may be. */
  trigger(now: Instant, generation: Generation, pair: CandidatePair): void;
}

/**
 * Data came from where nobody proved to be the peer. It may be that the peer's NAT moved it, so the sender is asked once; only
 * who knows the peer's password can answer.
 */
export class MovedPeer {
  private probe: CandidatePair | undefined;
  private lastProbeAt: Instant = Number.NEGATIVE_INFINITY;
  private unverifiedBytes = 0;

  constructor(private readonly owner: MovedPeerOwner) {}

  isProbe(pair: CandidatePair): boolean {
    return pair === this.probe;
  }

  /** Asks who is there, unless that was done a moment ago or would be more than was said. */
  consider(now: Instant, bytes: number, route: Route, generation: Generation, known: RemoteCandidate): void {
    this.unverifiedBytes += bytes;
    if (this.probe || this.unverifiedBytes < PROBE_BYTES || now < this.lastProbeAt + PROBE_INTERVAL_MS) return;
    const pair = this.owner.newProbePair(generation, route, known.priority);
    if (!pair) return;
    this.lastProbeAt = now;
    this.unverifiedBytes = 0;
    if (!generation.checklist.add(pair)) return;
    pair.route = keptRoute(route);
    this.probe = pair;
    this.owner.trigger(now, generation, pair);
  }

  /** The peer proved to be where its data comes from. */
  onAnswered(generation: Generation, pair: CandidatePair): void {
    if (pair !== this.probe) return;
    this.probe = undefined;
    generation.remotes.push({ candidate: pair.remote, address: pair.remoteAddress });
  }

  onFailed(pair: CandidatePair): void {
    if (pair === this.probe) this.probe = undefined;
  }
}

import type { Instant } from '../core/index.js';
import type { CandidatePair } from './pair.js';
import type { IceRole } from './state.js';

/** What the controlling side should do about nominating now. */
export type Nomination =
  | { readonly action: 'nominate'; readonly pair: CandidatePair }
  | { readonly action: 'wait'; readonly until: Instant }
  | { readonly action: 'none' };

const NONE: Nomination = { action: 'none' };

/**
 * Which valid pair the controlling side nominates (RFC 8445 §8.1.1): the best one, at once when nothing better is under
 * way, else after `patienceMs`.
 *
 * Deviates from RFC 8445 §8.1.1: when a better pair turns out to work later, or the selected one stopped working, that one
 * is nominated as well, as browsers do. Data flows on valid pairs meanwhile, so that nobody waits for this.
 */
export function decideNomination(
  pairs: readonly CandidatePair[],
  selected: CandidatePair | undefined,
  firstValidAt: Instant,
  patienceMs: number,
  now: Instant,
): Nomination {
  const best = selected?.isUsable(now) ? selected : pairs.find((pair) => pair.isUsable(now));
  if (!best || best.isNominated || best.isNominating) return NONE;
  const hasNominated = pairs.some((pair) => pair.isNominated && pair.isUsable(now));
  const isBetterUnderWay = pairs.some((pair) => pair.isPending && pair.priority > best.priority);
  if (hasNominated || !isBetterUnderWay || now >= firstValidAt + patienceMs) return { action: 'nominate', pair: best };
  return { action: 'wait', until: firstValidAt + patienceMs };
}

/**
 * The pair that application data travels on. Until one is nominated it is the best valid pair (RFC 8445 §12.1).
 *
 * The controlled side takes the best of the pairs that were nominated, which serves peers that nominate everything as they
 * go; nobody falls back to a worse pair while the selected one is heard. `isSuspect`: the selected pair owes an answer.
 */
export function choosePair(
  pairs: readonly CandidatePair[],
  selected: CandidatePair | undefined,
  role: IceRole,
  isSuspect: boolean,
  now: Instant,
): CandidatePair | undefined {
  const usable = pairs.filter((pair) => pair.isUsable(now));
  if (selected?.isUsable(now) && isSuspect) {
    return usable.find((pair) => pair.lastHeardAt > selected.lastHeardAt) ?? selected;
  }
  const nominated = usable.filter((pair) => pair.isNominated);
  // What the controlling side has valid and better, it will nominate: it may send there already.
  if (role === 'controlling') return usable[0];
  if (nominated.length > 0) return nominated[0];
  return usable[0];
}

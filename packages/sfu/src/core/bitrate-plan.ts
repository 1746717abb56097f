import type { Instant } from '@maru/protocol/core';
import type { LimitingFactor } from './events.js';
import { ladderOf, type Rung, usableLayer } from './layer-ladder.js';
import type { PublishedTrack } from './published-track.js';
import type { Subscription } from './subscription.js';

/** A higher layer than now needs this much more than it takes, so that it is not left again at once, */
const RAISE_MARGIN = 1.15;
/** and this much if it was left not long ago; */
const EARLY_MARGIN = 2;
/** just that where nothing is seen so far, since it is kept longer, too. */
const GONE_MARGIN = 1;
const GONE_EARLY_MARGIN = 1.25;
/** What is there is not given up for want of so little of the budget: neither the estimate nor what layers take is known better. */
const HOLDING = 0.1;
/** A picture that would be gone altogether is held for longer: estimates fall for a moment and rise again. */
const HOLDING_LEAST = 0.3;
/** For a moment even so. */
const HOLDING_MOMENT = 0.5;
/** Of what is lost, this much at most is thought to be sent again within the budget. */
const MOST_RESENT = 0.3;
/** Whose least is more than this of all that there is has no claim to it. */
const LEAST_SHARE = 0.75;
/** Audio that has not been measured yet. */
const GUESSED_AUDIO_BPS = 40_000;
/** What is asked of the estimate beyond what is wanted, so that there is room for retransmissions. */
const DEMAND_MARGIN = 1.15;

interface Plan {
  readonly subscription: Subscription;
  /** What it may get, from the least to the most. */
  readonly ladder: readonly Rung[];
  /** Why no more than the last rung. */
  readonly cap: LimitingFactor;
  /** Where it is now; -1 for nowhere. */
  readonly before: number;
  rung: number;
  isStuck: boolean;
}

/**
 * Spends what the path to a subscriber carries on what it sees: audio first; then the least of every picture, the pinned ones and
 * screens before others; then more of the pinned ones, and of the others in turn. Falls at once, rises with care.
 */
export class BitratePlan {
  /** What all that is wanted would take, in bit/s. */
  demandBps = 0;
  /** What all that was chosen takes, in bit/s. */
  spentBps = 0;
  /** There was not enough for all that is wanted: worth looking at again soon. */
  isTight = false;
  /** What there is for media, less what will be sent again. */
  private budgetBps = 0;
  /** Of that, for pictures that are about to be tried again. */
  private keptBps = 0;
  /** The highest priority of a picture that is not seen at all for want of room; -1 for none. */
  private missingPriority = -1;

  /** Decides for all subscriptions of a participant, on a path that loses `lossShare` of its packets. */
  spend(now: Instant, budgetBps: number, lossShare: number, subscriptions: Iterable<Subscription>, maxEncoding = Infinity): void {
    const plans: Plan[] = [];
    let left = budgetBps * (1 - Math.min(lossShare, MOST_RESENT));
    this.budgetBps = left;
    this.demandBps = 0;
    this.isTight = false;
    for (const subscription of subscriptions) {
      if (subscription.track.kind === 'audio') left -= this.planAudio(now, subscription);
      else {
        const plan = this.planVideo(now, subscription, maxEncoding);
        if (plan) plans.push(plan);
      }
    }
    plans.sort((a, b) => rankOf(b) - rankOf(a));
    left = this.giveLeast(now, plans, left);
    for (const priority of [2, 1, 0])
      left = this.raise(
        now,
        plans.filter((plan) => priorityOf(plan) === priority),
        left,
      );
    this.spentBps = this.budgetBps - left - this.keptBps;
    for (const plan of plans) this.settle(now, plan);
    this.demandBps *= DEMAND_MARGIN;
  }

  private planAudio(now: Instant, subscription: Subscription): number {
    const reason = silence(subscription);
    if (reason) {
      subscription.choose(now, -1, 0, 0, reason);
      return 0;
    }
    const bitrate = subscription.track.sources[0]?.rates.totalBps || GUESSED_AUDIO_BPS;
    this.demandBps += bitrate;
    subscription.choose(now, 0, 0, 0, 'nothing');
    return bitrate;
  }

  private planVideo(now: Instant, subscription: Subscription, restraint: number): Plan | undefined {
    const { track, view } = subscription;
    const maxEncoding = Math.min(restraint, track.maxEncoding);
    const usable = usableLayer(track, view.width, view.height);
    const reason = silence(subscription) ?? (view.isVisible ? undefined : 'hidden');
    subscription.usableEncoding = reason ? -1 : Math.min(usable.encoding, maxEncoding);
    if (reason) {
      subscription.choose(now, -1, 0, 0, reason);
      return undefined;
    }
    const all = ladderOf(track, now);
    const fitting = all.filter(({ encoding, spatialId }) => encoding <= usable.encoding && spatialId <= usable.spatialId);
    const ladder = fitting.filter(({ encoding }) => encoding <= maxEncoding);
    const top = ladder[ladder.length - 1];
    if (!top) {
      subscription.choose(now, -1, 0, 0, fitting.length > 0 ? 'server' : 'publisher');
      return undefined;
    }
    this.demandBps += top.bitsPerSecond;
    const isFilled =
      fitting.length < all.length || (usable.encoding < track.sources.length - 1 && top.encoding === usable.encoding);
    const cap = isFilled ? 'tile' : capOf(track, now, maxEncoding);
    const before = ladder.findIndex(
      ({ encoding, spatialId, temporalId }) =>
        encoding === subscription.encoding && spatialId === subscription.spatialId && temporalId === subscription.temporalId,
    );
    return { subscription, ladder, cap, before, rung: -1, isStuck: false };
  }

  /** Room for a picture that is only waiting to be tried again is not given to others, who would have to fall for it. */
  private giveLeast(now: Instant, plans: readonly Plan[], budgetBps: number): number {
    let left = budgetBps;
    this.keptBps = 0;
    this.missingPriority = -1;
    for (const plan of plans) {
      left -= this.step(now, plan, left);
      if (plan.rung >= 0) continue;
      const least = plan.ladder[0]!.bitsPerSecond;
      if (least < this.budgetBps * LEAST_SHARE) this.missingPriority = Math.max(this.missingPriority, priorityOf(plan));
      if (least > left) continue;
      this.keptBps += least;
      left -= least;
    }
    return left;
  }

  /** Raises one after the other, the smallest first; pinned ones one at a time to the top. */
  private raise(now: Instant, plans: readonly Plan[], budgetBps: number): number {
    let left = budgetBps;
    for (;;) {
      let next: Plan | undefined;
      for (const plan of plans) {
        if (plan.isStuck || plan.rung < 0 || plan.rung + 1 >= plan.ladder.length) continue;
        if (!next || bitrateOf(plan) < bitrateOf(next)) next = plan;
      }
      if (!next) return left;
      left -= this.step(now, next, left);
    }
  }

  /** One rung up, if there is room for it: returns what it takes more. */
  private step(now: Instant, plan: Plan, left: number): number {
    const to = plan.ladder[plan.rung + 1]!;
    const more = to.bitsPerSecond - bitrateOf(plan);
    const isRise = plan.rung + 1 > plan.before;
    const isFirst = plan.before < 0 && plan.subscription.limitedBy !== 'network';
    const needed = to.bitsPerSecond * (isRise && !isFirst ? marginOf(now, plan) : 1) - bitrateOf(plan);
    const hasRoom = needed <= left + (isRise ? 0 : this.heldFor(now, plan, needed - left));
    const isNext = plan.rung === plan.before && !isFirst;
    const isDue = !isNext || plan.subscription.pacing.mayRise(now, hasRoom);
    if (!hasRoom || !isDue || this.isUnfair(plan, to)) {
      plan.isStuck = this.isTight = true;
      return 0;
    }
    plan.rung += 1;
    return more;
  }

  /** How much of what is missing for a layer that is there is put up with. */
  private heldFor(now: Instant, { rung, subscription }: Plan, missingBps: number): number {
    if (rung >= 0) return this.budgetBps * HOLDING;
    const isLacking = missingBps > this.budgetBps * HOLDING_LEAST;
    return this.budgetBps * (subscription.pacing.mayStay(now, isLacking) ? HOLDING_MOMENT : HOLDING_LEAST);
  }

  /** No larger picture of one in place of any picture of another; that there is no smaller one changes nothing. */
  private isUnfair({ subscription, ladder, rung }: Plan, to: Rung): boolean {
    return to.encoding > (ladder[rung]?.encoding ?? 0) && priorityOf({ subscription }) <= this.missingPriority;
  }

  private settle(now: Instant, plan: Plan): void {
    const { subscription, ladder, rung, before } = plan;
    const isTop = rung === ladder.length - 1;
    if (rung < before) subscription.pacing.fell(now, rung < 0);
    else if (rung > before && (before >= 0 || subscription.limitedBy === 'network')) subscription.pacing.rose(now);
    const chosen = ladder[rung];
    if (!chosen) subscription.choose(now, -1, 0, 0, 'network');
    else subscription.choose(now, chosen.encoding, chosen.spatialId, chosen.temporalId, isTop ? plan.cap : 'network');
  }
}

/** How much more than it takes there has to be for the next layer. */
function marginOf(now: Instant, { before, subscription }: Plan): number {
  const isEarly = now < subscription.pacing.raiseAt;
  if (before < 0) return isEarly ? GONE_EARLY_MARGIN : GONE_MARGIN;
  return isEarly ? EARLY_MARGIN : RAISE_MARGIN;
}

/** Why there is no more than all that a subscriber may get. */
function capOf(track: PublishedTrack, now: Instant, maxEncoding: number): LimitingFactor {
  if (maxEncoding < track.sources.length - 1) return 'server';
  return track.sources.every((source) => source?.rates.isFlowing(now) === true) ? 'nothing' : 'publisher';
}

/** Why nothing is sent, whatever there is room for. */
function silence({ isPaused, track, slot }: Subscription): LimitingFactor | undefined {
  if (isPaused) return 'unsubscribed';
  if (track.isMuted) return 'muted';
  if (!slot) return 'no-slot';
  return slot.understands(track) ? undefined : 'codec';
}

function bitrateOf({ ladder, rung }: Plan): number {
  return ladder[rung]?.bitsPerSecond ?? 0;
}

function priorityOf({ subscription }: Pick<Plan, 'subscription'>): number {
  return Math.max(0, Math.min(2, Math.round(subscription.view.priority)));
}

/** Who gets its least first; among equals, whose least is small, and whoever has it. */
function rankOf({ subscription: { view, track }, ladder, before }: Plan): number {
  const isSmall = ladder[0]?.encoding === 0;
  return view.priority * 2 + (track.content === 'screen' ? 1 : 0) + (isSmall ? 0.5 : 0) + (before >= 0 ? 0.25 : 0);
}

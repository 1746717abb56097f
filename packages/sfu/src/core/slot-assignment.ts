import type { PublishedTrack } from './published-track.js';
import type { Slot } from './slot.js';
import type { Subscription } from './subscription.js';

/**
 * Decides which subscriptions of one kind get the slots there are: what is seen before what is not, by priority, then in the order of
 * who speaks. What has a slot keeps it while it is among them; audio and video of one stream come into slots of one pair, where there is
 * one. Returns how many slots could be used in all; what nobody sees needs none.
 */
export function assignSlots(
  slots: readonly Slot[],
  subscriptions: readonly Subscription[],
  order: readonly PublishedTrack[],
  limit: number,
  otherKind: readonly Slot[] = [],
): number {
  const wanting = subscriptions.filter(({ isPaused, track }) => !isPaused && !track.isMuted);
  const usable = Math.min(slots.length, limit);
  const places = new Map(order.map((track, place) => [track.publisher.id, place]));
  const ranked = wanting
    .map((subscription) => ({ subscription, rank: rankOf(subscription, places) }))
    .sort((a, b) => b.rank - a.rank)
    .map(({ subscription }) => subscription);
  const chosen = new Set(ranked.slice(0, usable));
  for (const slot of slots) {
    const { subscription } = slot;
    if (subscription && (subscription.isPaused || (!chosen.has(subscription) && chosen.size >= usable))) slot.show(undefined);
  }
  const free = slots.filter((slot) => slot.subscription === undefined);
  const partners = new Map(otherKind.map((slot) => [slot.description.pair, slot]));
  for (const subscription of ranked) {
    if (!chosen.has(subscription) || subscription.slot) continue;
    const at = placeFor(subscription.track, free, partners);
    if (at >= 0) free.splice(at, 1)[0]!.show(subscription);
    else if (free.length === 0) takeFromHidden(slots, chosen, subscription);
  }
  const seen = wanting.filter(({ view, track }) => track.kind === 'audio' || view.isVisible);
  return Math.min(seen.length, limit);
}

/** Of the free slots, the one in whose pair the other half of the stream is; else one whose pair is free; else any. -1: there is none. */
function placeFor(track: PublishedTrack, free: readonly Slot[], partners: ReadonlyMap<number | undefined, Slot>): number {
  let found = -1;
  let best = -1;
  for (const [at, slot] of free.entries()) {
    if (!slot.understands(track)) continue;
    const { pair } = slot.description;
    const beside = pair === undefined ? undefined : partners.get(pair)?.subscription?.track;
    const rank = beside === undefined ? 1 : belongTogether(beside, track) ? 2 : 0;
    if (rank <= best) continue;
    best = rank;
    found = at;
  }
  return found;
}

function belongTogether(a: PublishedTrack, b: PublishedTrack): boolean {
  return a.publisher === b.publisher && a.description.stream === b.description.stream;
}

/** What is muted keeps its slot as long as nobody needs it. */
function takeFromHidden(slots: readonly Slot[], chosen: ReadonlySet<Subscription>, subscription: Subscription): void {
  const slot = slots.find((one) => !chosen.has(one.subscription!) && one.understands(subscription.track));
  slot?.show(subscription);
}

function rankOf({ view, track }: Subscription, places: ReadonlyMap<string, number>): number {
  const place = places.get(track.publisher.id) ?? places.size;
  const visible = track.kind === 'audio' || view.isVisible ? 1_000 : 0;
  const priority = track.kind === 'audio' ? 0 : Math.max(0, Math.min(2, view.priority)) * 200;
  const screen = track.content === 'screen' ? 100 : 0;
  return (visible + priority + screen) * 10_000 - place;
}

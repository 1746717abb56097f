import { type Instant, NEVER } from '../core/index.js';

/** What one simulcast encoding or spatial layer takes, in bit/s; of SVC, in addition to the layers below it. */
export interface LayerRates {
  /** With less it is switched off. */
  readonly minBps: number;
  /** With so much it is good, and the next layer is better served. */
  readonly targetBps: number;
  readonly maxBps: number;
}

/** What one track asks for. */
export interface RateRequest {
  /** Audio is served first. */
  readonly kind: 'audio' | 'video';
  /** How much of what is left it gets, relative to others (RFC 8835 §4: 0.5, 1, 2 and 4). */
  readonly weight: number;
  /** From the smallest to the largest; one for a track without layers. */
  readonly layers: readonly LayerRates[];
}

/** A layer that is off needs this much more than its least to be switched on, */
const SWITCH_ON = 1.2;
/** and has been off for so long: switching costs a key frame. */
const MIN_OFF_MS = 2_000;

interface Track extends RateRequest {
  readonly rates: Float64Array;
  readonly isOn: boolean[];
  readonly offSince: Float64Array;
  /** What {@link BitrateAllocator} grants to all its layers. */
  budgetBps: number;
}

/**
 * Distributes what may be sent over tracks and their layers: audio first, then video by weight, each track within its limits; what
 * one leaves, others get. Layers are switched off at once when there is too little, and on again only when there is plainly enough.
 */
export class BitrateAllocator {
  /** When {@link allocate} is worth calling though nothing has changed: then a layer that is off may return. */
  deadline: Instant = NEVER;
  private readonly tracks = new Map<number, Track>();

  /** `id` is the owner's number for the track. Asking again changes limits and keeps what is on. */
  set(id: number, request: RateRequest): void {
    const before = this.tracks.get(id);
    const count = request.layers.length;
    const isSame = before?.layers.length === count;
    this.tracks.set(id, {
      ...request,
      rates: isSame ? before.rates : new Float64Array(count),
      isOn: isSame ? before.isOn : new Array<boolean>(count).fill(false),
      offSince: isSame ? before.offSince : new Float64Array(count).fill(Number.NEGATIVE_INFINITY),
      budgetBps: 0,
    });
  }

  remove(id: number): void {
    this.tracks.delete(id);
  }

  /** What all tracks could use together. */
  get demandBps(): number {
    let sum = 0;
    for (const track of this.tracks.values()) sum += mostOf(track);
    return sum;
  }

  /** With so much, all sound is whole, and every video track has its smallest layer on. */
  get leastBps(): number {
    let sum = 0;
    for (const track of this.tracks.values()) sum += track.kind === 'audio' ? mostOf(track) : leastOf(track) * SWITCH_ON;
    return sum;
  }

  /** What a layer of a track gets; 0 for one that is off. */
  rateOf(id: number, layer = 0): number {
    return this.tracks.get(id)?.rates[layer] ?? 0;
  }

  /** What a track gets with all its layers. */
  sumOf(id: number): number {
    return this.tracks.get(id)?.rates.reduce((sum, rate) => sum + rate, 0) ?? 0;
  }

  /** Distributes `bitsPerSecond`; returns whether anything is other than before. */
  allocate(now: Instant, bitsPerSecond: number): boolean {
    const all = [...this.tracks.values()];
    const before = all.map(({ rates }) => rates.slice());
    let left = bitsPerSecond;
    for (const kind of ['audio', 'video'] as const) {
      const tracks = all.filter((track) => track.kind === kind).sort((a, b) => b.weight - a.weight);
      left = grant(tracks, left);
    }
    this.deadline = NEVER;
    for (const track of all) this.switchLayers(now, track);
    return all.some(({ rates }, i) => rates.some((rate, layer) => rate !== before[i]![layer]));
  }

  /** Divides a track's budget among its layers: each to its target from the smallest up, and the rest to the highest that is on. */
  private switchLayers(now: Instant, track: Track): void {
    let left = track.budgetBps;
    let highest = -1;
    let isEnough = true;
    for (let layer = 0; layer < track.layers.length; layer++) {
      const { minBps, targetBps } = track.layers[layer]!;
      isEnough &&= this.mayBeOn(now, track, layer, minBps, left);
      if (track.isOn[layer] && !isEnough) track.offSince[layer] = now;
      track.isOn[layer] = isEnough;
      track.rates[layer] = isEnough ? Math.min(left, targetBps) : 0;
      left -= track.rates[layer]!;
      if (isEnough) highest = layer;
    }
    if (highest >= 0) track.rates[highest] = Math.min(track.rates[highest]! + left, track.layers[highest]!.maxBps);
  }

  private mayBeOn(now: Instant, track: Track, layer: number, minBps: number, left: number): boolean {
    if (track.isOn[layer]) return left >= minBps;
    if (left < Math.min(minBps * SWITCH_ON, track.layers[layer]!.maxBps)) return false;
    const at = track.offSince[layer]! + MIN_OFF_MS;
    if (now >= at) return true;
    this.deadline = Math.min(this.deadline, at);
    return false;
  }
}

function mostOf({ layers }: RateRequest): number {
  return layers.reduce((sum, { maxBps }) => sum + maxBps, 0);
}

function leastOf({ layers }: RateRequest): number {
  return layers[0]?.minBps ?? 0;
}

/** Gives each track what it needs at least, as far as there is enough, and divides the rest by weight. Returns what nobody needs. */
function grant(tracks: readonly Track[], bitsPerSecond: number): number {
  let left = bitsPerSecond;
  for (const track of tracks) {
    const least = leastOf(track);
    track.budgetBps = left >= least ? least : 0;
    left -= track.budgetBps;
  }
  let open = tracks.filter((track) => track.budgetBps > 0 || leastOf(track) === 0);
  while (left > 1 && open.length > 0) {
    const weights = open.reduce((sum, { weight }) => sum + weight, 0);
    const share = left / weights;
    for (const track of open) {
      const more = Math.min(share * track.weight, mostOf(track) - track.budgetBps);
      track.budgetBps += more;
      left -= more;
    }
    const stillOpen = open.filter((track) => track.budgetBps < mostOf(track) - 1);
    if (stillOpen.length === open.length) break;
    open = stillOpen;
  }
  return left;
}

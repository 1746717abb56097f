import { type Instant, NEVER } from '../../core/index.js';
import { TimestampUnroller } from '../../rtp/index.js';
import { ArrivalDelays } from './arrival-delays.js';

export interface JitterBufferOptions {
  /** Of audio, what is late moves everything after it; of video, it is shown at once. */
  readonly kind: 'audio' | 'video';
  /** Units of RTP timestamps in a second. */
  readonly clockRate: number;
  /** Items held at most; the oldest goes when there are more. */
  readonly maxItems?: number;
}

/** Sums as W3C webrtc-stats has them, in milliseconds. */
export interface JitterBufferCounters {
  emitted: number;
  /** Time that emitted items have spent here (`jitterBufferDelay`). */
  delayMs: number;
  /** What the target was for each (`jitterBufferTargetDelay`), */
  targetDelayMs: number;
  /** and what it would have been without anything but the network (`jitterBufferMinimumDelay`). */
  minimumDelayMs: number;
  /** Came after their turn (`packetsDiscarded`). */
  late: number;
  duplicate: number;
  /** Thrown away for want of room. */
  overflowed: number;
  /** By how much playing was slowed down and sped up, to change the delay. */
  stretchedMs: number;
  compressedMs: number;
}

const DEFAULT_MAX_ITEMS = 512;
/** The share of packets or frames that is to be in time. */
const QUANTILE = { audio: 0.95, video: 0.97 } as const;
/** How fast the delay moves to its target, in milliseconds a second: of audio so that stretching is not heard, of video so that speed is not seen. */
const UP_MS_PER_S = { audio: 100, video: 200 } as const;
const DOWN_MS_PER_S = { audio: 50, video: 100 } as const;
/** More than this is not waited for, whoever asks. */
const MAX_DELAY_MS = 10_000;
/** Media time that jumps by more than this is a new beginning. */
const MAX_JUMP_MS = 10_000;

/**
 * Holds packets of audio or frames of video until their turn: in order, evenly, and late enough that nearly all that come are in
 * time. How late follows the stream: the delays of its last seconds, what the application and the sender ask for, and the other
 * stream that it is to be in step with. It decodes nothing and stretches nothing: {@link playbackRate} tells a player how to.
 */
export class JitterBuffer<Item> {
  readonly counters: JitterBufferCounters = {
    emitted: 0,
    delayMs: 0,
    targetDelayMs: 0,
    minimumDelayMs: 0,
    late: 0,
    duplicate: 0,
    overflowed: 0,
    stretchedMs: 0,
    compressedMs: 0,
  };
  /** At least so much delay is wished for (`jitterBufferTarget` of RTCRtpReceiver). */
  wantedDelayMs = 0;
  /** What the sender asks for (the playout-delay extension). Both 0: show at once. */
  minDelayMs = 0;
  maxDelayMs = MAX_DELAY_MS;
  /** So much, to be in step with another stream: see {@link LipSync}. */
  syncDelayMs = 0;
  private readonly kind: 'audio' | 'video';
  private readonly clockRate: number;
  private readonly unroller = new TimestampUnroller();
  private readonly delays: ArrivalDelays;
  private readonly slots: number;
  private readonly items: (Item | undefined)[];
  private readonly mediaMs: Float64Array;
  private readonly insertedAt: Float64Array;
  private head = 0;
  private length = 0;
  private takenMs = Number.NEGATIVE_INFINITY;
  /** From media time to our time of playing. */
  private offset = Number.NaN;
  private movedAt: Instant = 0;
  private speed = 1;

  constructor({ kind, clockRate, maxItems = DEFAULT_MAX_ITEMS }: JitterBufferOptions) {
    this.kind = kind;
    this.clockRate = clockRate;
    this.delays = new ArrivalDelays(QUANTILE[kind]);
    this.slots = maxItems;
    this.items = new Array<Item | undefined>(maxItems).fill(undefined);
    this.mediaMs = new Float64Array(maxItems);
    this.insertedAt = new Float64Array(maxItems);
  }

  get size(): number {
    return this.length;
  }

  /** The delay that is aimed at, beyond the path's own. */
  get targetDelayMs(): number {
    const wanted = Math.max(this.delays.delayMs, this.wantedDelayMs, this.minDelayMs);
    return Math.max(Math.min(wanted, Math.max(this.maxDelayMs, this.minDelayMs)), this.syncDelayMs);
  }

  /** The delay that is kept now. */
  get delayMs(): number {
    return Number.isNaN(this.offset) ? 0 : this.offset - this.delays.shortestOffset;
  }

  /** How fast a player is to play so that the delay gets to its target: near 1. */
  get playbackRate(): number {
    return this.speed;
  }

  /** When what has this timestamp is played; undefined before anything came. */
  playedAt(rtpTimestamp: number): Instant | undefined {
    return Number.isNaN(this.offset) ? undefined : this.mediaTimeOf(this.unroller.peek(rtpTimestamp)) + this.offset;
  }

  /** Takes an item; false if it is not wanted: late or a duplicate. `isRepaired` says nothing of the path: it was sent again. */
  insert(now: Instant, rtpTimestamp: number, item: Item, isRepaired = false): boolean {
    let mediaMs = this.mediaTimeOf(this.unroller.peek(rtpTimestamp));
    if (this.hasJumped(mediaMs)) this.restart();
    mediaMs = this.mediaTimeOf(this.unroller.unroll(rtpTimestamp));
    if (mediaMs <= this.takenMs) {
      this.counters.late += 1;
      if (!isRepaired) this.delays.add(now, mediaMs);
      return false;
    }
    if (!this.place(now, mediaMs, item)) {
      this.counters.duplicate += 1;
      return false;
    }
    if (!isRepaired || Number.isNaN(this.offset)) this.delays.add(now, mediaMs);
    this.move(now);
    // A gap was played in its place: what follows is as late, unless it is shown faster than it comes.
    if (this.kind === 'audio' && mediaMs === this.mediaMs[this.head] && now > mediaMs + this.offset) {
      this.counters.stretchedMs += now - mediaMs - this.offset;
      this.offset = now - mediaMs;
    }
    return true;
  }

  /** When {@link take} gives something next. */
  get deadline(): Instant {
    return this.length === 0 ? NEVER : this.mediaMs[this.head]! + this.offset;
  }

  /** The next item whose turn has come; undefined if there is none. */
  take(now: Instant): Item | undefined {
    this.move(now);
    if (now < this.deadline) return undefined;
    const slot = this.head;
    const item = this.items[slot];
    this.items[slot] = undefined;
    this.takenMs = this.mediaMs[slot]!;
    this.counters.emitted += 1;
    this.counters.delayMs += now - this.insertedAt[slot]!;
    this.counters.targetDelayMs += this.targetDelayMs;
    this.counters.minimumDelayMs += this.delays.delayMs;
    this.head = (this.head + 1) % this.slots;
    this.length -= 1;
    return item;
  }

  /** Throws everything away: the stream begins anew. */
  restart(): void {
    this.items.fill(undefined);
    this.length = 0;
    this.unroller.reset();
    this.delays.reset();
    this.takenMs = Number.NEGATIVE_INFINITY;
    this.offset = Number.NaN;
  }

  private mediaTimeOf(unrolled: number): number {
    return (unrolled * 1_000) / this.clockRate;
  }

  private hasJumped(mediaMs: number): boolean {
    const newest = this.length > 0 ? this.mediaMs[(this.head + this.length - 1) % this.slots]! : this.takenMs;
    return newest !== Number.NEGATIVE_INFINITY && Math.abs(mediaMs - newest) > MAX_JUMP_MS;
  }

  /** Puts the item where it belongs, mostly at the end. False if there is one of its time. */
  private place(now: Instant, mediaMs: number, item: Item): boolean {
    let at = this.length;
    while (at > 0 && this.mediaMs[(this.head + at - 1) % this.slots]! >= mediaMs) at -= 1;
    if (at < this.length && this.mediaMs[(this.head + at) % this.slots] === mediaMs) return false;
    if (this.length === this.slots) {
      if (at === 0) return false;
      this.dropOldest();
      at -= 1;
    }
    for (let from = this.length; from > at; from--) this.shift(from - 1, from);
    const slot = (this.head + at) % this.slots;
    this.items[slot] = item;
    this.mediaMs[slot] = mediaMs;
    this.insertedAt[slot] = now;
    this.length += 1;
    return true;
  }

  private shift(from: number, to: number): void {
    const [source, target] = [(this.head + from) % this.slots, (this.head + to) % this.slots];
    this.items[target] = this.items[source];
    this.mediaMs[target] = this.mediaMs[source]!;
    this.insertedAt[target] = this.insertedAt[source]!;
  }

  private dropOldest(): void {
    this.items[this.head] = undefined;
    this.takenMs = this.mediaMs[this.head]!;
    this.head = (this.head + 1) % this.slots;
    this.length -= 1;
    this.counters.overflowed += 1;
  }

  /** Moves the delay towards its target, as fast as may be. */
  private move(now: Instant): void {
    const target = this.delays.shortestOffset + this.targetDelayMs;
    if (!Number.isFinite(target)) return;
    if (Number.isNaN(this.offset)) {
      this.offset = target;
      this.movedAt = now;
      return;
    }
    const seconds = Math.max(0, now - this.movedAt) / 1_000;
    this.movedAt = now;
    const step = Math.min(Math.max(target - this.offset, -DOWN_MS_PER_S[this.kind] * seconds), UP_MS_PER_S[this.kind] * seconds);
    this.offset += step;
    if (step > 0) this.counters.stretchedMs += step;
    else this.counters.compressedMs -= step;
    if (seconds > 0) this.speed = 1 - step / (seconds * 1_000);
  }
}

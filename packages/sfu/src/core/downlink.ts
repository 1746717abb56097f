import { CongestionController, RetransmissionBudget } from '@maru/protocol/congestion';
import { type Instant, NEVER } from '@maru/protocol/core';
import type { Egress } from './egress.js';
import type { ExtensionTable } from './extension-kinds.js';
import { ExtensionKind } from './extension-kinds.js';
import { HeadWriter } from './head-writer.js';
import type { OutgoingStream } from './outgoing-stream.js';
import type { ResendRule } from './sent-packets.js';

export interface DownlinkOptions {
  readonly startBps?: number;
  readonly maxBps?: number;
}

/** What an SRTP tag adds, and a header with the usual extensions. */
export const OVERHEAD_BYTES = 40;

/** How much faster than the estimate packets leave: publishers have paced them once already, and more would make a queue on a slow line. */
const PACING_FACTOR = 1.2;
/** What may leave at once when nothing has left for a while: so much of the pacing rate, and a packet at least. Three at once are a tenth of a second of a slow line. */
const BURST_MS = 40;
const LEAST_BURST_BYTES = 1_200;
/** Pictures of several may leave together, a packet or two of each: that they wait for one another says nothing of the line. */
const BURST_PACKETS = 6;
/** What is queued for longer, or so much of it, is not worth waiting for. */
const MAX_QUEUE_MS = 400;
const MAX_QUEUE_PACKETS = 450;
/**
 * S-52: a packet is sent again three times at most, a round trip apart: what is asked for again before was asked before it could have come.
 * Where feedback tells of losses, more often, and each half round trip after the second time; where the way is long as well, from the
 * first time on: what is lost twice comes too late there for who holds pictures for a round trip (decision 0014). The budget bounds them all.
 */
const MAX_RESENDS = 3;
const MAX_RESENDS_UNDER_LOSS = 7;
const SOME_LOSS = 0.005;
const LONG_WAY_MS = 100;
const MIN_RESEND_SPACING_MS = 10;
/** Just below one, and one half: who asks measures a round trip of its own. */
const RESEND_ROUND_TRIPS = 0.9;
const HASTY_ROUND_TRIPS = 0.45;
const ROUND_TRIP_WEIGHT = 0.25;
const PADDING_BYTES = 255;

/**
 * The way to one subscriber: how much it carries, and what leaves when. Packets leave in the tick in which they came, as long as they are
 * within the pacing rate; what is beyond waits its turn and is then made from the cache.
 */
export class Downlink {
  /** The driver's integers for where packets go, and for their key; -1 until the transport is there. */
  address = -1;
  key = -1;
  readonly controller: CongestionController;
  readonly head: HeadWriter;
  readonly streams: (OutgoingStream | undefined)[] = [];
  roundTripMs = 100;
  bytesSent = 0;
  lastSentAt: Instant = Number.NEGATIVE_INFINITY;
  /** Its owner looks at it from time to time; where not, {@link wake} is called when something is sent or waits. */
  isAwake = false;
  wake: () => void = () => {};
  /** Something of this subscriber does not hold together. */
  broke: (error: unknown) => void = () => {};
  packetsSent = 0;
  private readonly budget = new RetransmissionBudget();
  private readonly rule: ResendRule = { most: MAX_RESENDS, spacingMs: 0, laterSpacingMs: 0 };
  /** Something waits, or must: nothing passes by. */
  private isBacklogged = false;
  /** Sent since the budget of retransmissions was told. */
  private mediaBytes = 0;
  private creditBytes = LEAST_BURST_BYTES;
  private creditAt: Instant = Number.NaN;
  private paddingStream = 0;
  private isMeasured = false;

  constructor(
    readonly egress: Egress,
    public extensions: ExtensionTable,
    options: DownlinkOptions = {},
    firstSequence = 1,
  ) {
    const { startBps = 300_000, maxBps = 30_000_000 } = options;
    const pacing = { pacingFactor: PACING_FACTOR, maxQueueMs: MAX_QUEUE_MS, burstPackets: BURST_PACKETS };
    this.controller = new CongestionController({ startBps, maxBps, ...pacing }, firstSequence);
    this.head = new HeadWriter(egress.batch.heads);
  }

  private get hasTransportSequence(): boolean {
    return this.extensions.idOf[ExtensionKind.transportSequence] !== 0;
  }

  get isConnected(): boolean {
    return this.address >= 0;
  }

  /** The transport is there, or has moved to another path. */
  connect(now: Instant, address: number, key: number): void {
    const isFirst = !this.isConnected;
    const hasMoved = !isFirst && address !== this.address;
    this.address = address;
    this.key = key;
    if (isFirst) this.controller.connect(now);
    else if (hasMoved) this.controller.pathChanged(now);
  }

  disconnect(): void {
    this.address = this.key = -1;
    this.controller.disconnect();
    for (let index = 0; index < this.streams.length; index++) this.controller.pacer.forget(index);
  }

  add(stream: OutgoingStream): number {
    const free = this.streams.indexOf(undefined);
    const index = free < 0 ? this.streams.length : free;
    this.streams[index] = stream;
    return index;
  }

  remove(index: number): void {
    this.streams[index] = undefined;
    this.controller.pacer.forget(index);
  }

  /** So much waits that more would come too late to be of use. */
  get isOverfull(): boolean {
    if (!this.isBacklogged) return false;
    const { pacer } = this.controller;
    return pacer.queuedPackets >= MAX_QUEUE_PACKETS || (pacer.queuedPackets > 20 && pacer.queueMs > 2 * MAX_QUEUE_MS);
  }

  /** Whether a video packet of so many bytes may leave at once; it counts as left. */
  passes(now: Instant, bytes: number): boolean {
    if (now !== this.creditAt) this.refill(now);
    if (this.isBacklogged || this.creditBytes < 0) return false;
    this.creditBytes -= bytes;
    return true;
  }

  /** Sound leaves at once, whatever waits; what it takes of the rate, pictures have to leave. */
  spend(now: Instant, bytes: number): void {
    if (now !== this.creditAt) this.refill(now);
    if (this.isBacklogged) this.controller.pacer.owe(bytes);
    else this.creditBytes = Math.max(this.creditBytes - bytes, -LEAST_BURST_BYTES);
  }

  /** Once in each tick: what the rate has allowed since the last. */
  private refill(now: Instant): void {
    const { controller } = this;
    const { pacer } = controller;
    const rate = (controller.targetBps * PACING_FACTOR) / 8_000;
    const elapsedMs = Number.isNaN(this.creditAt) ? 0 : now - this.creditAt;
    this.creditAt = now;
    this.creditBytes = Math.min(this.creditBytes + elapsedMs * rate, Math.max(LEAST_BURST_BYTES, rate * BURST_MS));
    this.isBacklogged = pacer.isCongested || pacer.queuedPackets > 0;
    pacer.probe = 0;
  }

  /** A packet that does not pass waits for its turn. */
  queue(now: Instant, kind: 'video' | 'retransmission', stream: number, packet: number, bytes: number): void {
    if (!this.isBacklogged && this.creditBytes < 0) this.controller.pacer.owe(-this.creditBytes);
    this.isBacklogged = true;
    this.controller.queue(now, kind, stream, packet, bytes);
    this.wake();
  }

  /** A packet of so many bytes leaves now: its transport-wide number, -1 where none is told. */
  count(now: Instant, bytes: number, isMedia: boolean): number {
    this.bytesSent += bytes;
    this.lastSentAt = now;
    if (!this.isAwake) {
      this.isAwake = true;
      this.wake();
    }
    this.packetsSent += 1;
    if (isMedia) this.mediaBytes += bytes;
    const sequence = this.controller.sent(now, bytes);
    return this.hasTransportSequence ? sequence : -1;
  }

  /** A report has told how long the way there and back takes. */
  measured(roundTripMs: number): void {
    const weight = this.isMeasured ? ROUND_TRIP_WEIGHT : 1;
    this.isMeasured = true;
    this.roundTripMs += (roundTripMs - this.roundTripMs) * weight;
  }

  /** The subscriber misses these numbers of a stream. */
  retransmit(now: Instant, stream: OutgoingStream, sequenceNumbers: readonly number[]): void {
    const { lossShare } = this.controller;
    const { rule, roundTripMs } = this;
    const isLossy = lossShare > SOME_LOSS;
    const calmMs = Math.max(MIN_RESEND_SPACING_MS, roundTripMs * RESEND_ROUND_TRIPS);
    const hastyMs = Math.max(MIN_RESEND_SPACING_MS, roundTripMs * HASTY_ROUND_TRIPS);
    rule.most = isLossy ? MAX_RESENDS_UNDER_LOSS : MAX_RESENDS;
    rule.spacingMs = isLossy && roundTripMs >= LONG_WAY_MS ? hastyMs : calmMs;
    rule.laterSpacingMs = isLossy ? hastyMs : calmMs;
    this.budget.sent(now, this.mediaBytes, lossShare);
    this.mediaBytes = 0;
    for (const sequenceNumber of sequenceNumbers) {
      const outgoing = stream.prepareResend(now, sequenceNumber, rule);
      if (outgoing < 0) continue;
      const bytes = stream.resendBytes + OVERHEAD_BYTES;
      if (!this.budget.take(bytes)) return;
      stream.countResend(now);
      if (this.passes(now, bytes)) stream.resend(now, outgoing);
      else this.queue(now, 'retransmission', stream.index, outgoing, bytes);
    }
  }

  /** When {@link advance} is next worth calling. */
  get deadline(): Instant {
    return this.isConnected ? this.controller.deadline : NEVER;
  }

  /** Sends what is due: what waited, probes, padding. */
  advance(now: Instant): void {
    if (!this.isConnected) return;
    const { controller } = this;
    const { pacer } = controller;
    pacer.canPad = this.hasTransportSequence && this.streams.some((stream) => stream?.canPad === true);
    while (controller.take(now)) {
      const stream = this.streams[pacer.stream];
      if (pacer.kind === 'padding') {
        if (!this.pad(now, pacer.bytes)) pacer.padded(0);
      } else if (pacer.kind === 'retransmission') stream?.resend(now, pacer.packet);
      else stream?.sendQueued(now, pacer.packet);
    }
    // What passes by itself is of no probe, and no padding.
    pacer.probe = 0;
    pacer.kind = 'video';
    if (pacer.queuedPackets === 0 && !pacer.isCongested) this.isBacklogged = false;
    this.budget.sent(now, this.mediaBytes, controller.lossShare);
    this.mediaBytes = 0;
  }

  /** Something that the receiver throws away: an old packet again, or padding. */
  private pad(now: Instant, bytes: number): boolean {
    for (let i = 0; i < this.streams.length; i++) {
      const stream = this.streams[(this.paddingStream + i) % this.streams.length];
      if (!stream?.canPad) continue;
      this.paddingStream = (this.paddingStream + i) % this.streams.length;
      if (bytes > 2 * PADDING_BYTES && stream.resendRecent(now)) return true;
      stream.sendPadding(now, Math.min(bytes, PADDING_BYTES));
      return true;
    }
    return false;
  }
}

import type { Instant } from '@maru/protocol/core';
import type { SubscriptionView } from './description.js';
import type { Downlink } from './downlink.js';
import type { LimitingFactor, ShownLayer, Why } from './events.js';
import { ladderOf, usableLayer } from './layer-ladder.js';
import type { PublishedTrack } from './published-track.js';
import { RisePacing } from './rise-pacing.js';
import type { Slot } from './slot.js';
import type { SourceStream } from './source-stream.js';
import { WhyHistory } from './why-history.js';

const DEFAULT_VIEW: SubscriptionView = { width: 0, height: 0, isVisible: true, priority: 1 };

/** What a subscription knows of its holder. */
export interface Subscriber {
  readonly downlink: Downlink;
  /** Something about what it gets is to be decided anew. */
  reconsider(): void;
  drop(subscription: Subscription): void;
}

/** That a participant wants a track, and how it sees it. Which slot carries it, and which layer, is decided by others. */
export class Subscription {
  view: SubscriptionView;
  /** By its holder. */
  isPaused = false;
  slot: Slot | undefined;
  /** What was decided on: -1 for nothing. */
  encoding = -1;
  spatialId = 0;
  temporalId = 0;
  /** The highest encoding that its view can use; -1 for none. */
  usableEncoding = -1;
  limitedBy: LimitingFactor = 'no-slot';
  /** When a higher layer is worth trying. */
  readonly pacing = new RisePacing();
  readonly history = new WhyHistory();
  /** Key frames that its holder may still ask for itself (S-53). */
  keyFrameCredit = 3;
  keyFrameCreditAt: Instant = Number.NaN;
  isEnded = false;

  constructor(
    readonly holder: Subscriber,
    readonly track: PublishedTrack,
    view: Partial<SubscriptionView> = {},
  ) {
    this.view = { ...DEFAULT_VIEW, ...view };
  }

  /** The tile is seen otherwise than before. */
  see(view: Partial<SubscriptionView>): void {
    this.view = { ...this.view, ...view };
    this.holder.reconsider();
  }

  pause(): void {
    this.isPaused = true;
    this.holder.reconsider();
  }

  resume(): void {
    this.isPaused = false;
    this.holder.reconsider();
  }

  /** Nothing is forwarded any more from here on. Idempotent. */
  end(): void {
    if (this.isEnded) return;
    this.isEnded = true;
    this.slot?.show(undefined);
    this.track.subscriptions.delete(this);
    this.holder.drop(this);
  }

  /** There is no way to its holder: nothing is sent until it is chosen anew. */
  suspend(): void {
    this.encoding = -1;
    this.slot?.forwarder.stop();
  }

  /** What it is to get from now on. */
  choose(now: Instant, encoding: number, spatialId: number, temporalId: number, limitedBy: LimitingFactor): void {
    const isSame = encoding === this.encoding && spatialId === this.spatialId && temporalId === this.temporalId;
    this.limitedBy = limitedBy;
    this.encoding = encoding;
    this.spatialId = spatialId;
    this.temporalId = temporalId;
    this.slot?.forwarder.want(now, encoding, spatialId, temporalId);
    this.note(now, !isSame);
  }

  /** Writes down how it is. */
  note(now: Instant, isChange: boolean): void {
    const { controller } = this.holder.downlink;
    const bitrate = this.bitrateBps;
    this.history.note(now, this.encoding, bitrate, controller.availableBps, controller.lossShare, this.limitedBy, isChange);
  }

  get bitrateBps(): number {
    return this.track.sources[this.encoding]?.rates.upTo(this.spatialId, this.temporalId) ?? 0;
  }

  why(now: Instant): Why {
    const { track, view, slot, limitedBy } = this;
    this.note(now, false);
    const source = slot?.forwarder.source;
    const isShown = source !== undefined && this.encoding >= 0;
    return {
      track: track.id,
      publisher: track.publisher.id,
      mid: slot?.mid,
      layer: isShown ? this.layerOf(source, slot!.forwarder.spatialId, slot!.forwarder.temporalId) : undefined,
      best: this.best(now),
      view,
      estimateBps: Math.round(this.holder.downlink.controller.availableBps),
      limitedBy,
      history: this.history.moments(now, (encoding) => (encoding < 0 ? undefined : track.nameOf(encoding))),
    };
  }

  /** The highest layer that is sent and that its view can use: what it would get if its way carried everything. */
  private best(now: Instant): ShownLayer | undefined {
    const { track, view, isPaused } = this;
    if (isPaused || track.isMuted || (track.kind === 'video' && !view.isVisible)) return undefined;
    const usable = usableLayer(track, view.width, view.height);
    const top = ladderOf(track, now)
      .filter(({ encoding, spatialId }) => encoding <= usable.encoding && spatialId <= usable.spatialId)
      .at(-1);
    const source = top && track.sources[top.encoding];
    return source && this.layerOf(source, top.spatialId, top.temporalId);
  }

  private layerOf(source: SourceStream, spatialId: number, temporalId: number): ShownLayer {
    const { track } = this;
    return {
      encoding: track.nameOf(source.index),
      spatialId,
      temporalId,
      width: source.width,
      height: source.height,
      framesPerSecond: track.kind === 'video' ? source.rates.framesPerSecond : 0,
      bitrateBps: Math.round(source.rates.upTo(spatialId, temporalId)),
    };
  }
}

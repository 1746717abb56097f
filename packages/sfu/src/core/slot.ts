import type { RandomSource } from '@maru/protocol/core';
import { AudioForwarder } from './audio-forwarder.js';
import type { SlotDescription } from './description.js';
import type { Downlink } from './downlink.js';
import type { Forwarder } from './forwarder.js';
import type { MediaKind } from './media-kind.js';
import { OutgoingStream } from './outgoing-stream.js';
import { codecFor } from './payload-types.js';
import type { PublishedTrack } from './published-track.js';
import type { Subscription } from './subscription.js';
import { VideoForwarder } from './video-forwarder.js';

/** A section of a subscriber in which it receives one track after another, under one SSRC. */
export class Slot {
  readonly mid: string;
  readonly kind: MediaKind;
  readonly stream: OutgoingStream;
  readonly forwarder: Forwarder;
  /** What it shows. */
  subscription: Subscription | undefined;
  /** What the participant was told that it shows. */
  told: Subscription | undefined;

  constructor(
    downlink: Downlink,
    readonly description: SlotDescription,
    random: RandomSource,
  ) {
    this.mid = description.mid;
    this.kind = description.kind;
    this.stream = new OutgoingStream(downlink, description, random, description.kind === 'video');
    this.forwarder = description.kind === 'video' ? new VideoForwarder(this.stream) : new AudioForwarder(this.stream);
  }

  /** Whether the subscriber understands the track. */
  understands(track: PublishedTrack): boolean {
    return track.description.codecs.some((codec) => codecFor(codec, this.description.codecs) !== undefined);
  }

  /** Shows the track of a subscription from now on; undefined: nothing. */
  show(subscription: Subscription | undefined): void {
    if (this.subscription) this.subscription.slot = undefined;
    this.subscription = subscription;
    if (subscription) subscription.slot = this;
    this.forwarder.show(subscription?.track);
    if (subscription) this.mapTypes(subscription.track);
  }

  close(): void {
    this.show(undefined);
    this.stream.downlink.remove(this.stream.index);
  }

  private mapTypes(track: PublishedTrack): void {
    const { stream } = this;
    stream.payloads = track.typesFor(this.description.codecs);
    stream.clockRate = track.clockRate;
    if (stream.payloads.rtxType >= 0) stream.rtxType = stream.payloads.rtxType;
  }
}

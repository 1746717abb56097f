import type { Instant } from '@maru/protocol/core';
import { AudioLevel } from './audio-level.js';
import type { ClockOffset } from './clock-offset.js';
import type { CodecDescription, TrackContent, TrackDescription } from './description.js';
import type { ExtensionTable } from './extension-kinds.js';
import type { MediaKind } from './media-kind.js';
import type { PacketCache } from './packet-cache.js';
import { PayloadTypes } from './payload-types.js';
import { SourceStream } from './source-stream.js';
import type { Subscription } from './subscription.js';
import type { TrackPipe } from './track-pipe.js';

/** What a track knows of who publishes it. */
export interface TrackPublisher {
  readonly id: string;
  readonly extensions: ExtensionTable;
  readonly cache: PacketCache;
  readonly roundTripMs: number;
  readonly clockOffset: ClockOffset;
  /** Something is to be asked of it. */
  wake(): void;
}

/** Ways of numbering codecs that are kept for others who number them so: clients are of a few kinds. */
const SHARED_PAYLOAD_TYPES = 64;

/** What a participant sends: audio, or video in one or several encodings. */
export class PublishedTrack {
  readonly id: string;
  readonly kind: MediaKind;
  readonly content: TrackContent;
  readonly mid: string;
  readonly clockRate: number;
  /** By payload type, those of media. */
  readonly codecs: (CodecDescription | undefined)[] = new Array<CodecDescription | undefined>(128).fill(undefined);
  /** By the payload type of a retransmission, that of the media in it; -1 for others. */
  readonly repairs = new Int16Array(128).fill(-1);
  /** By encoding, from the lowest up; those that have sent. */
  readonly sources: (SourceStream | undefined)[];
  readonly subscriptions = new Set<Subscription>();
  /** Its ways to other routers. */
  readonly pipes = new Set<TrackPipe>();
  readonly level = new AudioLevel();
  isMuted = false;
  /** Higher encodings are beyond the budget of the publisher. */
  maxEncoding = Number.POSITIVE_INFINITY;
  /** Which encodings the publisher was told that anybody wants. */
  toldWanted: boolean[] | undefined;
  /** By what subscribers call their codecs. */
  private readonly payloadTypes = new Map<string, PayloadTypes>();

  constructor(
    readonly publisher: TrackPublisher,
    readonly description: TrackDescription,
  ) {
    this.id = description.id;
    this.kind = description.kind;
    this.content = description.content;
    this.mid = description.mid;
    this.clockRate = description.codecs[0]?.clockRate ?? 90_000;
    for (const codec of description.codecs) {
      this.codecs[codec.payloadType & 0x7f] = codec;
      if (codec.rtxPayloadType !== undefined) this.repairs[codec.rtxPayloadType & 0x7f] = codec.payloadType & 0x7f;
    }
    this.sources = description.encodings.map(() => undefined);
  }

  /** The encoding with this RID; -1 for none. A track of one encoding needs no RID. */
  encodingOf(rid: string | undefined): number {
    const { encodings } = this.description;
    if (rid === undefined) return encodings.length === 1 ? 0 : -1;
    return encodings.findIndex((encoding) => encoding.rid === rid);
  }

  /** What a subscriber with these codecs calls ours. */
  typesFor(codecs: readonly CodecDescription[]): PayloadTypes {
    const key = JSON.stringify(codecs);
    const known = this.payloadTypes.get(key);
    if (known) return known;
    const types = new PayloadTypes(this.description.codecs, codecs);
    if (this.payloadTypes.size < SHARED_PAYLOAD_TYPES) this.payloadTypes.set(key, types);
    return types;
  }

  /** The name of an encoding for people: its RID, or its place. */
  nameOf(encoding: number): string {
    return this.description.encodings[encoding]?.rid ?? String(encoding);
  }

  /** An encoding sends from this SSRC from now on. */
  addSource(encoding: number, ssrc: number): SourceStream {
    this.sources[encoding]?.close();
    const source = new SourceStream(this, encoding, ssrc, this.publisher.cache);
    source.rtxSsrc = this.description.encodings[encoding]?.rtxSsrc ?? 0;
    source.keyFrames.roundTripMs = this.publisher.roundTripMs;
    this.sources[encoding] = source;
    for (const subscription of this.subscriptions) {
      subscription.slot?.forwarder.sourceAdded(source);
      subscription.holder.reconsider();
    }
    for (const pipe of this.pipes) pipe.sourceAdded(source);
    return source;
  }

  /** A key frame of the source is needed: it is asked for as soon as it may be. */
  needKeyFrame(source: SourceStream): void {
    source.keyFrames.need();
    this.publisher.wake();
  }

  isFlowing(now: Instant): boolean {
    return this.sources.some((source) => source?.rates.isFlowing(now) === true);
  }

  close(): void {
    this.pipes.clear();
    for (const source of this.sources) source?.close();
    this.sources.fill(undefined);
  }
}

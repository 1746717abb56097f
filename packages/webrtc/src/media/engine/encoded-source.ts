import { type MediaKind, type MediaStreamTrack, type MediaTrackSettings, type TrackSource, trackOf } from '../track.js';
import type { EncodedMedia, EncodingDemand, EncodingFeed, EncodingSource } from './encoded-media.js';

export interface EncodedSourceOptions {
  readonly kind: MediaKind;
  /** Name of the codec that it gives: `opus`, `VP8`, `H264`, … */
  readonly codec: string;
  readonly label?: string;
  /** Somebody needs a key frame to begin with. */
  onKeyFrameRequest?(): void;
  /** What the network carries, in bit/s, the least of all who send this. */
  onTargetBitrate?(bitsPerSecond: number): void;
}

/**
 * A track of media that is encoded already: what an encoder of yours, a file or another connection gives is sent as it is, to
 * every connection that the track was added to and that negotiated the codec.
 *
 *     const source = new EncodedSource({ kind: 'audio', codec: 'opus' });
 *     connection.addTrack(source.track);
 *     source.write({ data, timestampMs: 20 * count, isKeyFrame: true });
 */
export class EncodedSource implements TrackSource, EncodingSource {
  readonly kind: MediaKind;
  readonly label: string;
  readonly isMuted = false;
  readonly settings: MediaTrackSettings = {};
  readonly track: MediaStreamTrack;
  private readonly sinks = new Set<(media: EncodedMedia) => void>();
  private readonly bitrates = new Map<object, number>();

  constructor(private readonly options: EncodedSourceOptions) {
    this.kind = options.kind;
    this.label = options.label ?? `encoded ${options.kind}`;
    this.track = trackOf(this);
  }

  /** Senders that take it now. */
  get sinkCount(): number {
    return this.sinks.size;
  }

  /** Sends `media` to all who take it; its bytes may be kept until they are sent. */
  write(media: EncodedMedia): void {
    for (const sink of this.sinks) sink(media);
  }

  encode({ codecs }: EncodingDemand, sink: (media: EncodedMedia) => void): EncodingFeed | undefined {
    const { options, sinks, bitrates } = this;
    const codec = codecs.find(({ name }) => name.toLowerCase() === options.codec.toLowerCase());
    if (!codec) return undefined;
    sinks.add(sink);
    const key = {};
    options.onKeyFrameRequest?.();
    return {
      codec,
      requestKeyFrame: () => options.onKeyFrameRequest?.(),
      setTargetBitrate: (bitsPerSecond) => {
        bitrates.set(key, bitsPerSecond);
        options.onTargetBitrate?.(Math.min(...bitrates.values()));
      },
      close: () => {
        sinks.delete(sink);
        bitrates.delete(key);
      },
    };
  }

  attach(_track: MediaStreamTrack): void {}

  detach(_track: MediaStreamTrack): void {}
}

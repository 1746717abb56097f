import { digitOf, type ToneEvent } from '@maru/protocol/payload';
import type { ReceivedMedia } from './engine/encoded-media.js';
import { type MediaKind, type MediaStreamTrack, type MediaTrackSettings, sourceOf, type TrackSource } from './track.js';

/** A key of a telephone that the other side pressed (RFC 4733). */
export interface ReceivedTone {
  readonly type: 'began' | 'ended';
  /** `0` to `9`, `*`, `#`, `A` to `D`; for other events their number. */
  readonly tone: string;
  /** So far, or in all. */
  readonly durationMs: number;
}

type MediaListener = (media: ReceivedMedia) => void;

/** What the other side sends: nothing until packets come. */
export class RemoteSource implements TrackSource {
  readonly isMuted = true;
  readonly settings: MediaTrackSettings = {};
  /** The other side's simulcast is taken layer by layer. */
  takesLayers = false;
  private readonly sinks = new Set<MediaListener>();
  private readonly timedSinks = new Set<MediaListener>();
  private readonly toneSinks = new Set<(tone: ReceivedTone) => void>();

  constructor(
    readonly kind: MediaKind,
    /** Asks the other side for a picture to begin decoding with. */
    readonly askForKeyFrame: () => void,
    /** Somebody wants its media in its time, or nobody does any more. */
    private readonly demandChanged: () => void,
  ) {}

  get label(): string {
    return `remote ${this.kind}`;
  }

  /** Somebody wants media when its turn to be played has come. */
  get isTimed(): boolean {
    return this.timedSinks.size > 0;
  }

  /** Packets are received whether anybody looks at the track or not. */
  attach(_track: MediaStreamTrack): void {}

  detach(_track: MediaStreamTrack): void {}

  listen(sink: MediaListener): () => void {
    this.sinks.add(sink);
    return () => void this.sinks.delete(sink);
  }

  listenInTime(sink: MediaListener): () => void {
    this.timedSinks.add(sink);
    this.demandChanged();
    return () => {
      if (this.timedSinks.delete(sink)) this.demandChanged();
    };
  }

  listenToTones(sink: (tone: ReceivedTone) => void): () => void {
    this.toneSinks.add(sink);
    return () => void this.toneSinks.delete(sink);
  }

  deliver(media: ReceivedMedia): void {
    for (const sink of this.sinks) sink(media);
  }

  deliverInTime(media: ReceivedMedia): void {
    for (const sink of this.timedSinks) sink(media);
  }

  deliverTone({ type, event, duration }: ToneEvent, clockRate: number): void {
    const tone: ReceivedTone = {
      type: type === 'tone-began' ? 'began' : 'ended',
      tone: digitOf(event) ?? `${event}`,
      durationMs: (1_000 * duration) / clockRate,
    };
    for (const sink of this.toneSinks) sink(tone);
  }
}

export interface ReceiveEncodedOptions {
  /**
   * When media comes out: `as-it-arrives` (the default), as soon as it is whole, for those who pass it on or record it; `in-time`,
   * when it is to be played: evenly, in step with the other track of its stream, and as late as `jitterBufferTarget` and the sender ask.
   */
  readonly pace?: 'as-it-arrives' | 'in-time';
}

/**
 * Gives what `track`, a receiver's, gets from the other side to `sink`, encoded as it came and in the order of decoding, until
 * the function returned is called. Throws a TypeError for a track that does not come from a connection.
 */
export function receiveEncoded(track: MediaStreamTrack, sink: MediaListener, options: ReceiveEncodedOptions = {}): () => void {
  const source = remoteSourceOf(track);
  const take: MediaListener = (media) => {
    if (track.readyState === 'live' && track.enabled) sink(media);
  };
  return options.pace === 'in-time' ? source.listenInTime(take) : source.listen(take);
}

/** Tells `sink` of the keys that the other side presses on a telephone, until the function returned is called. */
export function receiveTones(track: MediaStreamTrack, sink: (tone: ReceivedTone) => void): () => void {
  return remoteSourceOf(track).listenToTones(sink);
}

function remoteSourceOf(track: MediaStreamTrack): RemoteSource {
  const source = sourceOf(track);
  if (!(source instanceof RemoteSource)) throw new TypeError('The track is not that of an RTCRtpReceiver');
  return source;
}

/** Asks who sends `track`, a receiver's, for a key frame: a decoder begins, or fell. No more often than the network can bear. */
export function requestKeyFrame(track: MediaStreamTrack): void {
  const source = remoteSourceOf(track);
  if (track.readyState === 'live' && track.kind === 'video') source.askForKeyFrame();
}

/**
 * Has the next answer take the simulcast that is offered for `track`, a receiver's, layer by layer: each comes under an SSRC of its
 * own, and media says of which `rid` it is. Without it we answer as browsers do, who take one picture alone.
 */
export function receiveLayers(track: MediaStreamTrack): void {
  remoteSourceOf(track).takesLayers = true;
}

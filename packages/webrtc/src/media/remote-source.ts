import type { ReceivedMedia } from './engine/encoded-media.js';
import { type MediaKind, type MediaStreamTrack, type MediaTrackSettings, sourceOf, type TrackSource } from './track.js';

/** What the other side sends: nothing until packets come. */
export class RemoteSource implements TrackSource {
  readonly isMuted = true;
  readonly settings: MediaTrackSettings = {};
  /** The other side's simulcast is taken layer by layer. */
  takesLayers = false;
  private readonly sinks = new Set<(media: ReceivedMedia) => void>();

  constructor(
    readonly kind: MediaKind,
    /** Asks the other side for a picture to begin decoding with. */
    readonly askForKeyFrame: () => void,
  ) {}

  get label(): string {
    return `remote ${this.kind}`;
  }

  /** Packets are received whether anybody looks at the track or not. */
  attach(_track: MediaStreamTrack): void {}

  detach(_track: MediaStreamTrack): void {}

  listen(sink: (media: ReceivedMedia) => void): () => void {
    this.sinks.add(sink);
    return () => void this.sinks.delete(sink);
  }

  deliver(media: ReceivedMedia): void {
    for (const sink of this.sinks) sink(media);
  }
}

/**
 * Gives what `track`, a receiver's, gets from the other side to `sink`, encoded as it came and in the order of decoding, until
 * the function returned is called. Throws a TypeError for a track that does not come from a connection.
 */
export function receiveEncoded(track: MediaStreamTrack, sink: (media: ReceivedMedia) => void): () => void {
  const source = sourceOf(track);
  if (!(source instanceof RemoteSource)) throw new TypeError('The track is not that of an RTCRtpReceiver');
  return source.listen((media) => {
    if (track.readyState === 'live' && track.enabled) sink(media);
  });
}

/** Asks who sends `track`, a receiver's, for a key frame: a decoder begins, or fell. No more often than the network can bear. */
export function requestKeyFrame(track: MediaStreamTrack): void {
  const source = sourceOf(track);
  if (!(source instanceof RemoteSource)) throw new TypeError('The track is not that of an RTCRtpReceiver');
  if (track.readyState === 'live' && track.kind === 'video') source.askForKeyFrame();
}

/**
 * Has the next answer take the simulcast that is offered for `track`, a receiver's, layer by layer: each comes under an SSRC of its
 * own. Without it we answer as browsers do, who take one picture alone.
 */
export function receiveLayers(track: MediaStreamTrack): void {
  const source = sourceOf(track);
  if (!(source instanceof RemoteSource)) throw new TypeError('The track is not that of an RTCRtpReceiver');
  source.takesLayers = true;
}

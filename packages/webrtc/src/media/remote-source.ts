import type { MediaKind, MediaStreamTrack, TrackSource } from './track.js';

/** What the other side sends: nothing until packets come. */
export class RemoteSource implements TrackSource {
  readonly isMuted = true;
  readonly settings = {};

  constructor(readonly kind: MediaKind) {}

  get label(): string {
    return `remote ${this.kind}`;
  }

  /** Packets are received whether anybody looks at the track or not. */
  attach(_track: MediaStreamTrack): void {}

  detach(_track: MediaStreamTrack): void {}
}

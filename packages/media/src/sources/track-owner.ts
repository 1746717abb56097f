import type { MediaStreamTrack } from '@maru/webrtc';

/** The tracks that a source feeds; when the last has ended, the source is free. */
export class TrackOwner {
  private readonly tracks = new Set<MediaStreamTrack>();

  constructor(private readonly freed: () => void) {}

  get all(): readonly MediaStreamTrack[] {
    return [...this.tracks];
  }

  attach(track: MediaStreamTrack): void {
    this.tracks.add(track);
  }

  detach(track: MediaStreamTrack): void {
    if (this.tracks.delete(track) && this.tracks.size === 0) this.freed();
  }
}

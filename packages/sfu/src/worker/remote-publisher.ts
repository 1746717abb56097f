import type { Instant } from '@maru/protocol/core';
import type { Participant, TrackDescription } from '../core/index.js';
import type { LiveTrack } from './publications.js';
import type { SessionLink } from './session-link.js';

/** Who publishes at another worker of the session, as this one sees it: a participant of the router whose packets come by a pipe. */
export class RemotePublisher {
  private readonly tracks = new Map<string, LiveTrack>();

  constructor(
    readonly link: SessionLink,
    /** The facade's number. */
    readonly number: number,
    readonly connection: string,
    readonly core: Participant,
  ) {}

  get all(): Iterable<LiveTrack> {
    return this.tracks.values();
  }

  track(id: string): LiveTrack | undefined {
    return this.tracks.get(id);
  }

  /** A track of it; undefined where the router refuses it. */
  publish(now: Instant, stream: string, description: TrackDescription, isMuted: boolean): LiveTrack | undefined {
    const published = this.core.publish(now, description);
    if ('code' in published) return undefined;
    if (isMuted) this.core.mute(published, true);
    const { id, kind, encodings } = description;
    const rids = encodings.map(({ rid }) => rid ?? '');
    const track: LiveTrack = { id, connection: this.connection, stream, kind, rids, track: published };
    this.tracks.set(id, track);
    return track;
  }

  /** The track is gone. Whoever was told of it is to be told before. */
  unpublish(track: LiveTrack): void {
    this.tracks.delete(track.id);
    this.core.unpublish(track.track);
  }
}

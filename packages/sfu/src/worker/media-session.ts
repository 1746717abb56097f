import type { Instant } from '@maru/protocol/core';
import type { MediaKind, Session } from '../core/index.js';
import type { LiveTrack } from './publications.js';
import type { WorkerParticipant } from './worker-participant.js';

/** A session on this worker: who takes part, and what there is to see and hear. */
export class MediaSession {
  readonly members = new Map<string, WorkerParticipant>();
  private readonly trackById = new Map<string, LiveTrack>();

  constructor(
    readonly id: string,
    readonly core: Session,
  ) {}

  get tracks(): Iterable<LiveTrack> {
    return this.trackById.values();
  }

  get trackCount(): number {
    return this.trackById.size;
  }

  track(id: string): LiveTrack | undefined {
    return this.trackById.get(id);
  }

  tracksOf(stream: string): LiveTrack[] {
    return [...this.trackById.values()].filter((track) => track.stream === stream);
  }

  /** Everybody else may want it. */
  trackAdded(now: Instant, track: LiveTrack): void {
    this.trackById.set(track.id, track);
    for (const member of this.members.values()) member.considerTrack(now, track);
  }

  trackRemoved(track: LiveTrack): void {
    this.trackById.delete(track.id);
    for (const member of this.members.values()) member.forgetTrack(track);
  }

  /** Names of codecs of `kind` that everybody with slots can decode; empty while nobody has slots. */
  commonCodecs(kind: MediaKind): string[] {
    let common: string[] | undefined;
    for (const member of this.members.values()) {
      const names = member.decodableCodecs(kind);
      if (names.length > 0) common = common ? common.filter((name) => names.includes(name)) : [...names];
    }
    return common ?? [];
  }
}

import type { Instant } from '@maru/protocol/core';
import type { MediaKind, Session } from '../core/index.js';
import type { LiveTrack } from './publications.js';
import type { WorkerParticipant } from './worker-participant.js';

/** A session on this worker: who takes part, and what there is to see and hear. */
export class MediaSession {
  readonly members = new Map<string, WorkerParticipant>();
  private readonly trackById = new Map<string, LiveTrack>();
  /** How many members with slots of a kind decode each codec. */
  private readonly decodable: Readonly<Record<MediaKind, { readonly counts: Map<string, number>; members: number }>> = {
    audio: { counts: new Map(), members: 0 },
    video: { counts: new Map(), members: 0 },
  };

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

  /** What a member with slots of `kind` can decode is `after` from now on, and was `before`; empty: it has no such slots. */
  decodableChanged(kind: MediaKind, before: readonly string[], after: readonly string[]): void {
    const { counts } = this.decodable[kind];
    for (const name of before) counts.set(name, (counts.get(name) ?? 0) - 1);
    for (const name of after) counts.set(name, (counts.get(name) ?? 0) + 1);
    this.decodable[kind].members += Number(after.length > 0) - Number(before.length > 0);
  }

  /** Names of codecs of `kind` that everybody with slots can decode; empty while nobody has slots. */
  commonCodecs(kind: MediaKind): string[] {
    const { counts, members } = this.decodable[kind];
    return members === 0 ? [] : [...counts].flatMap(([name, count]) => (count === members ? [name] : []));
  }
}

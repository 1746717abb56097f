import type { Instant } from '@maru/protocol/core';
import type { MediaKind, Participant, PublishedTrack, TrackDescription } from '../core/index.js';
import type { MediaOffer, PublishedStream } from '../media-server/participant.js';
import type { SendingSection } from '../negotiation/sections.js';

/** A published track that the router knows. */
export interface LiveTrack {
  /** Unique in the session. */
  readonly id: string;
  /** The connection that publishes it. */
  readonly connection: string;
  readonly stream: string;
  readonly kind: MediaKind;
  /** Rids from the lowest encoding to the highest; empty texts where there are none. */
  readonly rids: readonly string[];
  readonly track: PublishedTrack;
}

/** Who is told of tracks as they come and go. */
export interface PublicationListener {
  trackAdded(now: Instant, track: LiveTrack): void;
  trackRemoved(now: Instant, track: LiveTrack): void;
  trackRefused(id: string, code: string): void;
}

/** The id of a stream's track of a kind: streams have one of each at most. */
export function trackIdOf(stream: string, kind: MediaKind): string {
  return `${stream}/${kind}`;
}

/**
 * What a connection publishes: streams as they were announced, sections as they were agreed on, and which section carries what. Whatever
 * of the three comes last makes the tracks.
 */
export class Publications {
  /** Most connections only watch: these come with what is published first. */
  private streams: Map<string, PublishedStream> | undefined;
  private live: Map<string, { readonly told: string; readonly track: LiveTrack }> | undefined;
  private sections: readonly SendingSection[] = [];
  private media: MediaOffer['media'] = [];
  private mayPublish = false;

  constructor(
    private readonly connection: string,
    private readonly listener: PublicationListener,
  ) {}

  get tracks(): LiveTrack[] {
    return [...(this.live?.values() ?? [])].map(({ track }) => track);
  }

  announce(stream: PublishedStream): void {
    this.streams ??= new Map();
    this.streams.set(stream.stream, stream);
  }

  withdraw(stream: string): void {
    this.streams?.delete(stream);
  }

  permit(mayPublish: boolean): void {
    this.mayPublish = mayPublish;
  }

  agree(sections: readonly SendingSection[], media: MediaOffer['media']): void {
    this.sections = sections;
    this.media = media;
  }

  /** Makes the router's tracks match what was said. Without `core` (nothing was agreed on yet, or no more) there are none. */
  settle(now: Instant, core: Participant | undefined): void {
    if (!this.streams && !this.live) return;
    const wanted = core && this.mayPublish ? this.wanted() : new Map<string, TrackDescription>();
    for (const [id, { told, track }] of this.live ?? []) {
      const description = wanted.get(id);
      if (description && JSON.stringify(description) === told) continue;
      this.live?.delete(id);
      this.listener.trackRemoved(now, track);
      core?.unpublish(track.track);
    }
    for (const [id, description] of wanted) if (core && !this.live?.has(id)) this.publish(now, core, description);
    for (const { track } of this.live?.values() ?? [])
      if (track.track.isMuted !== this.isMuted(track)) core?.mute(track.track, this.isMuted(track));
  }

  private publish(now: Instant, core: Participant, description: TrackDescription): void {
    const published = core.publish(now, description);
    if ('code' in published) return this.listener.trackRefused(description.id, published.code);
    const { id, kind, encodings } = description;
    const track: LiveTrack = {
      id,
      connection: this.connection,
      stream: id.slice(0, id.lastIndexOf('/')),
      kind,
      rids: encodings.map(({ rid }) => rid ?? ''),
      track: published,
    };
    this.live ??= new Map();
    this.live.set(id, { told: JSON.stringify(description), track });
    this.listener.trackAdded(now, track);
  }

  private wanted(): Map<string, TrackDescription> {
    const wanted = new Map<string, TrackDescription>();
    for (const { mid, stream: name, track: kind } of this.media) {
      const stream = this.streams?.get(name);
      const section = this.sections.find((one) => one.mid === mid && one.kind === kind);
      if (!stream || !section || !(kind === 'audio' ? stream.hasAudio : stream.hasVideo)) continue;
      const id = trackIdOf(name, kind);
      const { codecs, encodings } = section;
      wanted.set(id, { id, kind, content: stream.content ?? 'camera', mid, stream: name, codecs, encodings });
    }
    return wanted;
  }

  private isMuted({ stream, kind }: LiveTrack): boolean {
    return this.streams?.get(stream)?.muted?.[kind] ?? false;
  }
}

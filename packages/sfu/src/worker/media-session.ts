import type { Instant, Log } from '@maru/protocol/core';
import type { DataChannelClass, MediaKind, Session } from '../core/index.js';
import type { LiveTrack } from './publications.js';
import type { RemotePublisher } from './remote-publisher.js';
import { type LinkHost, SessionLink, type SessionSeat } from './session-link.js';
import type { WorkerParticipant } from './worker-participant.js';

/** What those at another worker decode: of how many who have slots, and what all of them do. */
interface Decodable {
  readonly members: number;
  readonly names: readonly string[];
}

/** A session on this worker: who takes part, and what there is to see and hear; what comes from other workers of the session included. */
export class MediaSession {
  readonly members = new Map<string, WorkerParticipant>();
  private readonly memberByNumber = new Map<number, WorkerParticipant>();
  /** Those who publish at other workers, by their connections. */
  private readonly remotes = new Map<string, RemotePublisher>();
  /** Its parts at other workers, by their seats. */
  private readonly links = new Map<number, SessionLink>();
  private readonly remotelyDecodable = new Map<number, Map<MediaKind, Decodable>>();
  private seat = 0;
  private readonly trackById = new Map<string, LiveTrack>();
  /** How many members with slots of a kind decode each codec. */
  private readonly decodable: Readonly<Record<MediaKind, { readonly counts: Map<string, number>; members: number }>> = {
    audio: { counts: new Map(), members: 0 },
    video: { counts: new Map(), members: 0 },
  };

  constructor(
    readonly id: string,
    readonly core: Session,
    readonly log: Log,
  ) {}

  get hasLinks(): boolean {
    return this.links.size > 0;
  }

  joined(member: WorkerParticipant): void {
    this.evict(member.connection);
    this.members.set(member.connection, member);
    this.memberByNumber.set(member.number, member);
  }

  left(member: WorkerParticipant): void {
    this.memberByNumber.delete(member.number);
    if (this.members.get(member.connection) === member) this.members.delete(member.connection);
  }

  memberOf(number: number): WorkerParticipant | undefined {
    return this.memberByNumber.get(number);
  }

  remote(connection: string): RemotePublisher | undefined {
    return this.remotes.get(connection);
  }

  /** Of those who are at this worker. */
  get ownTracks(): LiveTrack[] {
    return [...this.trackById.values()].filter(({ connection }) => this.members.has(connection));
  }

  // --- its parts at other workers ---

  /** At these workers the session is, this one among them. */
  span(host: LinkHost, worker: number, seats: readonly SessionSeat[]): void {
    const own = seats.find((one) => one.worker === worker);
    if (own && own.seat !== this.seat) this.unlink();
    this.seat = own?.seat ?? 0;
    for (const [seat, link] of this.links) if (!seats.some((one) => one.seat === seat)) this.closeLink(link);
    if (!own) return;
    for (const peer of seats)
      if (peer !== own && !this.links.has(peer.seat)) this.links.set(peer.seat, new SessionLink(host, this, own.seat, peer));
  }

  /** The part that sits there; undefined where this one knows of none. */
  linkTo(seat: number, from: number): SessionLink | undefined {
    return seat === this.seat ? this.links.get(from) : undefined;
  }

  linksTo(worker: number): SessionLink[] {
    return [...this.links.values()].filter(({ peer }) => peer.worker === worker);
  }

  /** It has no part in the others any more. */
  unlink(): void {
    for (const link of [...this.links.values()]) this.closeLink(link);
  }

  /** Whoever is here is not at another worker any more, whatever that has not said yet. */
  evict(connection: string): void {
    const remote = this.remotes.get(connection);
    remote?.link.forget(remote);
  }

  remoteJoined(publisher: RemotePublisher): void {
    this.remotes.set(publisher.connection, publisher);
  }

  remoteLeft(publisher: RemotePublisher): void {
    if (this.remotes.get(publisher.connection) === publisher) this.remotes.delete(publisher.connection);
  }

  remoteTrackAdded(now: Instant, track: LiveTrack): void {
    this.trackById.set(track.id, track);
    for (const member of this.members.values()) member.considerTrack(now, track);
  }

  remoteTrackRemoved(track: LiveTrack): void {
    if (this.trackById.get(track.id) === track) this.trackById.delete(track.id);
    for (const member of this.members.values()) member.forgetTrack(track);
  }

  remoteDecodable(seat: number, { kind, members, names }: Decodable & { readonly kind: MediaKind }): void {
    const ofSeat = this.remotelyDecodable.get(seat) ?? new Map<MediaKind, Decodable>();
    this.remotelyDecodable.set(seat, ofSeat.set(kind, { members, names }));
  }

  /** A publisher's RTCP goes where its tracks go. */
  relayReports(publisher: number, bytes: Uint8Array): void {
    for (const link of this.links.values()) link.reports(publisher, bytes);
  }

  extensionsChanged(publisher: number): void {
    for (const link of this.links.values()) link.extensionsChanged(publisher);
  }

  /** A message of a member, for everybody else, wherever they are. */
  sendData(now: Instant, from: WorkerParticipant, channel: DataChannelClass, bytes: Uint8Array, isText: boolean): void {
    if (!from.core || !this.core.sendData(now, from.core, channel, bytes, isText)) return;
    for (const link of this.links.values()) link.message({ from: from.connection, channel, bytes, isText });
  }

  private closeLink(link: SessionLink): void {
    this.links.delete(link.peer.seat);
    this.remotelyDecodable.delete(link.peer.seat);
    link.close();
  }

  // --- tracks ---

  get tracks(): Iterable<LiveTrack> {
    return this.trackById.values();
  }

  /** Of those who are at this worker. */
  get trackCount(): number {
    return this.ownTracks.length;
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
    for (const link of this.links.values()) link.trackAdded(track);
  }

  trackRemoved(track: LiveTrack): void {
    this.trackById.delete(track.id);
    for (const member of this.members.values()) member.forgetTrack(track);
    for (const link of this.links.values()) link.trackRemoved(track);
  }

  /** What a member with slots of `kind` can decode is `after` from now on, and was `before`; empty: it has no such slots. */
  decodableChanged(kind: MediaKind, before: readonly string[], after: readonly string[]): void {
    const { counts } = this.decodable[kind];
    for (const name of before) counts.set(name, (counts.get(name) ?? 0) - 1);
    for (const name of after) counts.set(name, (counts.get(name) ?? 0) + 1);
    this.decodable[kind].members += Number(after.length > 0) - Number(before.length > 0);
    for (const link of this.links.values()) link.decodableChanged(kind);
  }

  /** What all members with slots of `kind` at this worker decode. */
  ownDecodable(kind: MediaKind): Decodable {
    const { counts, members } = this.decodable[kind];
    return { members, names: members === 0 ? [] : [...counts].flatMap(([name, count]) => (count === members ? [name] : [])) };
  }

  /** Names of codecs of `kind` that everybody with slots can decode, wherever they are; empty while nobody has slots. */
  commonCodecs(kind: MediaKind): string[] {
    const all = [this.ownDecodable(kind), ...[...this.remotelyDecodable.values()].flatMap((ofSeat) => ofSeat.get(kind) ?? [])];
    const [first, ...others] = all.filter(({ members }) => members > 0);
    return first ? first.names.filter((name) => others.every(({ names }) => names.includes(name))) : [];
  }
}

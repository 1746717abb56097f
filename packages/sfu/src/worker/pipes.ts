import type { MediaDriver } from '@maru/node/media';
import type { Clock, Instant } from '@maru/protocol/core';
import { PipeWriter } from '../between/pipe-writer.js';
import { PIPE_WORDS, type PipeRecordKind, RecordKind } from '../between/records.js';
import type { RingWriter } from '../between/shared-ring.js';
import type { Router } from '../core/index.js';
import type { MediaSession } from './media-session.js';
import type { RemotePublisher } from './remote-publisher.js';
import type { LinkHost, SessionSeat } from './session-link.js';

/** Packets of other workers lie here until what became of them is sent. */
const ROOM_BYTES = 1 << 20;
/** How full a ring is when its reader has fallen behind: then there is time to act before anything is lost. */
const BEHIND = 0.5;
/** So long after that, more goes over again. */
const CAUTIOUS_MS = 5_000;
const LOWEST_ENCODING = 0;

/** What pipes need of their worker. */
export interface PipesOwner {
  readonly router: Router;
  /** Sends what was routed, so that the room of its packets is free. */
  sendRouted(): void;
  drop(reason: string): void;
}

/** Between this worker and the others: what the sessions that it shares with them have to tell each other. */
export class Pipes implements LinkHost {
  /** Where packets of other workers lie, and the driver's number for it. */
  readonly room: { readonly bytes: Uint8Array; readonly slab: number };
  private used = 0;
  /** Packets that came from others. */
  received = 0;
  private readonly writers: readonly (PipeWriter | undefined)[];
  private readonly behindUntil: Instant[] = [];
  private readonly bySeat = new Map<number, MediaSession>();
  /** Where sessions are that have a part here, as was said last: also of one whose last member left a moment before the next one came. */
  private readonly seatsOf = new Map<string, readonly SessionSeat[]>();
  private readonly byHandle: (RemotePublisher | undefined)[] = [];

  constructor(
    driver: MediaDriver,
    private readonly clock: Clock,
    private readonly worker: number,
    rings: readonly (RingWriter | undefined)[],
    private readonly owner: PipesOwner,
  ) {
    const bytes = new Uint8Array(ROOM_BYTES);
    this.room = { bytes, slab: driver.addSlab(bytes) };
    this.writers = rings.map((ring) => ring && new PipeWriter(ring));
  }

  get now(): Instant {
    return this.clock.now();
  }

  get sent(): number {
    return this.writers.reduce((sum, writer) => sum + (writer?.packets ?? 0), 0);
  }

  /** What had no room, of either kind. */
  get dropped(): number {
    return this.writers.reduce((sum, writer) => sum + (writer?.dropped ?? 0) + (writer?.overflowed ?? 0), 0);
  }

  /** The session is at these workers from now on, maybe not at this one; undefined: nobody of it is here now. */
  span(name: string, session: MediaSession | undefined, seats: readonly SessionSeat[]): void {
    if (seats.some(({ worker }) => worker === this.worker)) this.seatsOf.set(name, seats);
    else this.seatsOf.delete(name);
    if (session) this.place(session, seats);
  }

  /** Somebody of the session is here, the first one. */
  begin(session: MediaSession): void {
    const seats = this.seatsOf.get(session.id);
    if (seats) this.place(session, seats);
  }

  /** Nobody of the session is here any more. */
  end(session: MediaSession): void {
    session.unlink();
    this.forget(session);
  }

  /** RTCP of the router for one who is at another worker; false for a handle that is nobody's of those. */
  feedback(handle: number, bytes: Uint8Array): boolean {
    const publisher = this.byHandle[handle];
    publisher?.link.feedback(publisher.number, bytes);
    return publisher !== undefined;
  }

  publisherOf(handle: number): RemotePublisher | undefined {
    return this.byHandle[handle];
  }

  /** A record of another worker. */
  take(words: Int32Array, bytes: Uint8Array, offset: number, length: number): void {
    const at = offset >> 2;
    const link = length < 4 * PIPE_WORDS ? undefined : this.bySeat.get(words[at + 1]!)?.linkTo(words[at + 1]!, words[at + 2]!);
    const kind = pipeKindOf(words[at]!);
    if (!link || kind === undefined) return this.drop('pipe/nobody'); // a part of the session that ended meanwhile
    link.take(kind, words[at + 3]!, bytes, offset + 4 * PIPE_WORDS, length - 4 * PIPE_WORDS);
  }

  /** Everything that came was sent on. */
  routed(): void {
    this.used = 0;
  }

  /** Before what was written is shown: who is slow gets less from now on. */
  flush(now: Instant): void {
    for (let worker = 0; worker < this.writers.length; worker++) {
      const writer = this.writers[worker];
      if (!writer) continue;
      writer.catchUp();
      const until = this.behindUntil[worker];
      if (writer.fill > BEHIND) {
        this.behindUntil[worker] = now + CAUTIOUS_MS;
        if (until === undefined) this.limit(worker, LOWEST_ENCODING);
      } else if (until !== undefined && now >= until) {
        delete this.behindUntil[worker];
        this.limit(worker, Infinity);
      }
    }
  }

  // --- LinkHost ---

  pipeTo(worker: number): PipeWriter | undefined {
    return this.writers[worker];
  }

  routePiped(handle: number, bytes: Uint8Array, offset: number, length: number): void {
    if (length > ROOM_BYTES) return;
    if (this.used + length > ROOM_BYTES) {
      this.owner.sendRouted();
      this.used = 0;
    }
    const at = this.used;
    this.room.bytes.set(bytes.subarray(offset, offset + length), at);
    this.used += length;
    this.received += 1;
    this.owner.router.receivePiped(this.now, handle, at, length);
  }

  routePipedReports(handle: number, bytes: Uint8Array): void {
    this.owner.router.receiveRtcp(this.now, handle, bytes);
  }

  piped(handle: number, publisher: RemotePublisher | undefined): void {
    this.byHandle[handle] = publisher;
  }

  drop(reason: string): void {
    this.owner.drop(reason);
  }

  // --- within ---

  private limit(worker: number, maxEncoding: number): void {
    for (const session of this.bySeat.values()) for (const link of session.linksTo(worker)) link.limit(maxEncoding);
  }

  private place(session: MediaSession, seats: readonly SessionSeat[]): void {
    this.forget(session);
    const own = seats.find(({ worker }) => worker === this.worker);
    if (own) this.bySeat.set(own.seat, session);
    session.span(this, this.worker, seats);
  }

  private forget(session: MediaSession): void {
    for (const [seat, one] of this.bySeat) if (one === session) this.bySeat.delete(seat);
  }
}

function pipeKindOf(kind: number): PipeRecordKind | undefined {
  switch (kind) {
    case RecordKind.media:
    case RecordKind.reports:
    case RecordKind.feedback:
    case RecordKind.control:
    case RecordKind.message:
      return kind;
    default:
      return undefined;
  }
}

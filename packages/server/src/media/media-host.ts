import type {
  JoinRequest,
  MediaParticipant,
  MediaRefusal,
  ParticipantClosed,
  ParticipantEvent,
  SessionMediaEvent,
  Tile as ViewTile,
} from '@maru/sfu';
import {
  type ClientMediaSignal,
  isAllowed,
  type MediaOffer,
  type ServerMessage,
  type SubscriptionWhy,
  shortId,
  type Tile,
} from '@maru/signaling';
import type { MediaEvent, MediaOverview } from '@maru/signaling/rest';
import {
  type Connection,
  type DomainRecord,
  isoOf,
  type MediaRequest,
  Refusal,
  type Session,
  usesServer,
} from '../domain/index.js';
import type { MediaFollower, SessionHost } from '../host/session-host.js';
import type { ServerLog } from '../log/log.js';
import type { MediaPort } from './media-port.js';
import { MediaOverviews } from './overview.js';
import { SpeakerPace } from './speaker-pace.js';
import { whyShape } from './why-shape.js';

/** A connection whose media is here. */
interface Seat {
  readonly session: string;
  /** The RTCPeerConnection of its client that it has now. */
  generation: number;
  readonly participant: MediaParticipant;
  /** What it publishes. */
  readonly streams: Set<string>;
}

/** When a client that was refused for want of room may ask again. */
const RETRY_AFTER_MS = 5_000;
/** Refusals that another time may not meet. */
const PASSING = new Set(['media/worker-full', 'media/worker-overloaded', 'media/session-full', 'media/too-many-offers']);

const UNAVAILABLE = new Refusal('media/unavailable', 'No server forwards the media of this session now.');

export interface MediaHostContext {
  readonly host: SessionHost;
  readonly log: ServerLog;
}

/** Carries what happens in sessions to the media server, and what the media server says to the connections. */
export class MediaHost implements MediaFollower {
  private readonly seatByConnection = new Map<string, Seat>();
  private readonly tilesByConnection = new Map<string, readonly Tile[]>();
  private readonly speakers = new SpeakerPace();
  private port: MediaPort | undefined;
  private overviews: MediaOverviews | undefined;
  /** Those that are being ended: until that is done, the media server takes the connection in no second time. */
  private readonly endings = new Map<
    MediaParticipant,
    { readonly connection: string; readonly ended: Promise<void>; resolve(): void }
  >();
  /** Offers of one connection are answered one after the other. */
  private readonly offers = new Map<string, Promise<void>>();

  /** `opening` resolves with the media server once it is up, or with nothing where there is none. */
  constructor(
    private readonly context: MediaHostContext,
    private readonly opening: Promise<MediaPort | undefined>,
  ) {
    context.host.onMedia = this;
    void opening.then((port) => this.opened(port));
  }

  /** Resolves once it is known whether there is a media server. */
  async whenKnown(): Promise<void> {
    await this.opening;
  }

  /** What the media server does now; undefined where there is none. */
  overview(): MediaOverview | undefined {
    return this.overviews?.take();
  }

  follow(record: DomainRecord): void {
    switch (record.type) {
      case 'stream':
        return this.publish(record.connection, record.stream);
      case 'stream-ended':
        for (const { streams, participant } of this.seatByConnection.values()) {
          if (streams.delete(record.stream)) participant.unpublish(record.stream);
        }
        return;
      case 'subscription':
        return this.seatByConnection.get(record.connection)?.participant.subscribe(record.stream, record);
      case 'connection':
        return this.seatByConnection.get(record.row.id)?.participant.setPermissions(permissionsOf(record.row.role));
      case 'connection-ended':
        this.closeSeat(record.connection);
        this.tilesByConnection.delete(record.connection);
        return;
      case 'session-ended':
        return this.closeSession(record.session);
      case 'media':
        if (record.media.name === 'direct') this.closeSession(record.session);
        return;
      case 'session':
        return;
    }
  }

  request(session: string, connection: string, request: MediaRequest): void {
    switch (request.type) {
      case 'media-signal':
        return this.signal(session, connection, request.signal);
      case 'media-view':
        this.tilesByConnection.set(connection, request.tiles);
        this.seatByConnection.get(connection)?.participant.view(request.tiles as readonly ViewTile[]);
        return;
      case 'get-media-why':
        void this.answerWhy(session, connection, request.stream, request.ref);
    }
  }

  /** What `connection` gets of each stream, or of one, and why. */
  async why(session: string, connection: string, stream?: string): Promise<readonly SubscriptionWhy[] | Refusal> {
    const seat = this.seatByConnection.get(connection);
    if (!seat || seat.session !== session) return UNAVAILABLE;
    const [whys, stats] = await Promise.all([seat.participant.why(stream), seat.participant.stats()]);
    return whyShape(connection, whys, stats, this.context.host.now().wallMs);
  }

  /** What happened to the media of `connection`. */
  async events(session: string, connection: string): Promise<readonly MediaEvent[] | Refusal> {
    const seat = this.seatByConnection.get(connection);
    if (!seat || seat.session !== session) return UNAVAILABLE;
    return (await seat.participant.log()).map(({ atMs, correlation, event, fields }) => ({
      at: isoOf(atMs),
      correlation,
      event,
      fields: { ...fields },
    }));
  }

  private opened(port: MediaPort | undefined): void {
    this.port = port;
    if (!port) return;
    const { host } = this.context;
    this.overviews = new MediaOverviews(
      port,
      () => host.now().instant,
      () => isoOf(host.now().wallMs),
      (session, connection) => nameOf(host.directory.state.connection(session, connection)),
    );
    port.onSessionEvent = (event) => this.sessionEvent(event);
    for (const mode of ['sfu', 'auto'] as const) host.directory.modes.add(mode);
  }

  private signal(session: string, connection: string, signal: ClientMediaSignal): void {
    switch (signal.kind) {
      case 'offer': {
        const turn = (this.offers.get(connection) ?? Promise.resolve()).then(() => this.offer(session, connection, signal));
        this.offers.set(connection, turn);
        void turn.finally(() => this.offers.get(connection) === turn && this.offers.delete(connection));
        return;
      }
      case 'candidate':
        if (signal.candidate) this.seatByConnection.get(connection)?.participant.addCandidate(signal.candidate.candidate);
        return;
      case 'close':
        if (this.seatByConnection.get(connection)?.generation === signal.generation) this.closeSeat(connection);
    }
  }

  private async offer(session: string, connection: string, offer: MediaOffer): Promise<void> {
    const { generation, sdp, media } = offer;
    await this.opening;
    try {
      const seat = await this.seatFor(session, connection, generation);
      if (!seat) return; // of an RTCPeerConnection that the client gave up, or of a client that left
      const answer = 'code' in seat ? seat : await seat.participant.offer({ sdp, media });
      if ('code' in answer) return this.refuse(session, connection, generation, answer);
      this.tell(session, connection, {
        type: 'media-signal',
        signal: { kind: 'answer', generation, offer: offer.offer, sdp: answer.sdp },
      });
    } catch (error) {
      this.context.log.error('media/offer-failed', { session: shortId(session), error: String(error) });
      this.tell(session, connection, { type: 'media-signal', signal: { kind: 'reset', generation } });
    }
  }

  /** The participant that `generation` of the client's RTCPeerConnection talks to; undefined: that one is history. */
  private async seatFor(
    session: string,
    connection: string,
    generation: number,
  ): Promise<Seat | Refusal | MediaRefusal | undefined> {
    for (const ending of this.endings.values()) if (ending.connection === connection) await ending.ended;
    const { port } = this;
    const found = this.context.host.directory.find(session, connection);
    if (found instanceof Refusal || !found.connection.row.joined) return undefined;
    if (!port || !usesServer(found.session.media)) return UNAVAILABLE;
    const known = this.seatByConnection.get(connection);
    if (!known) return this.join(port, found.session, found.connection, generation);
    if (known.generation > generation) return undefined;
    if (known.generation < generation) await this.renew(connection, known, generation);
    return this.seatByConnection.get(connection) === known ? known : undefined;
  }

  /** What was told of the old RTCPeerConnection is heard before anything of the new one: what is asked is answered in order. */
  private async renew(connection: string, seat: Seat, generation: number): Promise<void> {
    seat.participant.reset();
    await seat.participant.stats();
    if (this.seatByConnection.get(connection) === seat) seat.generation = generation;
  }

  private join(port: MediaPort, session: Session, connection: Connection, generation: number): Seat | MediaRefusal {
    const request: JoinRequest = {
      session: session.id,
      connection: connection.id,
      correlation: shortId(connection.id),
      permissions: permissionsOf(connection.row.role),
      onEvent: (event) => this.event(connection.id, participant, event),
    };
    const answer = port.join(request);
    if ('code' in answer) return answer;
    const participant = answer;
    const seat: Seat = { session: session.id, generation, participant, streams: new Set() };
    this.seatByConnection.set(connection.id, seat);
    for (const stream of connection.streamById.values()) this.publish(connection.id, stream);
    for (const [stream, wanted] of connection.subscriptions.exceptions) participant.subscribe(stream, wanted);
    const tiles = this.tilesByConnection.get(connection.id);
    if (tiles) participant.view(tiles as readonly ViewTile[]);
    return seat;
  }

  private publish(connection: string, stream: Extract<DomainRecord, { type: 'stream' }>['stream']): void {
    const { id, kind, hasAudio, hasVideo, muted } = stream;
    const seat = this.seatByConnection.get(connection);
    if (!seat) return;
    const content = kind === 'screen' ? 'screen' : 'camera';
    seat.streams.add(id);
    seat.participant.publish({ stream: id, hasAudio, hasVideo, muted, content });
  }

  private event(connection: string, participant: MediaParticipant, event: ParticipantEvent): void {
    if (event.type === 'closed') this.endings.get(participant)?.resolve();
    const seat = this.seatByConnection.get(connection);
    if (seat?.participant !== participant) return; // of one that we ended
    const { session, generation } = seat;
    switch (event.type) {
      case 'slots-changed':
        return this.tell(session, connection, {
          type: 'media-slots',
          generation,
          slots: event.slots.map((slot) => ({ ...slot })),
        });
      case 'slots-wanted': {
        const { audio, video } = event;
        return this.tell(session, connection, { type: 'media-slots', generation, slots: [], wanted: { audio, video } });
      }
      case 'layers-wanted':
        return this.tell(session, connection, {
          type: 'media-layers',
          stream: event.stream,
          track: event.track,
          layers: event.layers.map(({ rid, isActive }) => ({ rid, active: isActive })),
        });
      case 'restart-wanted':
        return this.tell(session, connection, { type: 'media-signal', signal: { kind: 'restart', generation } });
      case 'reset-wanted':
        return this.tell(session, connection, { type: 'media-signal', signal: { kind: 'reset', generation } });
      case 'limited':
        return this.tell(session, connection, { type: 'media-limited', code: event.code, limited: event.isLimited });
      case 'closed':
        return this.closed(connection, seat, event.reason);
      case 'state-changed':
        this.context.log.info('media/state', {
          session: shortId(session),
          connection: shortId(connection),
          state: event.state,
          ...(event.protocol && { protocol: event.protocol }),
        });
        return;
    }
  }

  /** The media server ended it: where the client is still there, it begins anew. */
  private closed(connection: string, { session, generation }: Seat, reason: ParticipantClosed): void {
    this.seatByConnection.delete(connection);
    if (reason === 'left' || reason === 'server-closed' || reason === 'session-closed') return;
    this.context.log.warn('media/lost', { session: shortId(session), connection: shortId(connection), reason });
    this.tell(session, connection, { type: 'media-signal', signal: { kind: 'reset', generation } });
  }

  private sessionEvent({ session, speakers }: SessionMediaEvent): void {
    const { instant } = this.context.host.now();
    const changed = this.speakers.changed(instant, session, speakers);
    if (!changed || !this.context.host.directory.state.sessionById.has(session)) return;
    const message: ServerMessage = { type: 'media-speakers', speakers: [...changed] };
    this.context.host.run((directory) => directory.deliver(session, { all: true }, message));
  }

  private async answerWhy(
    session: string,
    connection: string,
    stream: string | undefined,
    ref: number | undefined,
  ): Promise<void> {
    if (ref === undefined) return;
    const why = await this.why(session, connection, stream);
    if (why instanceof Refusal) {
      const { code, detail } = why;
      this.tell(session, connection, { type: 'failed', ref, code, detail });
    } else this.tell(session, connection, { type: 'done', ref, why: [...why] });
  }

  private refuse(session: string, connection: string, generation: number, { code, detail }: Refusal | MediaRefusal): void {
    this.context.log.warn('media/refused', { session: shortId(session), connection: shortId(connection), code });
    const retryAfterMs = PASSING.has(code) ? RETRY_AFTER_MS : undefined;
    this.tell(session, connection, {
      type: 'media-signal',
      signal: { kind: 'refused', generation, code, detail, ...(retryAfterMs !== undefined && { retryAfterMs }) },
    });
  }

  private tell(session: string, connection: string, message: ServerMessage): void {
    this.context.host.run((directory) => directory.deliver(session, { all: false, to: [connection] }, message));
  }

  private closeSeat(connection: string): void {
    const seat = this.seatByConnection.get(connection);
    if (!seat) return;
    this.seatByConnection.delete(connection);
    this.end(connection, seat.participant);
  }

  private end(connection: string, participant: MediaParticipant): void {
    if (participant.isClosed) return;
    let resolve = (): void => {};
    const ended = new Promise<void>((done) => (resolve = done)).then(() => void this.endings.delete(participant));
    this.endings.set(participant, { connection, ended, resolve });
    participant.close();
  }

  private closeSession(session: string): void {
    for (const [connection, seat] of this.seatByConnection) if (seat.session === session) this.closeSeat(connection);
    this.speakers.forget(session);
  }
}

function permissionsOf(role: Connection['row']['role']): { publish: boolean; subscribe: boolean; data: boolean } {
  const publish = isAllowed(role, 'send-media', 'own');
  return { publish, subscribe: isAllowed(role, 'exchange-media', 'own'), data: publish };
}

/** What an application says that somebody is called. */
function nameOf(connection: Connection | undefined): string | null {
  const name = connection?.row.metadata['name'];
  return typeof name === 'string' ? name : null;
}

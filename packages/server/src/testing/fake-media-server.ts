import type {
  ConnectionLogEntry,
  JoinRequest,
  MediaAnswer,
  MediaOffer,
  MediaParticipant,
  MediaPermissions,
  MediaRefusal,
  MediaReport,
  ParticipantEvent,
  ParticipantState,
  ParticipantStats,
  PublishedStream,
  SessionMediaEvent,
  SubscriptionWhy,
  Tile,
} from '@maru/sfu';
import type { MediaPort } from '../media/media-port.js';

/** A connection of a {@link FakeMediaServer}, and what it was told. */
export class FakeParticipant implements MediaParticipant {
  state: ParticipantState = 'new';
  isClosed = false;
  readonly worker = 0;
  permissions: MediaPermissions;
  readonly streams = new Map<string, PublishedStream>();
  readonly wanted = new Map<string, { readonly audio: boolean; readonly video: boolean }>();
  tiles: readonly Tile[] = [];
  readonly offers: MediaOffer[] = [];

  constructor(
    readonly request: JoinRequest,
    private readonly server: FakeMediaServer,
  ) {
    this.permissions = request.permissions;
  }

  get session(): string {
    return this.request.session;
  }

  get connection(): string {
    return this.request.connection;
  }

  /** Something happens to it. */
  tell(event: ParticipantEvent): void {
    if (event.type === 'closed') this.server.participants.delete(this);
    this.request.onEvent(event);
  }

  async offer(offer: MediaOffer): Promise<MediaAnswer | MediaRefusal> {
    this.offers.push(offer);
    return this.server.answer(offer);
  }

  addCandidate(): void {}

  resets = 0;

  reset(): void {
    this.resets += 1;
  }

  publish(stream: PublishedStream): void {
    this.streams.set(stream.stream, stream);
  }

  unpublish(stream: string): void {
    this.streams.delete(stream);
  }

  subscribe(stream: string, { audio, video }: { readonly audio: boolean; readonly video: boolean }): void {
    this.wanted.set(stream, { audio, video });
  }

  view(tiles: readonly Tile[]): void {
    this.tiles = tiles;
  }

  setPermissions(permissions: MediaPermissions): void {
    this.permissions = permissions;
  }

  async stats(): Promise<ParticipantStats> {
    const { connection, state } = this;
    return { connection, state, protocol: 'udp', worker: 0, roundTripMs: 12, estimateBps: 800_000, lossToward: 0.01 };
  }

  async why(stream?: string): Promise<readonly SubscriptionWhy[]> {
    return this.server.whys.filter((why) => stream === undefined || why.stream === stream);
  }

  async log(): Promise<readonly ConnectionLogEntry[]> {
    return [{ atMs: 0, correlation: this.request.correlation ?? this.connection, event: 'media/joined', fields: { worker: 0 } }];
  }

  close(): void {
    this.isClosed = true;
    queueMicrotask(() => this.tell({ type: 'closed', reason: 'left' }));
  }
}

/** A media server that forwards nothing, and remembers what it was told. */
export class FakeMediaServer implements MediaPort {
  onSessionEvent: (event: SessionMediaEvent) => void = () => {};
  readonly udpPorts = [40_000, 40_001];
  readonly ports = { udp: 40_000, tcp: undefined };
  readonly participants = new Set<FakeParticipant>();
  whys: readonly SubscriptionWhy[] = [];
  refusal: MediaRefusal | undefined;
  answer: (offer: MediaOffer) => MediaAnswer | MediaRefusal = ({ sdp }) => ({ sdp: `answer to ${sdp}` });
  isClosed = false;

  join(request: JoinRequest): FakeParticipant | MediaRefusal {
    if (this.refusal) return this.refusal;
    const isThere = [...this.participants].some(({ connection }) => connection === request.connection);
    if (isThere) return { code: 'media/already-joined', detail: 'it takes part already' };
    const participant = new FakeParticipant(request, this);
    this.participants.add(participant);
    return participant;
  }

  of(connection: string): FakeParticipant {
    const found = [...this.participants].find((one) => one.connection === connection);
    if (!found) throw new Error(`no media of ${connection}`);
    return found;
  }

  acceptStream(): void {}

  report(): MediaReport {
    const participants = [...this.participants].map(({ connection, state }) => ({
      connection,
      worker: 0,
      state,
      protocol: 'udp' as const,
      sendBps: 500_000,
      receiveBps: 900_000,
      estimateBps: 800_000,
      lossToward: 0.05,
      lossFrom: 0,
      roundTripMs: 12,
    }));
    return { isDraining: false, workers: [], sessions: [{ session: 'any', worker: 0, workers: [0], participants }] };
  }

  metrics(): string {
    return 'maru_media_participants 0\n';
  }

  drainedForMs: number | undefined;

  async drain(patienceMs: number): Promise<void> {
    this.drainedForMs = patienceMs;
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }
}

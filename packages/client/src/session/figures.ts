import type { Environment } from '../environment/environment.js';
import type { CallInspector } from '../inspector/call-inspector.js';
import { SERVER_ID } from '../inspector/inspection.js';
import type { ServerLink } from '../sfu/server-link.js';
import type { CallStats, ConnectionStats } from '../stats/call-stats.js';
import { type PairFigures, pairFigures } from '../stats/connection-stats.js';
import { CalmQuality, type PairSituation, rateQuality } from '../stats/quality.js';
import { type StatsReport, statsReport } from '../stats/report.js';
import type { TrackOwners } from '../stats/track-stats.js';
import type { RemoteSeat } from './remote-seat.js';

const EVERY_MS = 1_000;
/** Loss is judged over so many reports: a single second says too little. */
const WINDOW_REPORTS = 5;

export interface FiguresHost {
  seats(): Iterable<RemoteSeat>;
  /** The way to the media server, while there is one. */
  link(): ServerLink | undefined;
  measured(stats: CallStats): void;
  qualityChanged(connection: RemoteSeat): void;
}

/** What is remembered of a pair from one second to the next. */
interface History {
  /** Newest last. */
  readonly reports: StatsReport[];
  readonly quality: CalmQuality;
}

interface Measured {
  readonly seat: RemoteSeat;
  readonly figures: PairFigures;
  readonly history: History;
}

/** Of the way to the server itself, nothing need move. */
const UP: PairSituation = { path: 'connected', movingStreams: new Set() };

/** Asks every pair for its figures once a second, for everybody who wants them: the UI, the quality bars, the inspector. */
export class Figures {
  latest: CallStats;
  private readonly histories = new WeakMap<RTCPeerConnection | RemoteSeat, History>();
  private cancel: (() => void) | undefined;
  private running = false;

  constructor(
    private readonly environment: Environment,
    private readonly inspector: CallInspector,
    private readonly host: FiguresHost,
  ) {
    this.latest = { at: environment.wallTime(), upBps: 0, downBps: 0, connections: new Map() };
  }

  start(): void {
    this.running = true;
    this.schedule();
  }

  stop(): void {
    this.running = false;
    this.cancel?.();
  }

  private schedule(): void {
    const { clock } = this.environment;
    this.cancel = clock.schedule(
      clock.now() + EVERY_MS,
      () => void this.measure().finally(() => this.running && this.schedule()),
    );
  }

  private async measure(): Promise<void> {
    const link = this.host.link();
    const [server, ...measured] = await Promise.all([
      link && this.measureLink(link),
      ...[...this.host.seats()].map((seat) => this.measurePair(seat)),
    ]);
    if (!this.running) return;
    const pairs = measured.flatMap((pair) => pair ?? []);
    const forwarded = server ? this.forwarded(server) : [];
    const all = pairs.map(({ figures }) => figures);
    const connections = new Map<string, ConnectionStats>();
    for (const { seat, figures, history } of [...pairs, ...forwarded]) {
      const others = seat.path.kind === 'server' ? [] : all.filter((other) => other !== figures);
      const quality = history.quality.update(rateQuality(figures, others, situationOf(seat)));
      const changed = quality.level !== seat.quality.level;
      seat.stats = { ...figures, quality };
      connections.set(seat.id, seat.stats);
      if (changed) this.host.qualityChanged(seat);
    }
    const lines = server ? [...all, server.figures] : all;
    const sum = (name: 'upBps' | 'downBps'): number => lines.reduce((total, figures) => total + figures[name], 0);
    this.latest = {
      at: this.environment.wallTime(),
      upBps: sum('upBps'),
      downBps: sum('downBps'),
      connections,
      ...(server && {
        server: { ...server.figures, quality: server.history.quality.update(rateQuality(server.figures, [], UP)) },
      }),
    };
    this.host.measured(this.latest);
  }

  private async measurePair(seat: RemoteSeat): Promise<Measured | undefined> {
    const { peer } = seat;
    if (!peer || peer.connection.connectionState === 'closed') return undefined;
    const { figures, history } = await this.look(seat.id, peer.connection, ownersOf(seat));
    if (figures.path !== 'server') peer.pathKindKnown(figures.path);
    return seat.path.kind === 'server' ? undefined : { seat, figures, history }; // a pair for files says nothing of the picture
  }

  private async measureLink(link: ServerLink): Promise<{ figures: PairFigures; history: History } | undefined> {
    if (link.connection.connectionState === 'closed') return undefined;
    const { figures, history } = await this.look(SERVER_ID, link.connection, linkOwners(link, [...this.host.seats()]));
    return { figures: { ...figures, path: 'server' }, history };
  }

  /** Newest figures of a connection of the browser, noted for the inspector. */
  private async look(
    id: string,
    connection: RTCPeerConnection,
    owners: TrackOwners,
  ): Promise<{ figures: PairFigures; history: History }> {
    const history = this.historyOf(connection);
    const report = statsReport((await connection.getStats()) as unknown as Iterable<readonly [string, unknown]>);
    const { reports } = history;
    const older = { second: reports.at(-1), seconds: reports[0] };
    const figures = pairFigures(id, this.environment.wallTime(), report, older, owners);
    reports.push(report);
    if (reports.length > WINDOW_REPORTS) reports.shift();
    this.inspector.report(id, report, figures);
    return { figures, history };
  }

  /** What of the way to the server is each person's: what comes of them. */
  private forwarded({ figures }: { readonly figures: PairFigures }): Measured[] {
    return [...this.host.seats()].flatMap((seat) => {
      if (seat.path.kind !== 'server') return [];
      const tracks = figures.tracks.filter(
        ({ direction, streamId }) => direction === 'receiving' && seat.streams.has(streamId ?? ''),
      );
      const downBps = tracks.reduce((sum, track) => sum + track.bitrateBps, 0);
      const largest = (name: 'lossFraction' | 'jitterMs'): number | undefined => {
        const values = tracks.flatMap((track) => track[name] ?? []);
        return values.length === 0 ? undefined : Math.max(...values);
      };
      const own: PairFigures = {
        ...figures,
        connectionId: seat.id,
        upBps: 0,
        downBps,
        availableUpBps: undefined,
        lossUp: undefined,
        lossDown: largest('lossFraction'),
        jitterMs: largest('jitterMs'),
        tracks,
      };
      return [{ seat, figures: own, history: this.historyOf(seat) }];
    });
  }

  private historyOf(connection: RTCPeerConnection | RemoteSeat): History {
    let history = this.histories.get(connection);
    if (!history) this.histories.set(connection, (history = { reports: [], quality: new CalmQuality() }));
    return history;
  }
}

function ownersOf(seat: RemoteSeat): TrackOwners {
  return {
    sending: (mid) => (mid === undefined ? undefined : seat.peer?.outgoingByMid(mid)),
    receiving: (mid, trackId) => {
      const mapped = mid === undefined ? undefined : seat.peer?.incomingByMid(mid);
      for (const stream of seat.streams.values()) {
        const isIt = mapped
          ? stream.id === mapped.stream
          : stream.audioTrack?.id === trackId || stream.videoTrack?.id === trackId;
        if (isIt) return { streamId: stream.id, streamKind: stream.kind };
      }
      return undefined;
    },
  };
}

function linkOwners(link: ServerLink, seats: readonly RemoteSeat[]): TrackOwners {
  return {
    sending: (mid) => (mid === undefined ? undefined : link.outgoingByMid(mid)),
    receiving: (mid, trackId) => {
      const source = mid === undefined ? undefined : link.incomingByMid(mid);
      for (const { streams } of seats) {
        for (const stream of streams.values()) {
          const isIt = source
            ? stream.id === source.stream
            : stream.audioTrack?.id === trackId || stream.videoTrack?.id === trackId;
          if (isIt) return { streamId: stream.id, streamKind: stream.kind };
        }
      }
      return undefined;
    },
  };
}

function situationOf(seat: RemoteSeat): PairSituation {
  const moving = [...seat.streams.values()].filter(
    ({ hasVideo, muted, subscribed }) => hasVideo && !muted.video && subscribed.video,
  );
  const { state } = seat.path;
  const path = state === 'connected' ? state : state === 'new' || state === 'connecting' ? 'coming' : 'broken';
  return { path, movingStreams: new Set(moving.map(({ id }) => id)) };
}

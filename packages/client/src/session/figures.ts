import type { Environment } from '../environment.js';
import type { CallInspector } from '../inspector/call-inspector.js';
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
  measured(stats: CallStats): void;
  qualityChanged(connection: RemoteSeat): void;
}

/** What is remembered of a pair from one second to the next. */
interface History {
  /** Newest last. */
  readonly reports: StatsReport[];
  readonly quality: CalmQuality;
}

/** Asks every pair for its figures once a second, for everybody who wants them: the UI, the quality bars, the inspector. */
export class Figures {
  latest: CallStats;
  private readonly histories = new WeakMap<RTCPeerConnection, History>();
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
    const measured = await Promise.all([...this.host.seats()].map((seat) => this.measurePair(seat)));
    if (!this.running) return;
    const pairs = measured.flatMap((pair) => pair ?? []);
    const all = pairs.map(({ figures }) => figures);
    const connections = new Map<string, ConnectionStats>();
    for (const { seat, figures, history } of pairs) {
      const others = all.filter((other) => other !== figures);
      const quality = history.quality.update(rateQuality(figures, others, situationOf(seat)));
      const changed = quality.level !== seat.quality.level;
      seat.stats = { ...figures, quality };
      connections.set(seat.id, seat.stats);
      if (changed) this.host.qualityChanged(seat);
    }
    const sum = (name: 'upBps' | 'downBps'): number => all.reduce((total, figures) => total + figures[name], 0);
    this.latest = { at: this.environment.wallTime(), upBps: sum('upBps'), downBps: sum('downBps'), connections };
    this.host.measured(this.latest);
  }

  private async measurePair(seat: RemoteSeat): Promise<{ seat: RemoteSeat; figures: PairFigures; history: History } | undefined> {
    const { peer } = seat;
    if (!peer || peer.connection.connectionState === 'closed') return undefined;
    const history = this.historyOf(peer.connection);
    const report = statsReport((await peer.connection.getStats()) as unknown as Iterable<readonly [string, unknown]>);
    const { reports } = history;
    const older = { second: reports.at(-1), seconds: reports[0] };
    const figures = pairFigures(seat.id, this.environment.wallTime(), report, older, ownersOf(seat));
    reports.push(report);
    if (reports.length > WINDOW_REPORTS) reports.shift();
    this.inspector.report(seat.id, report, figures);
    peer.pathKindKnown(figures.path);
    return { seat, figures, history };
  }

  private historyOf(connection: RTCPeerConnection): History {
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

function situationOf(seat: RemoteSeat): PairSituation {
  const moving = [...seat.streams.values()].filter(
    ({ hasVideo, muted, subscribed }) => hasVideo && !muted.video && subscribed.video,
  );
  const { state } = seat.path;
  const path = state === 'connected' ? state : state === 'new' || state === 'connecting' ? 'coming' : 'broken';
  return { path, movingStreams: new Set(moving.map(({ id }) => id)) };
}

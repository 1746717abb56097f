import type { MediaReport, ParticipantReport, WorkerReport } from '@maru/sfu';
import type { MediaConnectionInfo, MediaOverview, MediaTrouble, MediaWorkerInfo } from '@maru/signaling/rest';
import type { MediaPort } from './media-port.js';

/** Most connections of one overview: those that get most. */
const MOST_CONNECTIONS = 500;
/** From here on loss is seen and heard, after ITU-T G.1070 and our own eyes. */
const LOSS = 0.03;
const LONG_WAY_MS = 350;
/** Two small pictures and two voices fit into no less. An estimate is low, too, where nothing more is wanted: that alone is no trouble. */
const SLOW_BPS = 400_000;

/** Turns the counters of workers into rates, from one look to the next. */
export class MediaOverviews {
  private last: { readonly at: number; readonly byWorker: ReadonlyMap<number, WorkerReport> } | undefined;
  private rates = new Map<number, WorkerRates>();

  constructor(
    private readonly port: MediaPort,
    private readonly now: () => number,
    private readonly isoNow: () => string,
    private readonly nameOf: (session: string, connection: string) => string | null,
  ) {}

  take(): MediaOverview {
    const report = this.port.report();
    this.measure(report);
    const connections = report.sessions.flatMap(({ session, participants }) =>
      participants.map((participant) => connectionInfo(session, participant, this.nameOf(session, participant.connection))),
    );
    const sum = (name: 'receivedBps' | 'sentBps'): number => connections.reduce((total, one) => total + one[name], 0);
    const { udp, tcp } = this.port.ports;
    return {
      at: this.isoNow(),
      isDraining: report.isDraining,
      ports: { udp, tcp: tcp ?? null },
      sessions: report.sessions.length,
      connectionCount: connections.length,
      receivedBps: sum('receivedBps'),
      sentBps: sum('sentBps'),
      workers: report.workers.map((worker) => this.workerInfo(worker, report)),
      connections: connections.sort(worstFirst).slice(0, MOST_CONNECTIONS),
    };
  }

  /** Rates over at least half a second, so that two who look at once see the same. */
  private measure({ workers }: MediaReport): void {
    const at = this.now();
    const { last } = this;
    if (last && at - last.at < 500) return;
    for (const worker of workers)
      this.rates.set(worker.worker, ratesOf(worker, last?.byWorker.get(worker.worker), at - (last?.at ?? at)));
    this.last = { at, byWorker: new Map(workers.map((worker) => [worker.worker, worker])) };
  }

  private workerInfo(report: WorkerReport, { sessions: all }: MediaReport): MediaWorkerInfo {
    const people = all.flatMap(({ participants: here }) => here).filter(({ worker }) => worker === report.worker);
    const sum = (name: 'receiveBps' | 'sendBps'): number => people.reduce((total, one) => total + (one[name] ?? 0), 0);
    const { worker, driver, sessions, participants, tracks, cpu, eventLoopDelayMs, overload, dropped } = report;
    return {
      worker,
      driver,
      sessions,
      connections: participants,
      tracks,
      cpuFraction: cpu,
      eventLoopDelayMs,
      overload,
      receivedBps: sum('receiveBps'),
      sentBps: sum('sendBps'),
      ...(this.rates.get(worker) ?? NO_RATES),
      dropped: Object.entries(dropped).map(([reason, count]) => ({ reason, count })),
    };
  }
}

type WorkerRates = Pick<MediaWorkerInfo, 'receivedPacketsPerSecond' | 'sentPacketsPerSecond'>;

const NO_RATES: WorkerRates = { receivedPacketsPerSecond: 0, sentPacketsPerSecond: 0 };

function ratesOf(now: WorkerReport, before: WorkerReport | undefined, passedMs: number): WorkerRates {
  if (!before || passedMs <= 0) return NO_RATES;
  const rate = (name: 'receivedPackets' | 'sentPackets'): number =>
    Math.max(0, Math.round(((now[name] - before[name]) * 1_000) / passedMs));
  return { receivedPacketsPerSecond: rate('receivedPackets'), sentPacketsPerSecond: rate('sentPackets') };
}

function worstFirst(a: MediaConnectionInfo, b: MediaConnectionInfo): number {
  return Math.min(1, b.troubles.length) - Math.min(1, a.troubles.length) || b.sentBps - a.sentBps;
}

function connectionInfo(session: string, participant: ParticipantReport, name: string | null): MediaConnectionInfo {
  const { connection, worker, state, protocol, sendBps, receiveBps, estimateBps, lossToward, lossFrom, roundTripMs } =
    participant;
  const troubles = troublesOf(participant);
  return {
    connection,
    session,
    name,
    worker,
    state,
    protocol: protocol ?? null,
    receivedBps: receiveBps ?? 0,
    sentBps: sendBps ?? 0,
    lossUpFraction: lossFrom ?? 0,
    lossDownFraction: lossToward ?? 0,
    rttMs: roundTripMs ?? null,
    estimateBps: estimateBps ?? null,
    verdict: troubles[0] ?? 'good',
    troubles,
  };
}

/** What is wrong with the way of a connection, the worst first. */
export function troublesOf({
  state,
  lossToward = 0,
  lossFrom = 0,
  estimateBps = Number.POSITIVE_INFINITY,
  heldBack = 0,
  roundTripMs = 0,
}: Pick<ParticipantReport, 'state' | 'lossToward' | 'lossFrom' | 'estimateBps' | 'heldBack' | 'roundTripMs'>): MediaTrouble[] {
  if (state !== 'connected') return ['not-connected'];
  const troubles: MediaTrouble[] = [];
  if (lossToward >= LOSS) troubles.push('downlink-loss');
  if (lossFrom >= LOSS) troubles.push('uplink-loss');
  if (lossFrom > lossToward) troubles.reverse();
  if (estimateBps < SLOW_BPS && heldBack > 0) troubles.push('slow-downlink');
  if (roundTripMs >= LONG_WAY_MS) troubles.push('long-way');
  return troubles;
}

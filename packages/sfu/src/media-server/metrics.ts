import type { MediaReport, WorkerReport } from './reports.js';

/** What the facade counts itself. */
export interface FacadeCounters {
  readonly refusedJoins: number;
  readonly streams: number;
  readonly refusedStreams: number;
  /** Of the memory that the process may have. */
  readonly memoryShare: number;
}

type Sample = readonly [labels: Readonly<Record<string, string | number>>, value: number];

/** Text for Prometheus (exposition format 0.0.4). Labels are numbers of workers and reasons of ours: nothing that a user chose (S-17). */
export function mediaMetrics({ workers, isDraining }: MediaReport, counters: FacadeCounters): string {
  const ofWorkers = (read: (worker: WorkerReport) => number): Sample[] =>
    workers.map((worker) => [{ worker: worker.worker }, read(worker)]);
  const dropped = workers.flatMap(({ worker, dropped }) =>
    Object.entries(dropped).map(([reason, count]): Sample => [{ worker, reason }, count]),
  );
  return [
    family(
      'maru_media_sessions',
      'Sessions with media on a worker.',
      'gauge',
      ofWorkers(({ sessions }) => sessions),
    ),
    family(
      'maru_media_participants',
      'Connections with media on a worker.',
      'gauge',
      ofWorkers((worker) => worker.participants),
    ),
    family(
      'maru_media_tracks',
      'Published tracks on a worker.',
      'gauge',
      ofWorkers(({ tracks }) => tracks),
    ),
    family(
      'maru_media_worker_busy_ratio',
      'Share of a core in the last second.',
      'gauge',
      ofWorkers(({ cpu }) => cpu),
    ),
    family(
      'maru_media_worker_lateness_seconds',
      'How late the latest timer of the last second was.',
      'gauge',
      ofWorkers(({ eventLoopDelayMs }) => eventLoopDelayMs / 1_000),
    ),
    family(
      'maru_media_worker_overloaded',
      'Whether a worker refuses joins.',
      'gauge',
      ofWorkers(({ overload }) => Number(overload !== 'none')),
    ),
    family(
      'maru_media_received_packets_total',
      'Datagrams received.',
      'counter',
      ofWorkers((worker) => worker.receivedPackets),
    ),
    family(
      'maru_media_sent_packets_total',
      'Datagrams sent.',
      'counter',
      ofWorkers((worker) => worker.sentPackets),
    ),
    family(
      'maru_media_sent_bytes_total',
      'Bytes sent.',
      'counter',
      ofWorkers((worker) => worker.sentBytes),
    ),
    family(
      'maru_media_sends_total',
      'System calls that sent them.',
      'counter',
      ofWorkers(({ sends }) => sends),
    ),
    family(
      'maru_media_lost_packets_total',
      'Datagrams that were not taken by the system.',
      'counter',
      ofWorkers((worker) => worker.lostPackets),
    ),
    family(
      'maru_media_handed_over_packets_total',
      'Datagrams that came to another worker than their own.',
      'counter',
      ofWorkers(({ handedOverPackets }) => handedOverPackets),
    ),
    family(
      'maru_media_piped_packets_total',
      'Packets passed to other workers of a session.',
      'counter',
      ofWorkers(({ pipedPackets }) => pipedPackets),
    ),
    family(
      'maru_media_pipe_drops_total',
      'What another worker had no room for.',
      'counter',
      ofWorkers(({ pipeDrops }) => pipeDrops),
    ),
    family('maru_media_dropped_total', 'Datagrams dropped, by reason.', 'counter', dropped),
    family('maru_media_refused_joins_total', 'Joins refused.', 'counter', [[{}, counters.refusedJoins]]),
    family('maru_media_tcp_streams', 'Connections of ICE over TCP.', 'gauge', [[{}, counters.streams]]),
    family('maru_media_refused_tcp_streams_total', 'Such connections refused.', 'counter', [[{}, counters.refusedStreams]]),
    family('maru_media_memory_ratio', 'Share of the memory it may have; from 0.8 on nobody joins.', 'gauge', [
      [{}, Math.round(counters.memoryShare * 1_000) / 1_000],
    ]),
    family('maru_media_draining', 'Whether nobody may join any more.', 'gauge', [[{}, Number(isDraining)]]),
  ].join('');
}

function family(name: string, help: string, type: 'gauge' | 'counter', samples: readonly Sample[]): string {
  const lines = samples.map(([labels, value]) => {
    const pairs = Object.entries(labels).map(([label, text]) => `${label}="${text}"`);
    return `${name}${pairs.length > 0 ? `{${pairs.join(',')}}` : ''} ${value}\n`;
  });
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`;
}

import type { WorkerReport } from './reports.js';

/** What is known of a worker when somebody is to join. */
export interface WorkerCandidate {
  /** Whether one is there. */
  readonly isTaken: boolean;
  readonly participants: number;
  readonly report: WorkerReport | undefined;
}

/**
 * Share of a core from which on a session's newcomers go to another worker. Below where joins are refused (0.7), so that a session spreads before
 * it must.
 */
const SPREADS_AT = 0.6;

/**
 * The worker for somebody who joins a session that is at `parts`, or why there is none. A session stays together while its worker has room, since
 * what passes between workers costs both; then it goes on at the one that does least; and where all have much to do, those of its own take more
 * until they can not.
 */
export function placeOf<Candidate extends WorkerCandidate>(
  workers: readonly Candidate[],
  parts: readonly Candidate[],
  participantsPerWorker: number,
): Candidate | 'nobody' | 'full' | 'overloaded' {
  const cpuOf = ({ report }: Candidate): number => report?.averageCpu ?? 0;
  const loadOf = (one: Candidate): number => cpuOf(one) + one.participants / participantsPerWorker;
  const there = workers.filter(({ isTaken }) => isTaken);
  if (there.length === 0) return 'nobody';
  const withPlaces = there.filter(({ participants }) => participants < participantsPerWorker);
  const open = withPlaces.filter(({ report }) => !report || report.overload === 'none');
  const calm = open.filter((one) => cpuOf(one) < SPREADS_AT);
  const isPart = (one: Candidate): boolean => parts.includes(one);
  for (const choice of [calm.filter(isPart), calm, open.filter(isPart), open]) {
    const [best] = choice.sort((a, b) => loadOf(a) - loadOf(b));
    if (best) return best;
  }
  return withPlaces.length === 0 ? 'full' : 'overloaded';
}

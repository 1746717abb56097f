/** What a run of `maru load` found. */
export interface LoadResult {
  readonly sessions: number;
  readonly publishers: number;
  readonly subscribers: number;
  /** Who did not get in, by why. */
  readonly refused: Readonly<Record<string, number>>;
  readonly entryP50Ms: number;
  readonly entryP99Ms: number;
  readonly seconds: number;
  readonly sentPacketsPerSecond: number;
  readonly receivedPacketsPerSecond: number;
  readonly receivedBps: number;
  /** Packets that never came, of all that were numbered. */
  readonly lossFraction: number;
  /** Subscribers to whom nothing came. */
  readonly silent: number;
  /** Of one core, that this process itself needed. */
  readonly ownCpuFraction: number;
}

/** Whether the server held: all got in, all got something, and next to nothing was lost. */
export const hasHeld = ({ refused, silent, lossFraction }: LoadResult): boolean =>
  Object.keys(refused).length === 0 && silent === 0 && lossFraction < 0.01;

/** The result for people, a line each. */
export function resultTable(result: LoadResult): string {
  const rows: readonly (readonly [string, string])[] = [
    ['sessions', String(result.sessions)],
    ['publishers, subscribers', `${result.publishers}, ${result.subscribers}`],
    [
      'not let in',
      Object.entries(result.refused)
        .map(([code, times]) => `${times} (${code})`)
        .join(', ') || 'nobody',
    ],
    ['time to get in', `p50 ${result.entryP50Ms.toFixed(0)} ms, p99 ${result.entryP99Ms.toFixed(0)} ms`],
    ['sent to the server', `${result.sentPacketsPerSecond.toFixed(0)} packets/s`],
    ['came from it', `${result.receivedPacketsPerSecond.toFixed(0)} packets/s, ${(result.receivedBps / 1e6).toFixed(1)} Mbit/s`],
    ['lost', `${(100 * result.lossFraction).toFixed(3)} %`],
    ['subscribers without anything', String(result.silent)],
    ['this process itself', `${(100 * result.ownCpuFraction).toFixed(0)} % of a core`],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`).join('\n');
}

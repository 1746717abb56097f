/** So many that were missed are made up for; a process that slept longer leaves the rest out. */
const MOST_AT_ONCE = 25;

/** Calls `task` with 0, 1, 2, … so often that `perSecond` come in a second on the average. The function returned ends it. */
export function tick(perSecond: number, task: (count: number, atMs: number) => void): () => void {
  const startMs = performance.now();
  let count = 0;
  let timer: NodeJS.Timeout;
  const run = (): void => {
    const due = Math.floor(((performance.now() - startMs) * perSecond) / 1_000);
    count = Math.max(count, due - MOST_AT_ONCE);
    for (; count <= due; count++) task(count, startMs + (count * 1_000) / perSecond);
    timer = setTimeout(run, Math.max(0, startMs + (count * 1_000) / perSecond - performance.now()));
  };
  timer = setTimeout(run, 0);
  return () => clearTimeout(timer);
}

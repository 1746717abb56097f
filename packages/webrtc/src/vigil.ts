let until = 0;
let isKept = false;

/**
 * Keeps the event loop going round for so long, without anything to do, so that what arrives is taken at once: falling asleep
 * and being woken takes some 30 microseconds, longer than a message takes to be sent and read.
 */
export function stayAwake(forMs: number): void {
  until = performance.now() + forMs;
  if (isKept) return;
  isKept = true;
  setImmediate(goRound);
}

/** What we stayed awake for has come. */
export function fallAsleep(): void {
  until = 0;
}

function goRound(): void {
  isKept = performance.now() < until;
  if (isKept) setImmediate(goRound);
}

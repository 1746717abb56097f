import { readFileSync } from 'node:fs';
import { totalmem } from 'node:os';
import { getHeapStatistics } from 'node:v8';

/** From this share of the memory on nobody is taken in: the rest is for those who are there. */
export const MAX_MEMORY_SHARE = 0.8;

/** How long a figure is good for: the system takes half a millisecond to say it. */
const FRESH_MS = 1_000;

/** Where memory may run out. */
export interface MemoryFigures {
  /** Of the process, and what it may have: of its container, or of the machine. */
  readonly residentBytes: number;
  readonly limitBytes: number;
  /** That the process may write to, and how much that may be (`ulimit -d`, `LimitDATA=` of systemd). */
  readonly dataBytes: number;
  readonly dataLimitBytes: number;
  /** Of this thread's heap, and what it may grow to. */
  readonly heapBytes: number;
  readonly heapLimitBytes: number;
}

/** How near memory is to its end, from 0 to 1, where it is nearest. */
export function shareOf(figures: MemoryFigures): number {
  const { residentBytes, limitBytes, dataBytes, dataLimitBytes, heapBytes, heapLimitBytes } = figures;
  return Math.max(residentBytes / limitBytes, dataBytes / dataLimitBytes, heapBytes / heapLimitBytes);
}

let dataLimit: number | undefined;
let known = 0;
let knownAt = Number.NEGATIVE_INFINITY;

/** The same of this thread and its process, a second ago at most. */
export function memoryShare(): number {
  const now = performance.now();
  if (now - knownAt < FRESH_MS) return known;
  knownAt = now;
  try {
    known = shareOf(memoryFigures());
  } catch {
    // It takes a file descriptor to ask, and there is none left: what was known stands.
  }
  return known;
}

function memoryFigures(): MemoryFigures {
  const { used_heap_size: heapBytes, heap_size_limit: heapLimitBytes } = getHeapStatistics();
  const constrained = process.constrainedMemory() ?? 0; // 0: nobody set a limit; 2^64 or so: it is none
  const limitBytes = Math.min(constrained > 0 ? constrained : Infinity, totalmem());
  dataLimit ??= readDataLimit();
  const dataBytes = dataLimit === Number.POSITIVE_INFINITY ? 0 : readData();
  return {
    residentBytes: process.memoryUsage.rss(),
    limitBytes,
    dataBytes,
    dataLimitBytes: dataLimit,
    heapBytes,
    heapLimitBytes,
  };
}

/** Linux alone says it. */
function readDataLimit(): number {
  if (process.platform !== 'linux') return Number.POSITIVE_INFINITY;
  return Number(/^Max data size +(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1'))?.[1] ?? Number.POSITIVE_INFINITY);
}

function readData(): number {
  return 1_024 * Number(/^VmData:\s+(\d+) kB/m.exec(readFileSync('/proc/self/status', 'latin1'))?.[1] ?? 0);
}

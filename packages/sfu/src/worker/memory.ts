import { totalmem } from 'node:os';
import { getHeapStatistics } from 'node:v8';

/** From this share of the memory on nobody is taken in: the rest is for those who are there. */
export const MAX_MEMORY_SHARE = 0.8;

/** Where memory may run out. */
export interface MemoryFigures {
  /** Of the process, and what it may have: of its container, or of the machine. */
  readonly residentBytes: number;
  readonly limitBytes: number;
  /** Of this thread's heap, and what it may grow to. */
  readonly heapBytes: number;
  readonly heapLimitBytes: number;
}

/** How near memory is to its end, from 0 to 1, where it is nearest. */
export function memoryShare(figures: MemoryFigures = memoryFigures()): number {
  const { residentBytes, limitBytes, heapBytes, heapLimitBytes } = figures;
  return Math.max(residentBytes / limitBytes, heapBytes / heapLimitBytes);
}

function memoryFigures(): MemoryFigures {
  const { used_heap_size: heapBytes, heap_size_limit: heapLimitBytes } = getHeapStatistics();
  const constrained = process.constrainedMemory() ?? 0; // 0: nobody set a limit; 2^64 or so: it is none
  const limitBytes = Math.min(constrained > 0 ? constrained : Infinity, totalmem());
  return { residentBytes: process.memoryUsage.rss(), limitBytes, heapBytes, heapLimitBytes };
}

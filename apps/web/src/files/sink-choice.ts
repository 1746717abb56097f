import type { availableSinks } from '@maru/client/files';

type SinkName = ReturnType<typeof availableSinks>[number];

/** Up to this size a file may live in memory; browsers move larger blobs to disk, but not all of them soon enough. */
const IN_MEMORY_BYTES = 64 * 1024 * 1024;

/**
 * Where to put a file that is accepted without asking for a place: in memory while small, else in the origin's own storage on disk.
 * With neither at hand, a large file asks for a place after all, and memory is the last resort.
 */
export function sinkFor(sizeBytes: number, available: readonly SinkName[]): SinkName {
  if (sizeBytes <= IN_MEMORY_BYTES) return 'blob';
  if (available.includes('private-file')) return 'private-file';
  return available.includes('save-picker') ? 'save-picker' : 'blob';
}

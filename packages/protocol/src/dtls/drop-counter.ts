/** Why records are dropped. */
export type DropReason =
  | 'malformed'
  | 'wrong-version'
  | 'wrong-epoch'
  | 'oversized'
  | 'unknown-type'
  | 'plaintext-after-handshake'
  | 'too-early'
  | 'replayed'
  | 'not-authentic'
  | 'fragment-refused';

/** Counts dropped records by reason. */
export class DropCounter {
  private counts: Map<DropReason, number> | undefined;

  add(reason: DropReason): void {
    this.counts ??= new Map();
    this.counts.set(reason, (this.counts.get(reason) ?? 0) + 1);
  }

  snapshot(): ReadonlyMap<DropReason, number> {
    return new Map(this.counts);
  }
}

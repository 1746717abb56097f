/** Counts by reason. Reasons are words of ours, never anything from the wire: they become metric labels. */
export class Counters {
  private readonly counts = new Map<string, number>();

  count(reason: string): void {
    this.counts.set(reason, (this.counts.get(reason) ?? 0) + 1);
  }

  get(reason: string): number {
    return this.counts.get(reason) ?? 0;
  }

  entries(): Iterable<readonly [string, number]> {
    return this.counts.entries();
  }
}

/** Changes remembered: more in the time that a packet may be overtaken by, there are not. */
const REMEMBERED = 8;

/** Which layers went through when, for packets that were overtaken by a change: the last changes, by the packets they began with. */
export class LayerHistory {
  // What find() found.
  spatialId = 0;
  temporalId = 0;
  /** A number of the filter's own. */
  target = 0;
  private readonly since = new Float64Array(REMEMBERED).fill(Number.POSITIVE_INFINITY);
  private readonly spatialIds = new Uint8Array(REMEMBERED);
  private readonly temporalIds = new Uint8Array(REMEMBERED);
  private readonly targets = new Int8Array(REMEMBERED);
  private count = 0;

  /** From the packet of this number on, these go through. */
  record(sequence: number, spatialId: number, temporalId: number, target = 0): void {
    const last = (this.count - 1) & (REMEMBERED - 1);
    const isSame =
      this.count > 0 &&
      this.spatialIds[last] === spatialId &&
      this.temporalIds[last] === temporalId &&
      this.targets[last] === target;
    if (isSame) return;
    const slot = this.count++ & (REMEMBERED - 1);
    this.since[slot] = sequence;
    this.spatialIds[slot] = spatialId;
    this.temporalIds[slot] = temporalId;
    this.targets[slot] = target;
  }

  /** Says what went through when the packet of this number was sent; false where nobody knows any more. */
  find(sequence: number): boolean {
    const oldest = Math.max(0, this.count - REMEMBERED);
    for (let i = this.count - 1; i >= oldest; i--) {
      const slot = i & (REMEMBERED - 1);
      if (this.since[slot]! > sequence) continue;
      this.spatialId = this.spatialIds[slot]!;
      this.temporalId = this.temporalIds[slot]!;
      this.target = this.targets[slot]!;
      return true;
    }
    return false;
  }
}

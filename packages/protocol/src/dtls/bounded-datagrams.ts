/** A few datagrams or records that came too early, kept in order until they count. Beyond its limits it keeps nothing more. */
export class BoundedDatagrams {
  private kept: Uint8Array[] = [];
  private bytes = 0;

  constructor(
    private readonly maxCount: number,
    private readonly maxBytes: number,
  ) {}

  /** Keeps a copy. False when there is no room. */
  keep(datagram: Uint8Array): boolean {
    if (this.kept.length >= this.maxCount || this.bytes + datagram.length > this.maxBytes) return false;
    this.kept.push(datagram.slice());
    this.bytes += datagram.length;
    return true;
  }

  /** All of them; none stay. */
  takeAll(): readonly Uint8Array[] {
    const all = this.kept;
    this.kept = [];
    this.bytes = 0;
    return all;
  }
}

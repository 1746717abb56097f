import { ReplayWindow } from '../core/index.js';

/** Numbers of SRTCP packets remembered: a few come a second. */
const RTCP_WINDOW = 128;

/** What one direction knows of one SSRC. */
export class Source {
  /** Of RTP indexes; its highest is the rollover counter and the highest sequence number (RFC 3711 §3.2.1). */
  readonly rtp: ReplayWindow;
  readonly rtcp = new ReplayWindow(RTCP_WINDOW);
  /** The index of the next SRTCP packet to send. */
  nextRtcpIndex = 0;
  /** Packets in a row whose tag was wrong. */
  failures = 0;
  lastUsed = 0;

  constructor(
    readonly ssrc: number,
    windowPackets: number,
  ) {
    this.rtp = new ReplayWindow(windowPackets);
  }
}

/** The sources of one direction: a bounded table. SSRCs are signed here, so that they are small integers. */
export class SourceTable {
  private readonly sources = new Map<number, Source>();
  private latest: Source | undefined;
  private uses = 0;

  constructor(
    private readonly limit: number,
    private readonly windowPackets: number,
  ) {}

  get size(): number {
    return this.sources.size;
  }

  get isFull(): boolean {
    return this.sources.size >= this.limit;
  }

  find(ssrc: number): Source | undefined {
    const { latest } = this;
    const found = latest !== undefined && latest.ssrc === ssrc ? latest : this.sources.get(ssrc);
    if (found) this.latest = found;
    return found;
  }

  /** An authentic packet of the source came, or one of ours goes out: it is not the quietest. */
  touch(source: Source): void {
    source.lastUsed = ++this.uses;
  }

  /** A new source; where the table is full, in place of the one that was quiet for longest (S-49). */
  add(ssrc: number): Source {
    if (this.isFull) this.dropQuietest();
    const source = new Source(ssrc, this.windowPackets);
    this.touch(source);
    this.sources.set(ssrc, source);
    return (this.latest = source);
  }

  delete(ssrc: number): void {
    this.sources.delete(ssrc);
    if (this.latest?.ssrc === ssrc) this.latest = undefined;
  }

  private dropQuietest(): void {
    let quietest: Source | undefined;
    for (const one of this.sources.values()) if (!quietest || one.lastUsed < quietest.lastUsed) quietest = one;
    if (quietest) this.delete(quietest.ssrc);
  }
}

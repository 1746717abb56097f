/** What the emulator told of one run, tenth of a second by tenth, as the plots want it. */
export class RealRecord {
  #reports;
  #bits;

  /** @param {readonly { udpBits: number, tcpBits: number, waitsMs: readonly number[] }[]} reports @param {'udpBits' | 'tcpBits'} bits */
  constructor(reports, bits = 'udpBits') {
    this.#reports = reports;
    this.#bits = bits;
  }

  /** What the download beside the call got. */
  get tcp() {
    return new RealRecord(this.#reports, 'tcpBits');
  }

  /** Bit/s between two instants. */
  receivedBps(fromMs, toMs) {
    const points = this.#between(fromMs, toMs);
    return (points.reduce((sum, point) => sum + point[this.#bits], 0) * 1_000) / Math.max(100, points.length * 100);
  }

  /** So many of the call's packets, from 0 to 1, waited no longer than this. */
  queueMs(fromMs, toMs, share) {
    const waits = this.#between(fromMs, toMs)
      .flatMap(({ waitsMs }) => waitsMs)
      .sort((a, b) => a - b);
    return waits[Math.min(waits.length - 1, Math.floor(share * waits.length))] ?? 0;
  }

  #between(fromMs, toMs) {
    return this.#reports.slice(Math.floor(fromMs / 100), Math.floor(toMs / 100));
  }
}

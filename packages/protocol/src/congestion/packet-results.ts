/** Packets that one feedback may settle: at 20,000 a second, what leaves in 400 ms. */
export const MAX_RESULTS = 8_192;

/** What became of the packets that one feedback is about, in the order of their numbers. One object, filled again and again. */
export class PacketResults {
  count = 0;
  readonly sentAt = new Float64Array(MAX_RESULTS);
  /** When each arrived, in milliseconds of the receiver's clock; NaN for those that did not, or of which no time is known. */
  readonly arrivedAt = new Float64Array(MAX_RESULTS);
  readonly bytes = new Int32Array(MAX_RESULTS);
  /** The probe that each belonged to, or 0. */
  readonly probes = new Int32Array(MAX_RESULTS);
  /** 1 for what arrived. */
  readonly isReceived = new Uint8Array(MAX_RESULTS);
  /** 1 for what an earlier feedback said was lost: it had only been overtaken. */
  readonly wasLost = new Uint8Array(MAX_RESULTS);
  /** 1 for what arrived after a packet that was sent later: it was held up alone, and tells nothing of the queue. */
  readonly isOvertaken = new Uint8Array(MAX_RESULTS);
  /** 1 for what an earlier feedback passed over untold: see {@link untold}. */
  readonly wasUntold = new Uint8Array(MAX_RESULTS);
  /** When the newest packet that arrived had been sent; NaN if none did. */
  newestSentAt = Number.NaN;
  /** Packets sent before one that arrived, of which no feedback has told: the feedback that would have is lost, or late. */
  untold = 0;
  readonly untoldSentAt = new Float64Array(MAX_RESULTS);
  readonly untoldBytes = new Int32Array(MAX_RESULTS);

  clear(): void {
    this.count = this.untold = 0;
    this.newestSentAt = Number.NaN;
  }

  addUntold(sentAt: number, bytes: number): void {
    if (this.untold === MAX_RESULTS) return;
    this.untoldSentAt[this.untold] = sentAt;
    this.untoldBytes[this.untold++] = bytes;
  }

  add(
    sentAt: number,
    arrivedAt: number,
    bytes: number,
    probe: number,
    isReceived: boolean,
    wasLost: boolean,
    wasUntold = false,
  ): void {
    if (this.count === MAX_RESULTS) return;
    const at = this.count++;
    this.wasUntold[at] = wasUntold ? 1 : 0;
    this.sentAt[at] = sentAt;
    this.arrivedAt[at] = arrivedAt;
    this.bytes[at] = bytes;
    this.probes[at] = probe;
    this.isReceived[at] = isReceived ? 1 : 0;
    this.wasLost[at] = wasLost ? 1 : 0;
    if (isReceived && !(sentAt < this.newestSentAt)) this.newestSentAt = sentAt;
  }

  /** Sets {@link isOvertaken}, once all results are here. */
  compareArrivals(): void {
    let earliest = Infinity;
    for (let i = this.count - 1; i >= 0; i--) {
      const arrivedAt = this.arrivedAt[i]!;
      this.isOvertaken[i] = arrivedAt > earliest ? 1 : 0;
      if (arrivedAt < earliest) earliest = arrivedAt;
    }
  }
}

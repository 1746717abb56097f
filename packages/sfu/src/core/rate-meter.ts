import type { Instant } from '@maru/protocol/core';

/** How much the last interval counts. */
const WEIGHT = 0.5;

/** How many bits a second two counters of bytes grow by. */
export class RateMeter {
  sendBps = 0;
  receiveBps = 0;
  private at: Instant = Number.NaN;
  private sent = 0;
  private received = 0;

  settle(now: Instant, sentBytes: number, receivedBytes: number): void {
    const elapsedMs = now - this.at;
    if (elapsedMs > 0) {
      this.sendBps += WEIGHT * (((sentBytes - this.sent) * 8_000) / elapsedMs - this.sendBps);
      this.receiveBps += WEIGHT * (((receivedBytes - this.received) * 8_000) / elapsedMs - this.receiveBps);
    }
    this.at = now;
    this.sent = sentBytes;
    this.received = receivedBytes;
  }
}

import type { Instant } from '@maru/protocol/core';
import { Download } from './download.js';

const FIRST_WINDOW = 10;
/** What CUBIC keeps of its window at a loss, and how fast it comes back (RFC 9438 §4.6, §5.1). */
const BETA = 0.7;
const GROWTH = 0.4;
const REORDERING = 3;
const MIN_TIMEOUT_MS = 1_000;

/** A download that takes all it gets until packets are lost: a window that follows CUBIC (RFC 9438), as TCP has it, without its bytes. */
export class WindowFlow extends Download {
  private readonly inFlight = new Map<number, Instant>();
  private window = FIRST_WINDOW;
  private threshold = Infinity;
  private windowAtLoss = 0;
  private lostAt: Instant = Number.NaN;
  private next = 0;
  private recovery = -1;
  private roundTripMs = 200;
  private heardAt: Instant = 0;

  protected begin(): void {
    this.heardAt = this.now;
    this.fill();
    this.watch();
  }

  protected fill(): void {
    while (!this.isOver && this.inFlight.size < this.window) {
      this.inFlight.set(this.next, this.now);
      this.send(this.next++);
    }
  }

  protected acknowledged(packet: number): void {
    const sentAt = this.inFlight.get(packet);
    if (sentAt === undefined) return;
    this.heardAt = this.now;
    this.inFlight.delete(packet);
    this.roundTripMs += (this.now - sentAt - this.roundTripMs) / 8;
    for (const earlier of this.inFlight.keys()) {
      if (earlier > packet - REORDERING) break;
      this.inFlight.delete(earlier);
      if (earlier > this.recovery) this.shrink();
    }
    this.grow();
  }

  private grow(): void {
    if (this.window < this.threshold) {
      this.window += 1;
      return;
    }
    const seconds = (this.now - this.lostAt) / 1_000;
    const back = Math.cbrt((this.windowAtLoss * (1 - BETA)) / GROWTH);
    const cubic = GROWTH * (seconds - back) ** 3 + this.windowAtLoss;
    const reno = this.windowAtLoss * BETA + ((3 * (1 - BETA)) / (1 + BETA)) * ((seconds * 1_000) / this.roundTripMs);
    this.window += Math.min(0.5, Math.max(0, (Math.max(cubic, reno) - this.window) / this.window));
  }

  private shrink(): void {
    this.recovery = this.next - 1;
    this.windowAtLoss = this.window;
    this.lostAt = this.now;
    this.window = Math.max(2, this.window * BETA);
    this.threshold = this.window;
  }

  private watch(): void {
    if (this.isOver) return;
    if (this.now - this.heardAt > Math.max(MIN_TIMEOUT_MS, 3 * this.roundTripMs)) {
      this.shrink();
      this.window = 1;
      this.inFlight.clear();
      this.heardAt = this.now;
      this.fill();
    }
    this.network.clock.schedule(this.now + 200, () => this.watch());
  }
}

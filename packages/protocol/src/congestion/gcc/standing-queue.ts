/** Packets looked back at, at most: a power of two. */
const SLOTS = 32;
const MASK = SLOTS - 1;
const NOTHING = new Float64Array(0);
/** All have to wait for more than half of a packet's time, since small packets are through before large ones; but for no less than this. */
const LEAST_MS = 5;
/** The shortest delay ever is taken for that of the empty path; it creeps up, so that a path that has become longer is learnt in a minute or so. */
const BASE_CREEP_MS_PER_S = 0.5;
const MOMENT_MS = 500;

/**
 * Tells a queue that stands from one that comes and goes with each picture. On a slow path a packet takes tens of milliseconds to pass, and
 * whatever comes right behind it waits: delays rise and fall all the time, though the path carries everything. Only where for some packets'
 * time none came through without waiting is there more than fits (the idea of RFC 8289 §3.2).
 */
export class StandingQueue {
  /** Of each packet its arrival, and then of each its delay. Made with the first. */
  private packets = NOTHING;
  private count = 0;
  private baseMs = Infinity;
  private baseAt = 0;
  /** The shortest delay of this moment, and of the one before. */
  private lately = Infinity;
  private latelyBefore = Infinity;
  private momentAt = Number.NEGATIVE_INFINITY;

  /** `burstPackets`: so many may leave together. */
  constructor(private readonly burstPackets: number) {}

  /** A packet was so long on its way, by two clocks of which only the pace is known. */
  add(arrivedAt: number, delayMs: number): void {
    if (this.packets.length === 0) this.packets = new Float64Array(2 * SLOTS);
    const slot = this.count++ & MASK;
    this.packets[slot] = arrivedAt;
    this.packets[SLOTS + slot] = delayMs;
    this.baseMs = Math.min(delayMs, this.baseMs + (BASE_CREEP_MS_PER_S * Math.max(0, arrivedAt - this.baseAt)) / 1_000);
    this.baseAt = arrivedAt;
    if (!(Math.abs(arrivedAt - this.momentAt) <= MOMENT_MS)) {
      this.latelyBefore = this.lately;
      this.lately = Infinity;
      this.momentAt = arrivedAt;
    }
    if (delayMs < this.lately) this.lately = delayMs;
  }

  /** Whether there is a queue that does not go, where a packet of full size takes so long to be sent. */
  stands(packetMs: number): boolean {
    return this.shortestOf(this.burstPackets * packetMs) - this.baseMs > Math.max(packetMs / 2, LEAST_MS);
  }

  /** By how much the way there has been longer than empty in the last moment, at the least. */
  get queueMs(): number {
    return this.count === 0 ? 0 : Math.max(0, Math.min(this.lately, this.latelyBefore) - this.baseMs);
  }

  /** The path is another one. */
  reset(): void {
    this.count = 0;
    this.baseMs = this.lately = this.latelyBefore = Infinity;
    this.momentAt = Number.NEGATIVE_INFINITY;
  }

  private shortestOf(lastMs: number): number {
    const from = this.packets[(this.count - 1) & MASK]! - lastMs;
    let shortest = Infinity;
    for (let back = 1; back <= Math.min(this.count, SLOTS); back++) {
      const slot = (this.count - back) & MASK;
      if (this.packets[slot]! < from) break;
      if (this.packets[SLOTS + slot]! < shortest) shortest = this.packets[SLOTS + slot]!;
    }
    return shortest;
  }
}

import type { Instant } from '@maru/protocol/core';

/** What each point of a record covers. */
export const POINT_MS = 100;
/** IPv4 and UDP. */
const HEADER_BYTES = 28;

/** A tenth of a second of a flow. */
export interface FlowPoint {
  sentBits: number;
  receivedBits: number;
  /** What the congestion controller aimed at, in bit/s. */
  targetBps: number;
  /** How long the packets that came waited in queues, in milliseconds. */
  readonly queueMs: number[];
}

/** What became of a flow, tenth of a second by tenth, with the headers of IP and UDP. */
export class FlowRecord {
  readonly points: FlowPoint[] = [];
  packetsSent = 0;
  packetsReceived = 0;

  sent(now: Instant, bytes: number): void {
    this.packetsSent += 1;
    this.at(now).sentBits += (bytes + HEADER_BYTES) * 8;
  }

  received(now: Instant, bytes: number, queueMs: number): void {
    this.packetsReceived += 1;
    const point = this.at(now);
    point.receivedBits += (bytes + HEADER_BYTES) * 8;
    point.queueMs.push(queueMs);
  }

  aimed(now: Instant, targetBps: number): void {
    this.at(now).targetBps = targetBps;
  }

  /** Bit/s that came between two instants. */
  receivedBps(from: Instant, to: Instant): number {
    return rate(this.between(from, to).map(({ receivedBits }) => receivedBits));
  }

  /** Bit/s that were sent between two instants. */
  sentBps(from: Instant, to: Instant): number {
    return rate(this.between(from, to).map(({ sentBits }) => sentBits));
  }

  /** So many of the packets, from 0 to 1, waited no longer than this. */
  queueMs(from: Instant, to: Instant, share: number): number {
    const waits = this.between(from, to)
      .flatMap(({ queueMs }) => queueMs)
      .sort((a, b) => a - b);
    return waits[Math.min(waits.length - 1, Math.floor(share * waits.length))] ?? 0;
  }

  /**
   * How long after `from` it takes until the flow gets this rate for a second on end; Infinity if it does not before `to`.
   */
  reaches(from: Instant, to: Instant, bitsPerSecond: number): number {
    for (let at = from; at + 1_000 <= to; at += POINT_MS) {
      if (this.receivedBps(at, at + 1_000) >= bitsPerSecond) return at - from;
    }
    return Infinity;
  }

  /** How long after `from` it takes until no more than this rate is sent for half a second; Infinity if it is not before `to`. */
  yields(from: Instant, to: Instant, bitsPerSecond: number): number {
    for (let at = from; at + 500 <= to; at += POINT_MS) {
      if (this.sentBps(at, at + 500) <= bitsPerSecond) return at - from;
    }
    return Infinity;
  }

  private between(from: Instant, to: Instant): readonly FlowPoint[] {
    return this.points.slice(Math.floor(from / POINT_MS), Math.floor(to / POINT_MS));
  }

  private at(now: Instant): FlowPoint {
    const index = Math.floor(now / POINT_MS);
    while (this.points.length <= index) {
      const targetBps = this.points.at(-1)?.targetBps ?? 0;
      this.points.push({ sentBits: 0, receivedBits: 0, targetBps, queueMs: [] });
    }
    return this.points[index]!;
  }
}

function rate(bits: readonly number[]): number {
  return bits.length === 0 ? 0 : (bits.reduce((sum, value) => sum + value, 0) * 1_000) / (bits.length * POINT_MS);
}

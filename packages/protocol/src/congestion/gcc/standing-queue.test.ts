import { expect, test } from 'vitest';
import { StandingQueue } from './standing-queue.js';

/** A line that sends packets of `bytes` at `bitsPerSecond`, each when the one before has left. */
class Line {
  readonly queue = new StandingQueue(4);
  private freeAt = 0;

  constructor(private readonly bitsPerSecond: number) {}

  carry(sentAt: number, bytes: number): void {
    this.freeAt = Math.max(this.freeAt, sentAt) + (bytes * 8_000) / this.bitsPerSecond;
    this.queue.add(this.freeAt + 5_000, this.freeAt + 5_000 - sentAt); // by a clock of its own
  }
}

/** What a packet takes at 200 kbit/s. */
const PACKET_MS = 48;

test('pictures that come in bursts over a slow line make no queue that stands, as long as it empties between them', () => {
  const line = new Line(300_000);
  for (let now = 0; now < 10_000; now += 20) {
    line.carry(now, 100);
    if (now % 160 === 0) for (let i = 0; i < 2; i++) line.carry(now, 1_200);
    expect(line.queue.stands(PACKET_MS)).toBe(false);
  }
  expect(line.queue.queueMs).toBe(0);
});

test('what does not fit stands after a moment, and no more when it has gone', () => {
  const line = new Line(300_000);
  for (let now = 0; now < 1_000; now += 20) line.carry(now, 200);
  for (let now = 1_000; now < 2_000; now += 20) line.carry(now, 1_000);
  expect(line.queue.stands(PACKET_MS)).toBe(true);
  expect(line.queue.queueMs).toBeGreaterThan(100);
  for (let now = 2_000; now < 4_500; now += 20) line.carry(now, 100);
  expect(line.queue.stands(PACKET_MS)).toBe(false);
  expect(line.queue.queueMs).toBe(0);
});

test('on a fast path a queue of a few milliseconds counts at once', () => {
  const line = new Line(10_000_000);
  for (let now = 0; now < 1_000; now += 2) line.carry(now, 1_000);
  expect(line.queue.stands(1)).toBe(false);
  for (let now = 1_000; now < 1_010; now += 0.4) line.carry(now, 1_000);
  expect(line.queue.stands(1)).toBe(true);
});

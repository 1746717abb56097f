import { describe, expect, test } from 'vitest';
import { SeededRandom } from '../../core/index.js';
import { ArrivalDelays } from './arrival-delays.js';
import { JitterBuffer } from './jitter-buffer.js';
import { LipSync } from './lip-sync.js';

/** What is played when, if packets of 20 ms come `delay(i)` after they were sent and the player comes at every deadline. */
function play(
  buffer: JitterBuffer<number>,
  packets: number,
  delay: (i: number) => number,
  firstTimestamp = 0,
): { item: number; at: number }[] {
  const arrivals = Array.from({ length: packets }, (_, i) => [i * 20 + delay(i), i] as const).sort((a, b) => a[0] - b[0]);
  const played: { item: number; at: number }[] = [];
  const take = (now: number): void => {
    while (buffer.size > 0 && buffer.deadline <= now) {
      const at = buffer.deadline;
      const item = buffer.take(at);
      if (item !== undefined) played.push({ item, at });
    }
  };
  for (const [at, i] of arrivals) {
    take(at);
    buffer.insert(at, (firstTimestamp + i * 960) >>> 0, i);
  }
  take(Infinity);
  return played;
}

const audio = (): JitterBuffer<number> => new JitterBuffer({ kind: 'audio', clockRate: 48_000 });

describe('the jitter buffer', () => {
  test('plays what comes evenly almost at once, in even steps', () => {
    const buffer = audio();
    const played = play(buffer, 500, () => 40);
    expect(played.length).toBe(500);
    expect(played.at(-1)!.at - 499 * 20 - 40).toBeLessThanOrEqual(10);
    for (let i = 1; i < 500; i++) expect(played[i]!.at - played[i - 1]!.at).toBeCloseTo(20);
  });

  for (const jitterMs of [30, 100, 200]) {
    test(`holds what comes with ${jitterMs} ms of jitter no longer than its p95 and 40 ms (R-05)`, () => {
      const random = new SeededRandom(jitterMs);
      const buffer = audio();
      const played = play(buffer, 3_000, () => 50 + random.unit() * jitterMs);
      expect(played.length).toBeGreaterThan(2_800);
      const waits = played.slice(1_000).map(({ item, at }) => at - item * 20 - 50);
      const mean = waits.reduce((sum, wait) => sum + wait, 0) / waits.length;
      expect(mean).toBeLessThanOrEqual(0.95 * jitterMs + 40);
      expect(mean).toBeGreaterThan(0.7 * jitterMs);
    });
  }

  test('puts in order what was reordered, and refuses duplicates and what is late', () => {
    const buffer = audio();
    for (const i of [0, 2, 1, 1]) buffer.insert(i, i * 960, i);
    expect(buffer.counters.duplicate).toBe(1);
    const items: number[] = [];
    while (buffer.size > 0) items.push(buffer.take(buffer.deadline)!);
    expect(items).toEqual([0, 1, 2]);
    expect(buffer.insert(200, 960, 1)).toBe(false);
    expect(buffer.counters.late).toBe(1);
  });

  test('goes on over the wrap of the timestamps (R-19)', () => {
    const played = play(audio(), 500, () => 40, 0xffff_0000);
    expect(played.map(({ item }) => item)).toEqual(Array.from({ length: 500 }, (_, i) => i));
  });

  test('comes back to a short delay when the path gets calm', () => {
    const random = new SeededRandom(1);
    const buffer = audio();
    play(buffer, 1_000, (i) => 50 + random.unit() * (i < 500 ? 200 : 2));
    expect(buffer.delayMs).toBeLessThan(40);
    expect(buffer.counters.compressedMs).toBeGreaterThan(100);
    expect(Math.abs(buffer.playbackRate - 1)).toBeLessThanOrEqual(0.1);
  });

  test('plays audio later after it has run dry, so that what follows is in time', () => {
    const buffer = audio();
    const played = play(buffer, 300, (i) => (i < 100 ? 20 : 120));
    expect(played.length).toBe(300);
    expect(buffer.counters.late).toBe(0);
  });

  test('keeps the delay that the application or the sender asks for', () => {
    const wished = audio();
    wished.wantedDelayMs = 300;
    expect(play(wished, 100, () => 0)[99]!.at).toBeCloseTo(99 * 20 + 300);
    const low = new JitterBuffer<number>({ kind: 'video', clockRate: 48_000 });
    low.maxDelayMs = 0;
    expect(play(low, 100, () => 5)[99]!.at).toBeCloseTo(99 * 20 + 5);
    const limited = audio();
    limited.wantedDelayMs = 300;
    limited.maxDelayMs = 100;
    expect(play(limited, 100, () => 0)[99]!.at).toBeCloseTo(99 * 20 + 100);
  });

  test('begins anew where the media time jumps', () => {
    const buffer = audio();
    buffer.insert(0, 0, 0);
    buffer.insert(20, 960, 1);
    buffer.insert(40, 900_000_000, 2);
    expect(buffer.size).toBe(1);
    expect(buffer.deadline).toBeLessThan(100);
  });

  test('throws the oldest away when nobody takes', () => {
    const buffer = new JitterBuffer<number>({ kind: 'audio', clockRate: 48_000, maxItems: 10 });
    for (let i = 0; i < 15; i++) buffer.insert(i * 20, i * 960, i);
    expect([buffer.size, buffer.counters.overflowed]).toEqual([10, 5]);
    expect(buffer.take(10_000)).toBe(5);
  });
});

test('delays are measured against the fastest of the last two seconds', () => {
  const delays = new ArrivalDelays(0.95);
  for (let i = 0; i < 500; i++) delays.add(i * 20 + 30, i * 20);
  expect([delays.shortestOffset, delays.delayMs]).toEqual([30, 10]);
  for (let i = 500; i < 1_000; i++) delays.add(i * 20 + 80, i * 20);
  expect([delays.shortestOffset, delays.delayMs]).toEqual([80, 10]);
});

test('sound and picture come in step, whichever was ahead', () => {
  for (const [audioMs, videoMs] of [
    [40, 250],
    [300, 60],
  ] as const) {
    const sync = new LipSync();
    let audioNow: number = audioMs;
    let videoNow: number = videoMs;
    for (let i = 0; i < 20; i++) {
      sync.update(audioNow, videoNow, audioNow, videoNow);
      audioNow = Math.max(audioMs, sync.audioDelayMs);
      videoNow = Math.max(videoMs, sync.videoDelayMs);
    }
    expect(Math.abs(audioNow - videoNow)).toBeLessThan(10);
    expect(Math.max(audioNow, videoNow)).toBeLessThanOrEqual(Math.max(audioMs, videoMs) + 5);
  }
});

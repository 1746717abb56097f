import { describe, expect, test } from 'vitest';
import { CaptureTimes, CaptureTimeTeller } from './capture-times.js';

const CLOCK = 90_000;
const FRAME_MS = 40;
const START = 3_900_000_000_000;

/** How often pictures tell in `durationMs`, each captured `jitterMs(count)` late. */
function told(durationMs: number, jitterMs: (count: number) => number = () => 0): number {
  const teller = new CaptureTimeTeller();
  let times = 0;
  for (let count = 0; count * FRAME_MS < durationMs; count++) {
    const rtpTimestamp = (0xffff_f000 + count * FRAME_MS * 90) >>> 0;
    if (teller.tells(count * FRAME_MS, rtpTimestamp, CLOCK, START + count * FRAME_MS + jitterMs(count), 0)) times += 1;
  }
  return times;
}

describe('a sender of capture times', () => {
  test('tells once a second, also over the wrap of the timestamps', () => {
    expect(told(10_000)).toBe(10);
  });

  test('does not tell for the sake of a timer that trembles', () => {
    expect(told(10_000, (count) => (count % 2) * 4)).toBe(10);
  });

  test('tells at once when the capture clock jumps', () => {
    expect(told(1_000, (count) => (count < 5 ? 0 : 300))).toBe(2);
  });

  test('tells at once when the offset of the clocks is another, or is known at last', () => {
    const teller = new CaptureTimeTeller();
    const tells = (offsetMs: number | undefined): boolean => teller.tells(0, 0, CLOCK, START, offsetMs);
    expect([undefined, undefined, 0, 1, 100].map(tells)).toEqual([true, false, true, false, true]);
  });
});

describe('a receiver of capture times', () => {
  const time = { captureNtpMs: START, captureClockOffsetMs: -3 };

  test('counts on from what was told, forwards and back, over the wrap', () => {
    const times = new CaptureTimes();
    times.tell(0, 7, 0xffff_ff00, time);
    expect(times.at(0, (0xffff_ff00 + 9_000) >>> 0, CLOCK)).toEqual({ captureNtpMs: START + 100, captureClockOffsetMs: -3 });
    expect(times.at(0, 0xffff_ff00 - 900, CLOCK)?.captureNtpMs).toBe(START - 10);
  });

  test('stops after five seconds without news', () => {
    const times = new CaptureTimes();
    expect(times.at(0, 0, CLOCK)).toBeUndefined();
    times.tell(0, 7, 0, time);
    expect(times.at(5_000, 450_000, CLOCK)).toBeDefined();
    expect(times.at(5_001, 450_000, CLOCK)).toBeUndefined();
  });

  test('does not count on for somebody else, whom a mixer puts in front', () => {
    const times = new CaptureTimes();
    times.tell(0, 7, 0, time);
    times.heard(7);
    expect(times.at(0, 0, CLOCK)).toBeDefined();
    times.heard(8);
    expect(times.at(0, 0, CLOCK)).toBeUndefined();
  });
});

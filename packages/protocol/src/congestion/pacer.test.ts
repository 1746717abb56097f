import { describe, expect, test } from 'vitest';
import { Pacer } from './pacer.js';

/** What leaves until `end`, and when, if the owner comes at every deadline. */
function drain(
  pacer: Pacer,
  from: number,
  end: number,
): { at: number; kind: string; bytes: number; probe: number; packet: number }[] {
  const left: { at: number; kind: string; bytes: number; probe: number; packet: number }[] = [];
  for (let now = from; now <= end; now = Math.max(pacer.deadline, now)) {
    let steps = 0;
    while (pacer.take(now)) {
      if (pacer.kind === 'padding') pacer.padded(pacer.bytes);
      left.push({ at: now, kind: pacer.kind, bytes: pacer.bytes, probe: pacer.probe, packet: pacer.packet });
      if (steps++ > 10_000) throw new Error('no end');
    }
    if (pacer.deadline === Infinity) break;
    if (pacer.deadline <= now) throw new Error(`waits for ${pacer.deadline} at ${now}, and gives nothing`);
  }
  return left;
}

describe('the pacer', () => {
  test('waits for nothing while nothing waits', () => {
    const pacer = new Pacer(1_000_000);
    expect([pacer.take(0), pacer.deadline]).toEqual([false, Infinity]);
  });

  test('sends at its rate', () => {
    const pacer = new Pacer(1_200_000, 10_000);
    for (let i = 0; i < 100; i++) pacer.queue(0, 'video', 1, i, 1_000);
    const left = drain(pacer, 0, 10_000);
    expect(left.map(({ packet }) => packet)).toEqual(Array.from({ length: 100 }, (_, i) => i));
    expect(left.at(-1)!.at).toBeGreaterThan(640);
    expect(left.at(-1)!.at).toBeLessThan(680);
  });

  test('sends bursts of 5 ms and ten packets at most', () => {
    const pacer = new Pacer(100_000_000, 10_000);
    for (let i = 0; i < 100; i++) pacer.queue(0, 'video', 1, i, 1_200);
    const sizes = new Map<number, number>();
    for (const { at } of drain(pacer, 0, 1_000)) sizes.set(at, (sizes.get(at) ?? 0) + 1);
    expect([...sizes.values()]).toEqual(new Array(10).fill(10));
    const slow = new Pacer(2_000_000, 10_000);
    for (let i = 0; i < 10; i++) slow.queue(0, 'video', 1, i, 1_200);
    const at = drain(slow, 0, 1_000).map((one) => one.at);
    expect(at[1]).toBe(0);
    expect(at[2]).toBeGreaterThan(9);
  });

  test('rests after ten packets that were late, also while more are: it waits for no instant that has come', () => {
    const pacer = new Pacer(3_000_000, 10_000);
    pacer.queue(0, 'video', 1, 0, 100);
    expect(pacer.take(0)).toBe(true);
    for (let i = 1; i < 40; i++) pacer.queue(15, 'video', 1, i, 100);
    const left = drain(pacer, 30, 1_000);
    expect(left.filter(({ at }) => at === 30)).toHaveLength(10);
    expect(left.filter(({ at }) => at === 31)).toHaveLength(10);
    expect(left).toHaveLength(39);
  });

  test('sends audio at once, then what is sent again, then video', () => {
    const pacer = new Pacer(100_000);
    for (let i = 0; i < 3; i++) pacer.queue(0, 'video', 1, i, 1_000);
    pacer.queue(0, 'retransmission', 1, 9, 1_000);
    pacer.queue(0, 'audio', 2, 5, 100);
    const left = drain(pacer, 0, 1_000);
    expect(left.map(({ kind }) => kind)).toEqual(['audio', 'retransmission', 'video', 'video', 'video']);
    pacer.queue(500, 'video', 1, 0, 1_000);
    pacer.queue(500, 'video', 1, 1, 1_000);
    while (pacer.take(500)) {}
    pacer.queue(501, 'audio', 2, 6, 100);
    expect(pacer.deadline).toBe(501);
    expect(pacer.take(501)).toBe(true);
    expect(pacer.kind).toBe('audio');
  });

  test('lets nothing wait longer than its bound, by exceeding the rate', () => {
    const pacer = new Pacer(100_000, 500);
    for (let i = 0; i < 100; i++) pacer.queue(0, 'video', 1, i, 1_000);
    expect(pacer.queueMs).toBe(8_000);
    expect(drain(pacer, 0, 10_000).at(-1)!.at).toBeLessThan(520);
  });

  test('makes up for a timer that is a little late, not for a pause', () => {
    const pacer = new Pacer(8_000_000, 10_000);
    for (let i = 0; i < 100; i++) pacer.queue(0, 'video', 1, i, 1_000);
    const countAt = (now: number): number => {
      let count = 0;
      while (pacer.take(now)) count += 1;
      return count;
    };
    expect(countAt(0)).toBe(5);
    expect(countAt(8)).toBe(8);
    expect(countAt(500)).toBeLessThanOrEqual(10);
  });

  test('pads up to the rate that is to flow at least, whatever has left before that was asked for', () => {
    const pacer = new Pacer(2_000_000);
    for (let i = 0; i < 1_000; i++) pacer.queue(0, 'video', 1, i, 1_000);
    drain(pacer, 0, 4_000);
    pacer.canPad = true;
    pacer.setRates(10_000, 2_000_000, 400_000);
    const padding = drain(pacer, 10_000, 11_000).reduce((sum, { bytes }) => sum + bytes, 0);
    expect(padding * 8).toBeGreaterThan(390_000);
    expect(padding * 8).toBeLessThan(410_000);
    for (let i = 0; i < 100; i++) pacer.queue(11_000, 'video', 1, i, 500); // as much by itself for that second
    const after = drain(pacer, 11_000, 12_000).filter(({ kind }) => kind === 'padding');
    expect(after.reduce((sum, { bytes }) => sum + bytes, 0) * 8).toBeLessThan(250_000);
  });

  test('sends a probe at its own rate, of media and padding', () => {
    const pacer = new Pacer(300_000);
    pacer.canPad = true;
    pacer.queue(0, 'video', 1, 0, 1_000);
    pacer.startProbe(0, 7, 4_000_000);
    const left = drain(pacer, 0, 100);
    expect(left.every(({ probe }) => probe === 7)).toBe(true);
    expect(left.map(({ kind }) => kind)).toEqual(['video', 'padding', 'padding', 'padding', 'padding', 'padding', 'padding']);
    const bytes = left.reduce((sum, one) => sum + one.bytes, 0);
    expect(bytes).toBeGreaterThanOrEqual(7_500);
    expect(((bytes - 1_200) * 8_000) / left.at(-1)!.at).toBeCloseTo(4_000_000, -5);
  });

  test('gives a probe up for which there is nothing to send', () => {
    const pacer = new Pacer(300_000);
    pacer.startProbe(0, 7, 4_000_000);
    expect([pacer.take(0), pacer.deadline]).toEqual([false, Infinity]);
    pacer.queue(2_000, 'video', 1, 0, 1_000);
    expect([pacer.take(2_000), pacer.probe]).toEqual([true, 0]);
  });

  test('pads up to the rate that is to flow', () => {
    const pacer = new Pacer(300_000);
    pacer.canPad = true;
    pacer.setRates(0, 300_000, 96_000);
    const bytes = drain(pacer, 0, 1_000).reduce((sum, one) => sum + one.bytes, 0);
    expect(bytes * 8).toBeCloseTo(96_000, -4);
    pacer.padded(0);
    expect(pacer.deadline).toBe(Infinity);
  });

  test('sends a tenth, and all audio, while too much is on its way', () => {
    const pacer = new Pacer(960_000, 60_000);
    pacer.isCongested = true;
    for (let i = 0; i < 100; i++) pacer.queue(0, 'video', 1, i, 1_200);
    expect(drain(pacer, 0, 1_000).length).toBeLessThan(13);
    pacer.queue(1_000, 'audio', 1, 0, 100);
    expect([pacer.take(1_000), pacer.kind]).toEqual([true, 'audio']);
  });

  test('forgets pictures that a newer one makes useless, and nothing else', () => {
    const pacer = new Pacer(1_000_000);
    for (const packet of [5, 6, 7]) pacer.queue(0, 'video', 1, packet, 1_000);
    pacer.queue(0, 'video', 2, 9, 1_000);
    pacer.queue(0, 'retransmission', 1, 4, 1_000);
    pacer.queue(0, 'retransmission', 2, 8, 1_000);
    pacer.forgetVideo(1, 6);
    expect([pacer.queuedPackets, pacer.queuedBytes]).toEqual([3, 3_000]);
  });

  test('forgets what waits of a stream that has ended, and keeps the order of the rest', () => {
    const pacer = new Pacer(1_000_000_000, 60_000);
    for (let i = 0; i < 600; i++) pacer.queue(0, 'video', i % 2, i, 100);
    pacer.forget(1);
    expect([pacer.queuedPackets, pacer.queuedBytes]).toEqual([300, 30_000]);
    expect(drain(pacer, 0, 1_000).map(({ packet }) => packet)).toEqual(Array.from({ length: 300 }, (_, i) => 2 * i));
  });
});

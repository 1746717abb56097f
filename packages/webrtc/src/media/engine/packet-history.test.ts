import { expect, test } from 'vitest';
import { PacketHistory } from './packet-history.js';

function write(history: PacketHistory, packets: number, now = 0): void {
  for (let i = 0; i < packets; i++) {
    expect(history.begin()).toBeGreaterThanOrEqual(0);
    history.commit(now, 100, 80);
  }
}

test('takes no memory before the first packet, and none after it was released', () => {
  const history = new PacketHistory(10, 1_000);
  expect(history.slab.length).toBe(0);
  write(history, 1);
  expect(history.slab.length).toBeGreaterThan(0);
  history.release();
  expect(history.slab.length).toBe(0);
});

test('goes on after a release with the number that was not sent', () => {
  const history = new PacketHistory(65_534, 1_000);
  write(history, 5);
  for (let count = 0; count < 3; count++) expect(history.send(0, count)).toBe(true);
  history.release();
  expect(history.nextSequence).toBe(1); // 65534, 65535 and 0 are gone
  expect(history.resend(10, 65_535, 0, 3)).toBe(-1);
  expect(history.newestSent).toBe(-1);
  write(history, 100);
  for (let count = 3; count < 103; count++) expect(history.send(20, count)).toBe(true);
  expect(history.resend(30, 1, 0, 3)).toBe(3);
});

test('keeps what may be asked for, and grows for it', () => {
  const history = new PacketHistory(0, 1_000);
  write(history, 300);
  for (let count = 0; count < 300; count++) history.send(count, count);
  expect(history.has(0)).toBe(true);
  expect(history.resend(400, 5, 0, 1)).toBe(5);
  expect(history.resend(900, 5, 0, 1)).toBe(-1); // once was all
});

test('has a stage for the frame that is being cut, and moves what it keeps for it', () => {
  const history = new PacketHistory(0, 1_000);
  const small = new Uint8Array(100).fill(1);
  history.stage(small);
  for (let i = 0; i < 80; i++) {
    const at = history.begin();
    history.slab[at] = i;
    history.commit(0, 100, 80);
  }
  expect(history.slab.subarray(0, 100)).toEqual(small);
  history.stage(new Uint8Array(50_000).fill(2));
  expect(history.slab[49_999]).toBe(2);
  for (let count = 0; count < 80; count++) expect(history.slab[history.offsetOf(count)]).toBe(count);
  history.release();
  expect(history.slab.length).toBe(0);
});

test('sends again what was lost, a round trip apart, and what was lost twice sooner', () => {
  const history = new PacketHistory(0, 1_000);
  write(history, 1);
  history.send(0, 0);
  const at = (now: number) => history.resend(now, 0, 100, 4, 50);
  expect([10, 60, 110, 150, 160, 200, 210, 300].map(at)).toEqual([0, -1, 0, -1, 0, -1, 0, -1]);
});

test('forgets pictures of which nothing was sent, and goes on with their numbers', () => {
  const history = new PacketHistory(100, 1_000);
  const picture = (packets: number): void => {
    for (let i = 0; i < packets; i++) {
      history.slab[history.begin() + 1] = i === packets - 1 ? 0x80 : 0; // the marker
      history.commit(0, 100, 80);
    }
  };
  for (const packets of [3, 2, 4]) picture(packets);
  history.send(0, 0);
  expect(history.forgetUnsent()).toBe(2); // the first has begun to leave
  expect([history.nextCount, history.nextSequence]).toEqual([3, 103]);
  picture(2);
  expect([1, 2, 3, 4, 5].map((count) => history.send(0, count))).toEqual([true, true, true, true, false]);
  expect(history.forgetUnsent()).toBe(0);
});

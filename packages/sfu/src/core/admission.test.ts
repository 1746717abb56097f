import { describe, expect, test } from 'vitest';
import { EncodingCap } from './encoding-cap.js';
import { IngressBudget } from './ingress-budget.js';
import { Hall } from './testing/hall.js';
import { EXTENSIONS } from './testing/test-publisher.js';

describe('what is refused, with its reason and nothing changed', () => {
  const codes = (...results: readonly object[]) => results.map((result) => ('code' in result ? result.code : 'taken'));
  const join = (hall: Hall, id: string) => hall.session.join({ id, extensions: EXTENSIONS });

  test('seats: one too many in the session, one too many in all, one that is taken', () => {
    const small = new Hall(1, { participants: 2 });
    expect(codes(join(small, 'a'), join(small, 'a'), join(small, 'b'), join(small, 'c'))).toEqual([
      'taken',
      'media/name-taken',
      'taken',
      'media/session-full',
    ]);
    const full = new Hall(1, { participantsInAll: 2 });
    const other = full.router.openSession('other');
    expect(codes(join(full, 'a'), other.join({ id: 'a', extensions: {} }), join(full, 'c'))).toEqual([
      'taken',
      'taken',
      'media/overload',
    ]);
    full.session.participants.get('a')?.leave();
    expect(codes(join(full, 'c'))).toEqual(['taken']);
  });

  test('tracks, layers, slots and subscriptions beyond what one may have', () => {
    const hall = new Hall(2, { tracks: 2, encodings: 2, slots: 1, subscriptions: 1 });
    const ada = join(hall, 'ada');
    const ben = join(hall, 'ben');
    if ('code' in ada || 'code' in ben) throw new Error('refused');
    const codecs = [{ name: 'vp8', payloadType: 96, clockRate: 90_000 }];
    const track = (id: string, encodings: number) =>
      ada.publish(0, {
        id,
        kind: 'video',
        content: 'camera',
        mid: id,
        codecs,
        encodings: Array.from({ length: encodings }, () => ({})),
      });
    const slot = (mid: string) => ben.addSlot(0, { mid, kind: 'video', ssrc: 1, codecs });
    const first = track('a', 1);
    expect(codes(first, track('a', 1), track('b', 3), track('b', 0), track('b', 2), track('c', 1))).toEqual([
      'taken',
      'media/name-taken',
      'media/too-many-layers',
      'media/too-many-layers',
      'taken',
      'media/too-many-tracks',
    ]);
    expect(codes(slot('0'), slot('1'))).toEqual(['taken', 'media/too-many-slots']);
    const [a, b] = [...hall.session.tracks.values()];
    expect(codes(ben.subscribe(0, a!), ben.subscribe(0, a!), ben.subscribe(0, b!))).toEqual([
      'taken',
      'taken',
      'media/too-many-subscriptions',
    ]);
  });
});

test('S-56 a budget lets through what it says, and half a second of it at once', () => {
  const budget = new IngressBudget(800_000, 1_000);
  let taken = 0;
  for (let now = 0; now < 10_000; now++) for (let i = 0; i < 2; i++) if (budget.take(now, 100)) taken += 1;
  expect(taken).toBeGreaterThan(9_900);
  expect(taken).toBeLessThan(10_600);
  expect(budget.isOver(10_000)).toBe(true);
  expect(budget.isOver(13_000)).toBe(false);
});

test('S-56 of a budget that is not enough, what matters more gets all that it needs', () => {
  const budget = new IngressBudget(800_000, 5_000);
  const taken = { voice: 0, picture: 0 };
  for (let now = 0; now < 10_000; now++) {
    if (budget.take(now, 20)) taken.voice += 1;
    for (let i = 0; i < 3; i++) if (budget.take(now, 200, 0.5)) taken.picture += 1;
  }
  expect(taken.voice).toBe(10_000);
  expect(taken.picture).toBeGreaterThan(3_500);
});

test('a cap falls one encoding at a time and not faster than key frames come, and rises when all has been well for long', () => {
  const cap = new EncodingCap();
  expect(cap.over(0, 2)).toBe(true);
  expect(cap.highest).toBe(1);
  expect(cap.over(100, 1)).toBe(false);
  expect(cap.over(600, 1)).toBe(true);
  expect(cap.highest).toBe(0);
  expect(cap.over(1_200, 0)).toBe(false);
  expect(cap.advance(10_000, 3)).toBe(false);
  expect(cap.advance(11_300, 3)).toBe(true);
  expect(cap.highest).toBe(1);
  expect(cap.advance(21_400, 3)).toBe(true);
  expect(cap.highest).toBe(Number.POSITIVE_INFINITY);
});

test('what was too much as soon as it was tried is tried again ever later', () => {
  const cap = new EncodingCap();
  const raisedAt: number[] = [];
  let beganAt = Number.NaN;
  for (let now = 0; now < 200_000; now += 200) {
    const isSent = cap.highest > 1;
    if (isSent && Number.isNaN(beganAt)) beganAt = now;
    if (isSent && now - beganAt >= 400 && cap.over(now, 2)) beganAt = Number.NaN;
    if (cap.advance(now, 3)) raisedAt.push(now);
  }
  const waits = raisedAt.slice(1).map((at, i) => at - raisedAt[i]!);
  expect(raisedAt.length).toBeLessThanOrEqual(5);
  for (const [i, wait] of waits.entries()) expect(wait).toBeGreaterThan(i === 0 ? 19_000 : 1.8 * waits[i - 1]!);
});

import { expect, test } from 'vitest';
import { payload, TwoEnds } from './testing/two-ends.js';

const BINARY = 53;

/** How long answers to messages of a few bytes take, one every so often; the shortest first. */
function answers(link: { readonly delayMs: number; readonly loss: number }, everyMs: number, count: number) {
  const ends = new TwoEnds({ link, seed: 3 }).connected();
  const { a, b } = ends;
  const tookMs: number[] = [];
  const sentAt: number[] = [];
  b.onMessage = ({ bytes }) => b.association.send(ends.now, 1, BINARY, bytes);
  a.onMessage = ({ at }) => tookMs.push(at - sentAt[tookMs.length]!); // they come in order
  const before = a.transmitted + b.transmitted;
  for (let i = 0; i < count; i++) {
    sentAt.push(ends.now);
    a.association.send(ends.now, 1, BINARY, payload(64, i));
    ends.run(everyMs);
  }
  ends.run(30_000);
  tookMs.sort((x, y) => x - y);
  const share = (one: number) => tookMs[Math.floor(one * (tookMs.length - 1))]!;
  return { tookMs, share, packets: (a.transmitted + b.transmitted - before) / count };
}

test.each([
  { roundTripMs: 20, everyMs: 200, p99: 120, p999: 260 }, // 459 and 660 before losses were remembered
  { roundTripMs: 20, everyMs: 1_000, p99: 130, p999: 600 }, // 460 and 939
  { roundTripMs: 50, everyMs: 1_000, p99: 260, p999: 700 }, // 520 and 1,020
])(
  'R-04 small messages, each $everyMs ms, where one packet of twenty is lost both ways and $roundTripMs ms are there and back, are answered within $p99 ms, but for one of a hundred',
  ({ roundTripMs, everyMs, p99, p999 }) => {
    const { tookMs, share } = answers({ delayMs: roundTripMs / 2, loss: 0.05 }, everyMs, 5_000);
    expect(tookMs.length).toBe(5_000);
    expect(share(0.5)).toBeLessThan(roundTripMs + 5);
    expect(share(0.99)).toBeLessThan(p99);
    expect(share(0.999)).toBeLessThan(p999);
  },
);

test('where nothing is lost, nothing is asked for at once, and nothing sent twice', () => {
  const { packets } = answers({ delayMs: 10, loss: 0 }, 50, 1_000);
  expect(packets).toBeLessThanOrEqual(3.1); // a message, its answer with the SACK, a SACK
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { WholeStream } from './layers/whole-stream.js';
import { Segment } from './segment.js';
import type { SourceStream } from './source-stream.js';
import { Hall } from './testing/hall.js';

function someSource(): SourceStream {
  const hall = new Hall(1);
  const alice = hall.addPublisher('alice', { codec: 'vp8' });
  hall.run(100);
  return alice.video.sources[0]!;
}
const SOURCE = someSource();

test('numbers go on without a gap where packets were kept back, and with one where they are still to come', () => {
  const segment = new Segment(SOURCE, new WholeStream(), 100, 7);
  expect(segment.forward(100)).toBe(7);
  segment.drop(101);
  expect(segment.forward(102)).toBe(8);
  expect(segment.gapBefore(105)).toBe(2);
  expect(segment.forward(105)).toBe(11);
  expect(segment.late(103)).toBe(9);
  expect(segment.late(104)).toBe(10);
  expect(segment.late(101)).toBe(-1);
  expect(segment.late(99)).toBe(-1);
  segment.last = 9;
  expect(segment.late(104)).toBe(-1);
});

test('whatever order packets come in and whichever are kept back, no number is given twice', () => {
  const packets = fc.array(fc.record({ lag: fc.nat(6), isKept: fc.boolean() }), { maxLength: 300 });
  fc.assert(
    fc.property(packets, (list) => {
      const order = list.map(({ lag }, i) => ({ i, at: i + lag })).sort((a, b) => a.at - b.at || a.i - b.i);
      const segment = new Segment(SOURCE, new WholeStream(), 0, 0);
      const given = new Map<number, number>();
      for (const { i } of order) {
        const isNewest = i > segment.highest;
        if (isNewest && list[i]!.isKept) segment.drop(i);
        else {
          const outgoing = isNewest ? segment.forward(i) : segment.late(i);
          if (outgoing < 0) continue;
          expect(given.has(outgoing)).toBe(false);
          given.set(outgoing, i);
        }
      }
      // And their order is that of the source.
      const inOrder = [...given].sort(([a], [b]) => a - b).map(([, source]) => source);
      expect(inOrder).toEqual([...inOrder].sort((a, b) => a - b));
    }),
  );
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EventStreamParser } from './event-stream.js';

test('events are read however the stream is cut and whatever ends its lines', () => {
  const ends = fc.constantFrom('\n', '\r\n');
  fc.assert(
    fc.property(
      fc.array(fc.jsonValue(), { maxLength: 8 }),
      ends,
      fc.array(fc.nat(20), { maxLength: 60 }),
      (values, end, cuts) => {
        const text = values.map((value) => `: comment${end}id: 7${end}data: ${JSON.stringify(value)}${end}${end}`).join('');
        const parser = new EventStreamParser();
        const events: string[] = [];
        let at = 0;
        for (const cut of [...cuts, text.length]) {
          events.push(...parser.push(text.slice(at, at + cut)));
          at += cut;
        }
        expect(events).toEqual(values.map((value) => JSON.stringify(value)));
      },
    ),
  );
});

test('data of several lines is one event', () => {
  expect(new EventStreamParser().push('data: {\ndata: }\n\n')).toEqual(['{\n}']);
});

test('an event without end is noticed', () => {
  const parser = new EventStreamParser();
  for (let i = 0; i < 20; i += 1) parser.push('x'.repeat(20_000));
  expect(parser.overflowed).toBe(true);
});

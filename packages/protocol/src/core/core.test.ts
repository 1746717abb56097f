import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NEVER, OutputQueue, type Path, SeededRandom, TimerTable } from './index.js';

const path: Path = { localAddress: '10.0.0.1', localPort: 1, remoteAddress: '10.0.0.2', remotePort: 2 };

describe('the output queue', () => {
  test('delivers in order, also what a delivery adds, and leaves nested drains to the outer one', () => {
    const queue = new OutputQueue<string>(16);
    const seen: string[] = [];
    const outputs = {
      transmit: (bytes: Uint8Array) => seen.push(`bytes ${[...bytes]}`),
      event(event: string) {
        seen.push(event);
        if (event === 'first') {
          queue.event('added');
          queue.drain(outputs);
          seen.push('after nested drain');
        }
      },
    };
    queue.event('first');
    queue.transmit(Uint8Array.of(1, 2), path);
    queue.drain(outputs);
    expect(seen).toEqual(['first', 'after nested drain', 'bytes 1,2', 'added']);
    expect(queue.isEmpty).toBe(true);
  });

  test('copies what it is given and grows for a datagram above its MTU', () => {
    const queue = new OutputQueue<never>(2);
    const lent = Uint8Array.of(1, 2, 3);
    queue.transmit(lent, path);
    lent.fill(0xdb);
    queue.drain({ transmit: (bytes) => expect([...bytes]).toEqual([1, 2, 3]), event() {} });
  });

  test('keeps the rest when a listener throws', () => {
    const queue = new OutputQueue<string>(2);
    queue.event('bad');
    queue.event('good');
    const seen: string[] = [];
    const event = (name: string): void => {
      if (name === 'bad') throw new Error('listener');
      seen.push(name);
    };
    expect(() => queue.drain({ transmit() {}, event })).toThrow('listener');
    queue.drain({ transmit() {}, event });
    expect(seen).toEqual(['good']);
  });
});

describe('the timer table', () => {
  test('a due slot runs once, and the earliest one is the deadline', () => {
    const timers = new TimerTable({ pacing: 0, expiry: 1 });
    expect(timers.next).toBe(NEVER);
    timers.set(0, 20);
    timers.set(1, 10);
    expect(timers.next).toBe(10);
    expect(timers.take(1, 9)).toBe(false);
    expect(timers.take(1, 10)).toBe(true);
    expect(timers.take(1, 11)).toBe(false);
    expect(timers.next).toBe(20);
  });
});

test('one seed gives one sequence, and its fractions stay in [0, 1)', () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const [a, b] = [new SeededRandom(seed), new SeededRandom(seed)];
      for (let i = 0; i < 32; i++) expect(a.uint32()).toBe(b.uint32());
      const fraction = a.unit();
      expect(fraction >= 0 && fraction < 1).toBe(true);
    }),
  );
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DeadlineQueue } from './deadline-queue.js';

test('whatever is set, replaced and cancelled, what is due comes out in order and once', () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('set' as const), key: fc.nat(20), at: fc.nat(1_000) }),
    fc.record({ kind: fc.constant('cancel' as const), key: fc.nat(20) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const queue = new DeadlineQueue();
      const model = new Map<string, number>();
      for (const action of steps) {
        const key = String(action.key);
        if (action.kind === 'set') {
          queue.set(key, action.at);
          model.set(key, action.at);
        } else {
          queue.cancel(key);
          model.delete(key);
        }
        expect(queue.next).toBe(Math.min(Infinity, ...model.values()));
      }
      const taken: number[] = [];
      for (let key = queue.take(Infinity); key !== undefined; key = queue.take(Infinity)) taken.push(model.get(key)!);
      expect(taken).toEqual([...model.values()].sort((a, b) => a - b));
    }),
  );
});

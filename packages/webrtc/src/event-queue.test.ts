import { expect, test } from 'vitest';
import { EventQueue } from './event-queue.js';

test('promises settled by one task have run their reactions, however long the chain, before the next task', async () => {
  const queue = new EventQueue();
  const seen: string[] = [];
  let settle = (): void => {};
  const waiter = new Promise<void>((resolve) => (settle = resolve));
  const outer = async (): Promise<void> => {
    await (async () => waiter)();
    await Promise.resolve();
    seen.push('reaction');
  };
  void outer();
  queue.push(() => {
    seen.push('first');
    settle();
  });
  await new Promise<void>((done) => {
    queue.push(() => {
      seen.push('second');
      done();
    });
    seen.push('pushed');
  });
  expect(seen).toEqual(['pushed', 'first', 'reaction', 'second']);
});

test('in a burst as well, reactions come before the next task, and what is pushed meanwhile comes last', async () => {
  const queue = new EventQueue();
  const seen: string[] = [];
  const total = 100;
  const deep = async (): Promise<void> => {
    await (async () => Promise.resolve())();
    await Promise.resolve();
  };
  await new Promise<void>((done) => {
    for (let number = 0; number < total; number++) {
      queue.push(() => {
        seen.push(`task ${number}`);
        if (number === 50) queue.push(done);
        void deep().then(() => seen.push(`reaction ${number}`));
      });
    }
  });
  expect(seen).toEqual(Array.from({ length: total }, (_, number) => [`task ${number}`, `reaction ${number}`]).flat());
});

test('a burst that is forgotten in its midst runs nothing, and the queue goes on', async () => {
  const queue = new EventQueue();
  const seen: number[] = [];
  await new Promise<void>((done) => {
    for (let number = 0; number < 100; number++) {
      queue.push(() => {
        seen.push(number);
        if (number !== 40) return;
        queue.clear();
        queue.push(done);
      });
    }
  });
  expect(seen).toEqual(Array.from({ length: 41 }, (_, number) => number));
});

test('tasks that were forgotten do not run', async () => {
  const queue = new EventQueue();
  let hasRun = false;
  queue.push(() => {
    hasRun = true;
  });
  queue.clear();
  await new Promise<void>((done) => queue.push(done));
  expect(hasRun).toBe(false);
});

test('a queue that never gets empty runs everything in order and lets go of what has run', async () => {
  const queue = new EventQueue();
  const seen: number[] = [];
  const total = 10_000;
  const held = Reflect.get(queue, 'tasks') as readonly unknown[];
  let mostHeld = 0;
  await new Promise<void>((done) => {
    const add = (number: number): void =>
      queue.push(() => {
        seen.push(number);
        mostHeld = Math.max(mostHeld, held.length);
        if (number + 2 < total) add(number + 2);
        if (number === total - 1) done();
      });
    add(0);
    add(1);
  });
  expect(seen).toEqual(Array.from({ length: total }, (_, number) => number));
  expect(mostHeld).toBeLessThan(2_100);
});

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

test('a task that throws does not hold up those behind it', async () => {
  const queue = new EventQueue();
  const thrown = new Promise((resolve) => process.once('uncaughtException', resolve));
  const listeners = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException');
  process.once('uncaughtException', (error) => {
    for (const listener of listeners) process.on('uncaughtException', listener);
    process.emit('uncaughtException', error);
  });
  void thrown;
  const ran = new Promise<void>((resolve) => {
    queue.push(() => resolve());
  });
  await ran;
});

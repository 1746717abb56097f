import { expect, test } from 'vitest';
import { Emitter } from './emitter.js';

class Bell extends Emitter<{ rang: { times: number } }> {
  ring(times: number): void {
    this.emit('rang', { times });
  }
}

test('listeners hear in order until they are taken off', () => {
  const bell = new Bell();
  const heard: string[] = [];
  const off = bell.on('rang', ({ times }) => heard.push(`a${times}`));
  bell.on('rang', ({ times }) => heard.push(`b${times}`));
  bell.once('rang', ({ times }) => heard.push(`once${times}`));
  bell.ring(1);
  off();
  bell.ring(2);
  expect(heard).toEqual(['a1', 'b1', 'once1', 'b2']);
});

test('one function may listen twice and be taken off once', () => {
  const bell = new Bell();
  let heard = 0;
  const listener = (): number => (heard += 1);
  bell.on('rang', listener)();
  bell.on('rang', listener);
  bell.ring(1);
  expect(heard).toBe(1);
});

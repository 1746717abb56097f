import { expect, test } from 'vitest';
import { type X25519Key, X25519Stock } from './x25519-stock.js';

test('nothing is made ahead before the first key; then a few are, one a turn, and none is given out twice', () => {
  const turns: (() => void)[] = [];
  const stock = new X25519Stock((task) => void turns.push(task));
  expect(turns).toHaveLength(0);
  const given: X25519Key[] = [stock.take()];
  let made = 0;
  for (let turn = turns.shift(); turn; turn = turns.shift()) {
    turn();
    made += 1;
  }
  expect(made).toBe(4);
  for (let i = 0; i < 6; i++) given.push(stock.take());
  expect(new Set(given.map(({ publicKey }) => publicKey.join())).size).toBe(7);
  expect(turns).toHaveLength(1);
});

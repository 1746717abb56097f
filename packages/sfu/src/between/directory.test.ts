import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { CheckBudget } from './check-budget.js';
import { Directory, directoryMemory } from './directory.js';

const open = (): Directory => new Directory(directoryMemory([0x1234_5678, 0x9abc_def0]));

test('a key has one owner at a time: the last that claimed it', () => {
  const directory = open();
  const key = directory.keyOfUfrag('aBcD');
  expect(directory.ownerOf(key)).toBe(-1);
  directory.claim(key, 2);
  expect(directory.ownerOf(key)).toBe(2);
  directory.claim(key, 0);
  directory.release(key, 2); // too late: it is another's
  expect(directory.ownerOf(key)).toBe(0);
  directory.release(key, 0);
  expect(directory.ownerOf(key)).toBe(-1);
});

test('addresses are told apart by our end, by each of their words and by their port', () => {
  const directory = open();
  const words = [0, 1, 0, 0xffff, 0x0a00_0001, 5_000] as const;
  const keys = new Set<number>();
  for (let i = 0; i < words.length; i++) {
    const other = words.map((word, at) => (at === i ? word + 7 : word)) as unknown as typeof words;
    keys.add(directory.keyOfAddress(...other));
  }
  expect(keys.add(directory.keyOfAddress(...words)).size).toBe(words.length + 1);
});

test('what thousands hold is found, nothing else is, and nothing of a worker that died', () => {
  const directory = open();
  const keyOf = (host: number): number => directory.keyOfAddress(0, 0, 0, 0xffff, host, 4_000 + (host & 0xff));
  for (let host = 0; host < 32_000; host++) directory.claim(keyOf(host), host % 8);
  for (let host = 0; host < 32_000; host++) expect(directory.ownerOf(keyOf(host))).toBe(host % 8);
  let strangers = 0;
  for (let host = 100_000; host < 200_000; host++) if (directory.ownerOf(keyOf(host)) >= 0) strangers += 1;
  expect(strangers).toBe(0);
  directory.forget(3);
  for (let host = 0; host < 32_000; host++) expect(directory.ownerOf(keyOf(host))).toBe(host % 8 === 3 ? -1 : host % 8);
});

test('whoever claims and releases, the directory says what a map would', () => {
  const step = fc.record({ ufrag: fc.nat(40), worker: fc.nat(7), isClaim: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const directory = open();
      const owners = new Map<number, number>();
      for (const { ufrag, worker, isClaim } of steps) {
        const key = directory.keyOfUfrag(`u${ufrag}`);
        if (isClaim) {
          directory.claim(key, worker);
          owners.set(ufrag, worker);
        } else {
          directory.release(key, worker);
          if (owners.get(ufrag) === worker) owners.delete(ufrag);
        }
        expect(directory.ownerOf(key)).toBe(owners.get(ufrag) ?? -1);
      }
    }),
    { numRuns: 30 },
  );
});

test('checks for one ufrag have a budget of their own', () => {
  const budget = new CheckBudget();
  let taken = 0;
  for (let i = 0; i < 10_000; i++) if (budget.take(1_000, 5)) taken += 1;
  expect(taken).toBe(100);
  expect(budget.take(1_000, 6)).toBe(true);
  for (let i = 0; i < 10_000; i++) if (budget.take(2_000, 5)) taken += 1;
  expect(taken).toBe(150);
});

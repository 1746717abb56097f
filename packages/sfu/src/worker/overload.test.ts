import { expect, test } from 'vitest';
import { overloadLevel } from './overload.js';

test('R-21 joins are refused first, from seven tenths of a core on, then layers go, then pictures; each level ends well below where it began', () => {
  const levels = [0.69, 0.7, 0.8, 0.9, 0.96, 0.9, 0.84, 0.7, 0.59].reduce<string[]>((seen, share) => {
    seen.push(overloadLevel(share, (seen.at(-1) ?? 'none') as Parameters<typeof overloadLevel>[1]));
    return seen;
  }, []);
  expect(levels).toEqual(['none', 'joins', 'joins', 'layers', 'video', 'video', 'layers', 'joins', 'none']);
});

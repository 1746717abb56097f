import { expect, test } from 'vitest';
import { readLoadOptions } from './options.js';
import { hasHeld, type LoadResult, resultTable } from './result.js';

const io = (environment: NodeJS.ProcessEnv = {}): { environment: NodeJS.ProcessEnv } => ({ environment });

const RESULT: LoadResult = {
  sessions: 1,
  publishers: 1,
  subscribers: 10,
  refused: {},
  entryP50Ms: 40,
  entryP99Ms: 90,
  seconds: 10,
  sentPacketsPerSecond: 170,
  receivedPacketsPerSecond: 1_700,
  receivedBps: 11_000_000,
  lossFraction: 0.0001,
  silent: 0,
  ownCpuFraction: 0.1,
};

test('one publisher and ten subscribers for ten seconds, unless told otherwise; the key comes from the environment', () => {
  expect(readLoadOptions(['https://maru.example'], io({ MARU_API_KEY: 'k' }))).toMatchObject({
    publishers: 1,
    subscribers: 10,
    sessions: 1,
    bitrateBps: 1_000_000,
    seconds: 10,
    apiKey: 'k',
  });
});

test('what is wrong with the command line is named', () => {
  expect(readLoadOptions([], io({ MARU_API_KEY: 'k' }))).toEqual({ wrong: 'name one server, such as https://maru.example' });
  expect(readLoadOptions(['https://maru.example'], io())).toMatchObject({ wrong: expect.stringContaining('API key') });
  expect(readLoadOptions(['https://maru.example', '--subscribers', 'many'], io({ MARU_API_KEY: 'k' }))).toEqual({
    wrong: '--subscribers is a whole number from 0 to 950, not "many"',
  });
});

test('a server has held when all got in, all got something and next to nothing was lost', () => {
  expect(hasHeld(RESULT)).toBe(true);
  expect(hasHeld({ ...RESULT, lossFraction: 0.02 })).toBe(false);
  expect(hasHeld({ ...RESULT, silent: 1 })).toBe(false);
  expect(hasHeld({ ...RESULT, refused: { 'media/worker-full': 3 } })).toBe(false);
  expect(resultTable({ ...RESULT, refused: { 'media/worker-full': 3 } })).toContain('3 (media/worker-full)');
});

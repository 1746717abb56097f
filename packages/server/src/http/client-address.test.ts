import type { IncomingMessage } from 'node:http';
import { expect, test } from 'vitest';
import { ManualClock } from '../testing/manual-clock.js';
import { ClientAddresses } from './client-address.js';
import { OriginPolicy } from './origin.js';
import { SourceLimiter } from './source-limiter.js';

const from = (remoteAddress: string, forwarded?: string) =>
  ({ socket: { remoteAddress }, headers: { ...(forwarded && { 'x-forwarded-for': forwarded }) } }) as unknown as IncomingMessage;

test.each([
  ['192.0.2.1', undefined, '192.0.2.1'],
  ['192.0.2.1', '198.51.100.9', '192.0.2.1'], // says a stranger
  ['10.0.0.1', '198.51.100.9', '198.51.100.9'],
  ['::ffff:10.0.0.1', '198.51.100.9', '198.51.100.9'],
  ['10.0.0.12', '198.51.100.9', '10.0.0.12'], // looks like the trusted one, and is not
  ['10.0.0.1', '203.0.113.5, 198.51.100.9', '198.51.100.9'], // the first hop is the client's own claim
  ['10.0.0.1', '198.51.100.9, 10.0.0.1', '198.51.100.9'],
  ['10.0.0.1', 'nonsense', '10.0.0.1'],
  ['fd00::1', '2001:db8::9', '2001:db8::9'],
])('%s with X-Forwarded-For %s is %s (S-92)', (remote, forwarded, expected) => {
  expect(new ClientAddresses(['10.0.0.1', 'fd00::/8']).of(from(remote, forwarded))).toBe(expected);
});

test('origins are compared exactly', () => {
  const origins = new OriginPolicy(['https://app.example.com']);
  expect(origins.admits('https://app.example.com', 'talk.example.com')).toBe(true);
  expect(origins.admits(undefined, 'talk.example.com')).toBe(true);
  for (const origin of [
    'https://app.example.com.evil.net',
    'https://app.example.com:444',
    'null',
    '',
    'https://talk.example.com.evil',
  ]) {
    expect(origins.admits(origin, 'talk.example.com')).toBe(false);
  }
});

test('each source has its own allowance; an IPv6 network is one source; this machine has none', () => {
  const clock = new ManualClock();
  const limiter = new SourceLimiter(clock, 3);
  const admitted = (address: string, times: number): boolean[] => Array.from({ length: times }, () => limiter.admits(address));
  expect(admitted('192.0.2.1', 4)).toEqual([true, true, true, false]);
  expect(admitted('192.0.2.2', 1)).toEqual([true]);
  expect([1, 2, 3, 4].map((index) => limiter.admits(`2001:db8:1:2::${index}`))).toEqual([true, true, true, false]);
  expect(admitted('127.0.0.1', 10).every(Boolean)).toBe(true);
  clock.pass(20_000);
  expect(admitted('192.0.2.1', 2)).toEqual([true, false]);
});

import { expect, test } from 'vitest';
import { CachedPackets, PacketCache } from './packet-cache.js';

const PAGE = 16_384;
const packet = (value: number, length = 1_000) => new Uint8Array(length).fill(value);

test('packets are found as they came, until they are too old or their memory was needed', () => {
  const cache = new PacketCache(new Uint8Array(4 * PAGE), 1);
  const packets = new CachedPackets(cache, 1_000, 4);
  for (let i = 0; i < 60; i++) packets.add(i * 10, i, packet(i), 0, 1_000);
  expect(packets.find(59)).toBe(true);
  expect(cache.bytes[packets.offset + 500]).toBe(59);
  expect(packets.length).toBe(1_000);
  packets.advance(1_500);
  expect(packets.find(0)).toBe(false);
  expect(packets.find(59)).toBe(true);
  packets.advance(5_000);
  expect(packets.find(59)).toBe(false);
  expect(cache.usedBytes).toBe(0);
});

test('a source that sends much takes no more than its share, and gives back its oldest first', () => {
  const cache = new PacketCache(new Uint8Array(8 * PAGE), 1);
  const loud = new CachedPackets(cache, 10_000, 4);
  const quiet = new CachedPackets(cache, 10_000, 4);
  quiet.add(0, 1, packet(7), 0, 1_000);
  for (let i = 0; i < 1_000; i++) loud.add(i, i, packet(i & 0xff), 0, 1_000);
  expect(cache.usedBytes).toBe(5 * PAGE);
  expect(quiet.find(1)).toBe(true);
  expect(loud.find(999)).toBe(true);
  expect(loud.find(999 - 40)).toBe(true);
  expect(loud.find(900)).toBe(false);
});

test('where there is no memory at all, packets are not kept, and nothing else happens', () => {
  const cache = new PacketCache(new Uint8Array(PAGE), 1);
  const first = new CachedPackets(cache, 1_000, 4);
  const second = new CachedPackets(cache, 1_000, 4);
  first.add(0, 1, packet(1), 0, 1_000);
  second.add(0, 1, packet(2), 0, 1_000);
  expect(first.find(1)).toBe(true);
  expect(second.find(1)).toBe(false);
  first.clear();
  second.add(1, 2, packet(2), 0, 1_000);
  expect(second.find(2)).toBe(true);
  expect(first.find(1)).toBe(false);
});

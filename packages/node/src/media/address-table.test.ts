import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { PoolEndpoint } from '../net/datagram-pool.js';
import { AddressTable } from './address-table.js';

const CAPACITY = 16_384;

function end(host: number, port: number): PoolEndpoint {
  return { w0: 0, w1: 0, w2: 0xffff, w3: 0x0a00_0000 + host, port, address: '', setText: () => false };
}

test('an end has one integer for each socket, and a path that leads back to it', () => {
  const table = new AddressTable(1);
  table.setLocal(7, '192.0.2.1', 443);
  const address = table.intern(7, end(1, 5_000));
  expect(table.intern(7, end(2, 5_000))).not.toBe(address);
  expect(table.intern(8, end(1, 5_000))).not.toBe(address);
  expect(table.intern(7, end(1, 5_001))).not.toBe(address);
  expect(table.intern(7, end(1, 5_000))).toBe(address);
  const path = table.pathOf(address);
  expect(path).toEqual({ localAddress: '192.0.2.1', localPort: 443, remoteAddress: '10.0.0.1', remotePort: 5_000, address });
  expect(table.pathOf(address)).toBe(path);
  expect(table.addressOf(path)).toBe(address);
});

test('a socket that is bound under the number of a closed one has paths of its own', () => {
  const table = new AddressTable(1);
  table.setLocal(7, '192.0.2.1', 443);
  const before = table.intern(7, end(1, 5_000));
  const path = table.pathOf(before);
  table.hold(before);
  table.setLocal(7, '192.0.2.1', 444);
  const after = table.intern(7, end(1, 5_000));
  expect(after).not.toBe(before);
  expect(table.pathOf(after).localPort).toBe(444);
  expect(table.addressOf(path)).toBe(-1);
  table.release(before);
});

test('IPv6 ends are told apart by each of their words', () => {
  const table = new AddressTable(1);
  const address = table.intern(0, { ...end(0, 9), w0: 0x2001_0db8, w2: 0, w3: 1 });
  expect(table.intern(0, { ...end(0, 9), w0: 0x2001_0db8, w1: 1, w2: 0, w3: 1 })).not.toBe(address);
  expect(table.pathOf(address).remoteAddress).toBe('2001:db8::1');
});

test('strangers push out strangers, the oldest first, and never an end that is held', () => {
  const table = new AddressTable(5, CAPACITY);
  const held = table.intern(0, end(0, 1));
  expect(table.hold(held)).toBe(true);
  const path = table.pathOf(held);
  const old = table.intern(0, end(1, 1));
  const oldPath = table.pathOf(old);
  const generation = table.generation(old);
  for (let host = 2; host < 2 * CAPACITY; host++) table.intern(0, end(host, 1));
  expect(table.intern(0, end(0, 1))).toBe(held);
  expect(table.addressOf(path)).toBe(held);
  expect(table.addressOf(oldPath)).toBe(-1);
  expect(table.generation(old)).not.toBe(generation);
  table.release(held);
  for (let host = 2; host < 2 * CAPACITY; host++) table.intern(1, end(host, 1));
  expect(table.addressOf(path)).toBe(-1);
});

test('there is always room for strangers: no more than the rest can be held', () => {
  const table = new AddressTable(5, CAPACITY);
  let held = 0;
  for (let host = 0; host < CAPACITY; host++) if (table.hold(table.intern(0, end(host, 1)))) held += 1;
  expect(held).toBe(CAPACITY - 8_192);
  expect(table.heldAddresses).toBe(held);
  const path = { localAddress: '', localPort: 0, remoteAddress: '', remotePort: 0 };
  expect(table.addStream(path)).toBe(-1);
  table.release(table.intern(0, end(0, 1)));
  const stream = table.addStream(path);
  expect(table.isStream(stream)).toBe(true);
  table.release(stream);
  expect(table.isStream(stream)).toBe(false);
});

test('whatever comes, holds and lets go, the table says of each held end what a map would', () => {
  const step = fc.record({ host: fc.nat(20_000), kind: fc.constantFrom('come', 'hold', 'release') });
  fc.assert(
    fc.property(fc.array(step, { minLength: 100, maxLength: 2_000 }), fc.integer(), (steps, seed) => {
      const table = new AddressTable(seed, CAPACITY);
      const held = new Map<number, number>();
      for (const { host, kind } of steps) {
        const address = table.intern(0, end(host, 1));
        const known = held.get(host);
        if (known !== undefined) expect(address).toBe(known);
        if (kind === 'hold' && known === undefined && table.hold(address)) held.set(host, address);
        if (kind === 'release' && known !== undefined) {
          table.release(known);
          held.delete(host);
        }
      }
      for (let host = 30_000; host < 30_000 + CAPACITY; host++) table.intern(0, end(host, 1));
      expect(table.heldAddresses).toBe(held.size);
      for (const [host, address] of held) expect(table.intern(0, end(host, 1))).toBe(address);
      expect(new Set(held.values()).size).toBe(held.size);
    }),
    { numRuns: 20 },
  );
});

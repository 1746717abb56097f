import { nodeCrypto } from '@maru/node';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DeadlineHeap, NEVER, SeededRandom, type Waiting } from '../../core/index.js';
import { userhashOf } from '../../stun/index.js';
import { formatBase64, parseBase64 } from './base64.js';
import { CredentialChain } from './credentials/credential-chain.js';
import type { CredentialQuery } from './credentials/credential-source.js';
import { StaticCredentials } from './credentials/static-credentials.js';
import { EndpointMap } from './endpoint-map.js';
import { IpEndpoint } from './ip-endpoint.js';
import { Meter } from './meter.js';
import { PortPool } from './port-pool.js';
import { ReplyLimiter } from './reply-limiter.js';
import { endpoint } from './testing/table-driver.js';

describe('an endpoint', () => {
  test('reads text as it reads bytes, and writes it in one spelling', () => {
    const ipv4 = endpoint('192.0.2.1', 7);
    expect(ipv4.isSame(new IpEndpoint().setIpv4(Uint8Array.of(9, 192, 0, 2, 1), 1, 7))).toBe(true);
    expect([ipv4.address, ipv4.isIpv4, endpoint('::ffff:192.0.2.1', 7).isSame(ipv4)]).toEqual(['192.0.2.1', true, true]);
    const ipv6 = endpoint('2001:DB8:0:0::1', 7);
    expect([ipv6.address, ipv6.family, ipv6.addressBytes().length]).toEqual(['2001:db8::1', 'ipv6', 16]);
    expect(endpoint('fe80::1%eth0', 1).address).toBe('fe80::1');
  });

  test.each(['', '1.2.3', '1.2.3.4.5', '256.1.1.1', '01.2.3.4', '1..2.3', 'a.b.c.d', ' 1.2.3.4', '1.2.3.4 ', ':::', 'localhost'])(
    'is none by %j',
    (text) => expect(IpEndpoint.of(text, 1)).toBeUndefined(),
  );

  test('is the same after any way there and back', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), fc.nat(65_535), (address, port) => {
        const first = endpoint(address, port);
        expect(endpoint(first.address, port).isSame(first)).toBe(true);
        expect(first.copy().isSame(first)).toBe(true);
      }),
    );
  });
});

test('a map of endpoints is a map, whatever is set, replaced and deleted', () => {
  const place = fc.tuple(fc.nat(2), fc.nat(40), fc.nat(2));
  const step = fc.tuple(fc.boolean(), place, fc.nat());
  fc.assert(
    fc.property(fc.array(step, { maxLength: 400 }), fc.integer(), (steps, seed) => {
      const map = new EndpointMap<number>(seed);
      const model = new Map<string, number>();
      for (const [isSet, [scope, host, port], value] of steps) {
        const at = endpoint(`10.0.0.${host}`, port);
        if (isSet) map.set(scope, at, value);
        else map.delete(scope, at);
        if (isSet) model.set(`${scope} ${host} ${port}`, value);
        else model.delete(`${scope} ${host} ${port}`);
      }
      expect(map.size).toBe(model.size);
      for (let scope = 0; scope < 3; scope++)
        for (let host = 0; host <= 40; host++)
          for (let port = 0; port < 3; port++)
            expect(map.get(scope, endpoint(`10.0.0.${host}`, port))).toBe(model.get(`${scope} ${host} ${port}`));
      expect(map.getAddress(0, endpoint('10.0.0.1', 9))).toBe(model.get('0 1 0'));
    }),
    { numRuns: 30 },
  );
});

test('deadlines come in order, wherever they were moved to', () => {
  class Item implements Waiting {
    dueAt = NEVER;
    heapIndex = -1;
  }
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(20), fc.option(fc.nat(1_000), { nil: NEVER })), { maxLength: 100 }), (moves) => {
      const heap = new DeadlineHeap<Item>();
      const items = Array.from({ length: 21 }, () => new Item());
      for (const [index, at] of moves) heap.schedule(items[index]!, at);
      const expected = items.map(({ dueAt }) => dueAt).filter((at) => at !== NEVER);
      const seen: number[] = [];
      while (heap.next !== NEVER) {
        const { next } = heap;
        seen.push(next);
        expect(heap.take(next - 1)).toBeUndefined();
        heap.take(next);
      }
      expect(seen).toEqual(expected.sort((a, b) => a - b));
      expect(items.every(({ heapIndex }) => heapIndex === -1)).toBe(true);
    }),
  );
});

describe('a pool of ports', () => {
  test('gives each port once, and gives it again when it is back', () => {
    const pool = new PortPool(1_001, 1_064, new SeededRandom(1));
    const taken = Array.from({ length: 64 }, () => pool.take()!);
    expect([new Set(taken).size, Math.min(...taken), Math.max(...taken), pool.take()]).toEqual([64, 1_001, 1_064, undefined]);
    pool.release(1_033);
    expect([pool.take(), pool.used]).toEqual([1_033, 64]);
  });

  test('gives even ports, with the next one free where that is asked for', () => {
    const pool = new PortPool(1_000, 1_004, new SeededRandom(1));
    const first = pool.takeEven(true)!;
    const second = pool.takeEven(true)!;
    expect([first % 2, second % 2, pool.takeEven(true), pool.used]).toEqual([0, 0, undefined, 4]);
    expect([pool.takeEven(false), pool.takeEven(false)]).toEqual([1_004, undefined]); // 1004 has no next
  });

  test('may become another range: what is taken stays taken, and what is outside comes back for nobody', () => {
    const pool = new PortPool(1_000, 1_001, new SeededRandom(1));
    expect([pool.take(), pool.take()].sort()).toEqual([1_000, 1_001]);
    pool.setRange(1_001, 1_002);
    expect([pool.used, pool.take(), pool.take()]).toEqual([1, 1_002, undefined]);
    pool.release(1_000);
    expect([pool.used, pool.take()]).toEqual([2, undefined]);
    pool.release(1_001);
    expect([pool.used, pool.take()]).toEqual([1, 1_001]);
  });
});

test('a meter lets a rate through, and what was sent without a limit is no endless debt', () => {
  const meter = new Meter(0);
  let passed = 0;
  for (let now = 0; now < 10_000; now++) {
    if (!meter.fits(now, 1_000, 800_000)) continue;
    meter.count(1_000);
    passed += 1_000;
  }
  expect(passed).toBeGreaterThan(1_000_000);
  expect(passed).toBeLessThan(1_000_000 + 70_000);
  for (let i = 0; i < 10_000; i++) meter.count(1_000); // while there was no limit
  expect(meter.fits(20_000, 1_000, 8_000_000)).toBe(true);
});

test('replies to an address, or to a /64, are counted apart from those to others', () => {
  const limiter = new ReplyLimiter(1);
  const admitted = (address: string, at = 0): number =>
    Array.from({ length: 20 }, (_, port) => limiter.admits(at, endpoint(address, port), 10)).filter(Boolean).length;
  expect([admitted('5.5.5.5'), admitted('5.5.5.6'), admitted('5.5.5.5'), admitted('5.5.5.5', 1_000)]).toEqual([10, 10, 0, 10]);
  expect([admitted('2a00::1'), admitted('2a00::2'), admitted('2a00:0:0:1::1')]).toEqual([10, 0, 10]);
});

test('Base64 is that of others', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 50 }), (bytes) => {
      const text = Buffer.from(bytes).toString('base64');
      expect(formatBase64(bytes)).toBe(text);
      expect(parseBase64(text)).toEqual(bytes);
      expect(parseBase64(text.replaceAll('=', ''))).toEqual(bytes);
    }),
  );
  expect([parseBase64('a'), parseBase64('a*bc'), parseBase64('ab=c')]).toEqual([undefined, undefined, undefined]);
});

describe('a list of users', () => {
  const query = (over: Partial<CredentialQuery>): CredentialQuery => ({
    username: undefined,
    userhash: undefined,
    realm: 'r',
    algorithm: 'md5',
    isRefresh: false,
    accessToken: undefined,
    ...over,
  });

  test('knows users by name and by hash, and keys without a password by their algorithm', () => {
    const source = new StaticCredentials(
      [
        { username: 'ada', password: 'x', group: 'g' },
        { username: 'old', keys: { md5: new Uint8Array(16) } },
      ],
      nodeCrypto,
    );
    expect(source.lookup(query({ username: 'ada' }))).toMatchObject({ username: 'ada', group: 'g' });
    expect(source.lookup(query({ userhash: userhashOf('ada', 'r', nodeCrypto) }))).toMatchObject({ username: 'ada' });
    expect(source.lookup(query({ userhash: userhashOf('ada', 's', nodeCrypto) }))).toBe('unknown-user');
    expect(source.lookup(query({ username: 'old' }))).toMatchObject({ keys: [new Uint8Array(16)] });
    expect(source.lookup(query({ username: 'old', algorithm: 'sha-256' }))).toBe('unknown-user');
    source.replace([{ username: 'bob', password: 'y' }]);
    expect([source.lookup(query({ username: 'ada' })), source.lookup(query({ username: 'bob' }))]).toMatchObject([
      'unknown-user',
      {},
    ]);
  });

  test('and others in a chain: the first who knows answers, else the last who can say why not', () => {
    const list = new StaticCredentials([{ username: 'ada', password: 'x' }], nodeCrypto);
    const expired = { knowsUserhashes: false, lookup: () => 'expired' as const };
    const chain = new CredentialChain([expired, list]);
    expect(chain.lookup(query({ username: 'ada' }))).toMatchObject({ username: 'ada' });
    expect([chain.lookup(query({ username: 'eve' })), chain.knowsUserhashes]).toEqual(['expired', false]);
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ConfigError } from '../../config/config-error.js';
import { networksOf, parseAddressRange } from './address-range.js';
import { readTurnConfig } from './read-turn-config.js';
import { DEFAULT_TURN_CONFIG } from './turn-config.js';

const files: Record<string, string> = {
  'secrets.txt': '# newest first\nnew-secret-new-secret\n\nold-secret-old-secret\n',
  'admin.key': 'k'.repeat(40),
};
const read = (written: unknown) =>
  readTurnConfig(written, (path) => {
    const text = files[path];
    if (text === undefined) throw new Error('no such file');
    return text;
  });

/** What the refusal of `written` says. */
function complaint(written: unknown): string {
  try {
    read(written);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return 'accepted';
}

test('nothing written is a whole configuration', () => {
  expect(read({})).toEqual(DEFAULT_TURN_CONFIG);
});

test('ends and ranges are text', () => {
  const config = read({
    listeners: ['udp:3478', 'tls:203.0.113.5:443', 'tcp:[2001:db8::1]:3478'],
    externalAddresses: ['203.0.113.5/10.0.0.5'],
    alternate: '203.0.113.6:3479',
    relay: { addresses: ['10.0.0.5'], ports: '50000-50100', tcp: false },
  });
  expect(config.listeners).toEqual([
    { transport: 'udp', port: 3478 },
    { transport: 'tls', address: '203.0.113.5', port: 443 },
    { transport: 'tcp', address: '2001:db8::1', port: 3478 },
  ]);
  expect(config.externalAddresses).toEqual([{ external: '203.0.113.5', local: '10.0.0.5' }]);
  expect(config.alternate).toEqual({ address: '203.0.113.6', port: 3479 });
  expect(config.relay).toEqual({ addresses: ['10.0.0.5'], ports: { first: 50_000, last: 50_100 }, tcp: false, hairpin: true });
  expect(read({ relay: { ports: 3480 } }).relay.ports).toEqual({ single: 3480 });
});

test('secrets come from the configuration and from a file, newest first, each as long as it says', () => {
  const { secrets } = read({
    credentials: { secrets: ['first', { secret: 'second', until: '2026-12-01T00:00:00Z' }], secretsFile: 'secrets.txt' },
  }).credentials;
  expect(secrets.map(({ secret }) => secret)).toEqual(['first', 'second', 'new-secret-new-secret', 'old-secret-old-secret']);
  expect(secrets[1]!.untilMs).toBe(Date.UTC(2026, 11, 1));
});

describe('S-04 a malformed entry is never ignored: the server refuses to start and names it', () => {
  test.each([
    ['10.0.0.0/33'],
    ['foo'],
    ['10.0.0.9-10.0.0.1'],
    ['10.0.0.7/8'],
    ['10.0.0.0/'],
    ['10.0.0.0/08'],
    ['10.0.0.0/8/8'],
    ['::1-10.0.0.1'],
    ['fe80::1%eth0'],
    ['010.0.0.1'],
    ['10.0.0'],
    ['2001:db8::/129'],
    ['10.0.0.1-10.0.0.2-10.0.0.3'],
  ])('%s', (entry) => {
    for (const list of ['allow', 'deny'])
      expect(complaint({ policy: { [list]: ['192.0.2.0/24', entry] } })).toContain(
        `policy.${list}[1] in the TURN configuration is "${entry}"`,
      );
  });

  test('so is one of any other list', () => {
    expect(complaint({ listeners: ['udp:3478', 'sctp:1'] })).toContain('listeners[1]');
    expect(complaint({ listeners: ['udp:70000'] })).toContain('"udp:70000"');
    expect(complaint({ externalAddresses: ['203.0.113.5/::1'] })).toContain('externalAddresses[0]');
    expect(complaint({ alternate: 'here' })).toContain('alternate');
    expect(complaint({ relay: { addresses: ['eth0'] } })).toContain('relay.addresses[0]');
    expect(complaint({ relay: { ports: '60000-50000' } })).toContain('relay.ports');
    expect(complaint({ policy: { allowEndpoints: ['10.0.0.1'] } })).toContain('policy.allowEndpoints[0]');
    expect(complaint({ credentials: { users: [{ username: 'ada', key: 'xyz' }] } })).toContain('credentials.users.0');
    expect(complaint({ credentials: { secretsFile: 'missing' } })).toContain('missing');
    expect(complaint({ lifetimes: { defaultSeconds: 7_200 } })).toContain('lifetimes.defaultSeconds');
    expect(complaint({ polcy: {} })).toContain('polcy');
  });
});

test('S-18 the admin plane has no key that could be guessed, and listens at loopback unless told otherwise', () => {
  expect(complaint({ admin: {} })).toContain('at least 32 characters');
  expect(complaint({ admin: { key: 'k'.repeat(31) } })).toContain('at least 32 characters');
  expect(read({ admin: { keyFile: 'admin.key' } }).admin).toEqual({ address: '127.0.0.1', port: 3479, key: 'k'.repeat(40) });
});

describe('ranges', () => {
  test('become the fewest networks', () => {
    const networks = (text: string) => networksOf(parseAddressRange(text)!);
    expect(networks('0.0.0.0-255.255.255.255')).toEqual(['0.0.0.0/0']);
    expect(networks('10.0.0.0-10.255.255.255')).toEqual(['10.0.0.0/8']);
    expect(networks('10.0.0.1-10.0.0.4')).toEqual(['10.0.0.1/32', '10.0.0.2/31', '10.0.0.4/32']);
    expect(networks('192.0.2.7')).toEqual(['192.0.2.7/32']);
    expect(networks('::1-::3')).toEqual(['::1/128', '::2/127']);
  });

  test('whatever is asked, the networks cover the range and nothing else', () => {
    const ip = (value: number) => [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join('.');
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffff_ffff }), fc.nat(100_000), (start, size) => {
        const end = Math.min(start + size, 0xffff_ffff);
        const networks = networksOf(parseAddressRange(`${ip(start)}-${ip(end)}`)!);
        let next = BigInt(start);
        for (const network of networks) {
          const range = parseAddressRange(network)!;
          expect(range.first.reduce((value, byte) => value * 256n + BigInt(byte), 0n)).toBe(next);
          next = range.last.reduce((value, byte) => value * 256n + BigInt(byte), 0n) + 1n;
        }
        expect(next).toBe(BigInt(end) + 1n);
      }),
    );
  });

  test('whatever is written, reading it returns', () => {
    fc.assert(fc.property(fc.string({ maxLength: 60 }), (text) => void parseAddressRange(text)));
  });
});

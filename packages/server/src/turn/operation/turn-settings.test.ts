import { nodeCrypto } from '@maru/node';
import { type CredentialQuery, IpEndpoint, SharedSecretCredentials } from '@maru/protocol/turn/server';
import { describe, expect, test } from 'vitest';
import { readTurnConfig } from '../config/read-turn-config.js';
import type { TurnConfigFile } from '../config/turn-config-file.js';
import { timeLimitedCredential } from '../credentials/time-limited.js';
import { boundListeners, relayAddresses } from './addresses.js';
import { turnSettings } from './turn-settings.js';

const NOW_S = 1_800_000_000;

/** Settings of a configuration, at a moment that a test can move. */
function world(
  file: TurnConfigFile,
  { own = ['192.0.2.1'], isSeated }: { own?: string[]; isSeated?: (seat: string) => boolean } = {},
) {
  const clock = { nowS: NOW_S };
  const wallClock = { unixSeconds: () => clock.nowS };
  const config = readTurnConfig(file, () => '');
  const settings = () => turnSettings(config, { wallClock, ownAddresses: own, isSeated });
  const ask = (username: string, isRefresh = false): string => {
    const query: CredentialQuery = {
      username,
      userhash: undefined,
      realm: config.realm,
      algorithm: 'md5',
      isRefresh,
      accessToken: undefined,
    };
    const answer = settings().credentials.lookup(query);
    return typeof answer === 'string' ? answer : 'granted';
  };
  const verdict = (address: string, port: number) => settings().peerPolicy.verdict(IpEndpoint.of(address, port)!);
  return { clock, config, settings, ask, verdict };
}

describe('S-09 a time-limited credential is good for its time and nothing else', () => {
  const secrets = { credentials: { secrets: ['a-secret-of-this-test'] } };
  const named = (inS: number, user = 'ada') => `${NOW_S + inS}:${user}`;

  test('it ends: an Allocate at its end, a Refresh 60 s later', () => {
    const { ask, clock } = world(secrets);
    expect([ask(named(300)), ask(named(300), true)]).toEqual(['granted', 'granted']);
    clock.nowS += 301;
    expect([ask(named(300)), ask(named(300), true)]).toEqual(['expired', 'granted']);
    clock.nowS += 60;
    expect(ask(named(300), true)).toBe('expired');
  });

  test('one that ends farther away than a day is none of ours', () => {
    const { ask } = world(secrets);
    expect([ask(named(86_400)), ask(named(86_500))]).toEqual(['granted', 'too-far-ahead']);
  });

  test('what is no such name is nobody', () => {
    const { ask } = world(secrets);
    for (const name of ['ada', '', ':ada', 'x1800000300:ada', '1e9:ada', '-5:ada', `${NOW_S}`])
      expect(ask(name)).not.toBe('granted');
  });

  test('rotation: two secrets verify, the first signs, and the second ceases at its time', () => {
    const until = new Date(1_000 * (NOW_S + 600)).toISOString();
    const { clock, settings, config } = world({
      credentials: { secrets: ['the-new-secret-of-all', { secret: 'the-old-secret-of-all', until }] },
    });
    const verifies = (secret: string): boolean => {
      const { username, credential } = timeLimitedCredential({
        secret,
        user: 'ada',
        ttlSeconds: 300,
        wallNowMs: 1_000 * clock.nowS,
      });
      const query = {
        username,
        userhash: undefined,
        realm: config.realm,
        algorithm: 'md5',
        isRefresh: false,
        accessToken: undefined,
      } as const;
      const own = new SharedSecretCredentials(
        { secrets: [secret], maxTtlS: 86_400, graceS: 60 },
        { unixSeconds: () => clock.nowS },
        nodeCrypto,
      );
      const [expected, answer] = [own.lookup(query), settings().credentials.lookup(query)];
      if (typeof expected === 'string' || typeof answer === 'string' || credential === '') return false;
      return answer.keys.some((key) => Buffer.compare(key, expected.keys[0]!) === 0);
    };
    expect([verifies('the-new-secret-of-all'), verifies('the-old-secret-of-all'), verifies('another-secret')]).toEqual([
      true,
      true,
      false,
    ]);
    clock.nowS += 601;
    expect([verifies('the-new-secret-of-all'), verifies('the-old-secret-of-all')]).toEqual([true, false]);
  });

  test('a seat: new allocations need a credential that has not ended, a call goes on while the seat is there, and ends with it', () => {
    const seats = new Set(['abc']);
    const { ask, clock } = world(secrets, { isSeated: (seat) => seats.has(seat) });
    const name = named(300, 'seat/abc');
    clock.nowS += 3_600;
    expect([ask(name), ask(name, true)]).toEqual(['expired', 'granted']);
    seats.delete('abc');
    expect([ask(name, true), ask(named(7_200, 'seat/abc'))]).toEqual(['revoked', 'revoked']);
    expect(ask(named(7_200, 'ada'))).toBe('granted');
  });

  test('static users and secrets stand beside each other', () => {
    const { ask } = world({ credentials: { secrets: ['a-secret-of-this-test'], users: [{ username: 'ada', password: 'p' }] } });
    expect([ask('ada'), ask(named(10)), ask('bo')]).toEqual(['granted', 'granted', 'unknown-user']);
  });
});

describe('S-05 the relay is no way to our own infrastructure', () => {
  const ownEndpoints = ['10.0.0.5:6379', '10.0.0.5:5432', '10.0.0.6:3479'];
  const { verdict } = world(
    { policy: { allow: ['10.0.0.0/8'], ownEndpoints, allowEndpoints: ['192.0.2.1:5000'] } },
    { own: ['192.0.2.1', 'fd00::2'] },
  );

  test('a private network that is allowed is reached, and our services in it are not', () => {
    expect(verdict('10.0.0.5', 6_380)).toBe('allowed');
    for (const [address, port] of [
      ['10.0.0.5', 6_379],
      ['10.0.0.5', 5_432],
      ['10.0.0.6', 3_479],
    ] as const)
      expect(verdict(address, port)).toBe('own');
    expect(verdict('::ffff:10.0.0.5', 6_379)).toBe('own');
  });

  test('nor is any port of our own addresses, but for an end that is named', () => {
    for (const port of [22, 80, 443, 3_478, 8_443, 9_090]) expect(verdict('192.0.2.1', port)).not.toBe('allowed');
    expect(verdict('fd00::2', 443)).not.toBe('allowed');
    expect(verdict('192.0.2.1', 5_000)).toBe('allowed');
  });

  test('the address that the world sees in our place is ours, too', () => {
    const { verdict: outside } = world({ externalAddresses: ['203.0.113.5/10.9.9.9'] }, { own: ['10.9.9.9'] });
    expect(outside('203.0.113.5', 443)).not.toBe('allowed');
  });
});

test('listeners of all addresses are one for each; the alternate makes four of them', () => {
  const config = readTurnConfig({ listeners: ['udp:3478'], alternate: '192.0.2.2:3479' }, () => '');
  const bound = boundListeners(config, ['192.0.2.1', '192.0.2.2']).map(({ address, port }) => `${address}:${port}`);
  expect(bound).toEqual(['192.0.2.1:3478', '192.0.2.2:3478', '127.0.0.1:3478', '::1:3478', '192.0.2.1:3479', '192.0.2.2:3479']);
});

test('relays take a public address before a private one, each family its own, and tell what the world sees', () => {
  const relays = (file: TurnConfigFile, own: string[]) =>
    relayAddresses(
      readTurnConfig(file, () => ''),
      own,
    ).map(({ address, advertisedAddress }) => [address, advertisedAddress]);
  expect(relays({}, ['192.168.1.2', '198.51.100.7', 'fd00::2'])).toEqual([
    ['198.51.100.7', undefined],
    ['fd00::2', undefined],
  ]);
  expect(relays({ externalAddresses: ['203.0.113.5'] }, ['10.0.0.5'])).toEqual([['10.0.0.5', '203.0.113.5']]);
  expect(relays({}, [])).toEqual([['127.0.0.1', undefined]]);
  expect(relays({ relay: { addresses: ['10.0.0.9'] } }, ['198.51.100.7'])).toEqual([['10.0.0.9', undefined]]);
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatIpAddress } from '../../../stun/index.js';
import { IpEndpoint } from '../ip-endpoint.js';
import { disguisesOf, everySpecialAddress } from '../testing/addresses.js';
import { PeerPolicy, PeerPolicyError, type PeerPolicyRules, type PeerVerdict } from './peer-policy.js';
import { parsePrefixes } from './prefix.js';

function verdict(policy: PeerPolicy, address: string, port = 0): PeerVerdict {
  const endpoint = IpEndpoint.of(address, port);
  if (!endpoint) throw new Error(`${address} is no IP address`);
  return policy.verdict(endpoint);
}

describe('the peer policy without rules', () => {
  const policy = PeerPolicy.of();

  test.each(everySpecialAddress())('refuses %s, in every disguise (S-01, S-02)', (address) => {
    const plain = verdict(policy, address);
    expect(plain).not.toBe('allowed');
    for (const [, disguised] of disguisesOf(address)) expect([disguised, verdict(policy, disguised)]).toEqual([disguised, plain]);
  });

  test.each([
    '8.8.8.8',
    '1.1.1.1',
    '172.15.0.1',
    '172.32.0.1',
    '100.63.255.255',
    '223.255.255.255',
    '2a00:1450::1',
    '2606:4700::1111',
  ])('allows %s, and what is only a disguise of it', (address) => {
    expect(verdict(policy, address)).toBe('allowed');
    for (const [, disguised] of disguisesOf(address))
      expect([disguised, verdict(policy, disguised)]).toEqual([disguised, 'allowed']);
  });

  test('refuses IPv6 that is nowhere, and an ISATAP address for its prefix as well', () => {
    expect(verdict(policy, '4000::1')).toBe('not-global');
    expect(verdict(policy, 'fe80::5efe:808:808')).toBe('link-local');
    expect(verdict(policy, '2a00::5efe:7f00:1')).toBe('loopback');
  });
});

describe('rules', () => {
  test('narrower ones win, of equal ones deny, and 0.0.0.0/0 opens nothing special', () => {
    const policy = PeerPolicy.of({
      allow: ['10.1.0.0/16', '0.0.0.0/0', '8.8.8.8'],
      deny: ['8.8.0.0/16', '10.1.2.3', '9.0.0.0/8'],
    });
    expect(
      ['10.1.0.1', '10.2.0.1', '10.1.2.3', '8.8.8.8', '8.8.4.4', '127.0.0.1', '1.1.1.1'].map((a) => verdict(policy, a)),
    ).toEqual(['allowed', 'private', 'denied', 'allowed', 'denied', 'loopback', 'allowed']);
  });

  test('mean the same whichever form they and the address are written in (S-02)', () => {
    const forms = (address: string, bits: number): string[] => {
      const [plain, ...disguised] = [[0, `${address}`] as const, ...disguisesOf(address)];
      const six = disguised.find(([name]) => name === '6to4')![1];
      const rest = disguised.filter(([name]) => name !== '6to4' && name !== 'teredo' && name !== 'isatap');
      return [`${plain[1]}/${bits}`, `${six}/${16 + bits}`, ...rest.map(([, text]) => `${text}/${96 + bits}`)];
    };
    for (const entry of forms('8.0.0.0', 8))
      for (const [, address] of [[0, '8.1.2.3'] as const, ...disguisesOf('8.1.2.3')])
        expect([entry, address, verdict(PeerPolicy.of({ deny: [entry] }), address)]).toEqual([entry, address, 'denied']);
    for (const entry of forms('10.0.0.0', 8))
      for (const [, address] of [[0, '10.1.2.3'] as const, ...disguisesOf('10.1.2.3')])
        expect([entry, address, verdict(PeerPolicy.of({ allow: [entry] }), address)]).toEqual([entry, address, 'allowed']);
  });

  test('may deny a form itself', () => {
    expect(verdict(PeerPolicy.of({ deny: ['2002::/16'] }), '2002:808:808::1')).toBe('denied');
    expect(verdict(PeerPolicy.of({ deny: ['2002::/16'] }), '8.8.8.8')).toBe('allowed');
  });

  test('keep what is own shut, but for endpoints that are named (S-05)', () => {
    const policy = PeerPolicy.of({
      allow: ['10.0.0.0/8'],
      own: ['10.0.0.5:6379', '10.0.0.6', '[fd00::5]:5432'],
      allowEndpoints: ['10.0.0.6:7000-7009', '127.0.0.1:*'],
    });
    expect([verdict(policy, '10.0.0.5', 6_379), verdict(policy, '10.0.0.5', 80)]).toEqual(['own', 'allowed']);
    expect([verdict(policy, '::ffff:10.0.0.5', 6_379), verdict(policy, '2002:a00:5::', 6_379)]).toEqual(['own', 'own']);
    expect([7_000, 7_009, 7_010, 22].map((port) => verdict(policy, '10.0.0.6', port))).toEqual([
      'allowed',
      'allowed',
      'own',
      'own',
    ]);
    expect([verdict(policy, '127.0.0.1', 9), verdict(policy, '127.0.0.2', 9)]).toEqual(['allowed', 'loopback']);
  });

  test('relay to named peers alone where that is said (S-19)', () => {
    const policy = PeerPolicy.of({ onlyAllowed: true, allow: ['8.8.8.0/24'] });
    expect([verdict(policy, '8.8.8.8'), verdict(policy, '8.8.4.4')]).toEqual(['allowed', 'not-listed']);
  });

  test.each<[keyof PeerPolicyRules, string]>([
    ['deny', '10.0.0.0/33'],
    ['deny', 'foo'],
    ['allow', '10.0.0.9-10.0.0.1'],
    ['allow', '10.0.0.1-::2'],
    ['allow', ''],
    ['allow', '10.0.0.0/8/8'],
    ['deny', '10.0.0.0/-1'],
    ['deny', '10.0.0.0/0x8'],
    ['deny', '010.0.0.1'],
    ['deny', 'fd00::/129'],
    ['own', '10.0.0.1:65536'],
    ['own', '10.0.0.1:0'],
    ['allowEndpoints', '10.0.0.1'],
    ['allowEndpoints', '10.0.0.1:9-8'],
  ])('that say nothing are named: %s %s (S-04)', (list, entry) => {
    const make = (): PeerPolicy =>
      PeerPolicy.of({ [list]: ['9.9.9.9:1', entry].slice(list === 'allow' || list === 'deny' ? 1 : 0) });
    expect(make).toThrow(PeerPolicyError);
    expect(make).toThrow(JSON.stringify(entry));
  });
});

test('a range is the blocks that cover it, and nothing else', () => {
  expect(parsePrefixes('10.0.0.1-10.0.0.6')?.map(({ bits }) => bits - 96)).toEqual([32, 31, 31, 32]);
  expect(parsePrefixes('::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff')).toHaveLength(1);
  fc.assert(
    fc.property(fc.nat(0xffff), fc.nat(0xffff), fc.nat(0x1_ffff), (a, b, probe) => {
      const [low, high] = [Math.min(a, b), Math.max(a, b)];
      const text = (n: number): string => formatIpAddress(Uint8Array.of(8, n >>> 16, n >>> 8, n));
      const policy = PeerPolicy.of({ deny: [`${text(low)}-${text(high)}`] });
      expect(verdict(policy, text(probe)) === 'denied').toBe(probe >= low && probe <= high);
    }),
  );
});

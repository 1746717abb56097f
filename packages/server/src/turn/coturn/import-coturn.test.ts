import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readTurnConfig } from '../config/read-turn-config.js';
import { coturnTable } from './document.js';
import { COTURN_OPTIONS, importCoturn, needsDecision } from './import-coturn.js';

const here = dirname(fileURLToPath(import.meta.url));
const samples = join(here, 'samples');
const sample = (name: string) => importCoturn(readFileSync(join(samples, `${name}.conf`), 'utf8'));
const noFiles = (): string => '';

test('the usual server moves over whole: every line is understood, and the result is a configuration', () => {
  const { config, findings, notes } = sample('webrtc-rest-secret');
  expect(findings.filter(needsDecision).map(({ text }) => text)).toEqual(['proc-user=turnserver', 'proc-group=turnserver']);
  expect(notes.map(({ verdict }) => verdict)).toEqual(['changed']);
  expect(config).toEqual({
    listeners: ['udp:203.0.113.10:3478', 'tcp:203.0.113.10:3478', 'tls:203.0.113.10:5349', 'dtls:203.0.113.10:5349'],
    externalAddresses: ['203.0.113.10'],
    relay: { addresses: ['203.0.113.10'], ports: '49160-49960' },
    realm: 'turn.example.org',
    credentials: { secrets: ['3xAmpL3-0f-a-secret-that-is-long-enough'] },
    quotas: { allocations: 1_200, allocationsPerUser: 12, bitsPerSecondPerAllocation: 4_000_000 },
    policy: { allow: ['10.0.0.7/32'], deny: ['10.0.0.0/8', '192.168.0.0/16', '172.16.0.0/12'] },
    lifetimes: { nonceSeconds: 600 },
    tls: {
      cert: '/etc/letsencrypt/live/turn.example.org/fullchain.pem',
      key: '/etc/letsencrypt/live/turn.example.org/privkey.pem',
    },
  });
  expect(readTurnConfig(config, noFiles).realm).toBe('turn.example.org');
});

test('lines may be written like a command line, with blanks or quotes; two addresses of one family mean RFC 5780', () => {
  const { config, findings } = sample('cloud-behind-nat');
  expect(config).toMatchObject({
    listeners: ['udp:10.1.2.3:3478', 'udp:10.1.2.4:3478', 'tcp:10.1.2.3:3478', 'tcp:10.1.2.4:3478'],
    externalAddresses: ['198.51.100.20/10.1.2.3', '198.51.100.21/10.1.2.4'],
    alternate: '10.1.2.4:3480',
    realm: 'cloud.example.net',
    credentials: {
      users: [
        { username: 'ada', key: 'bc807ee29df3c9ffa736523fb2c4e8ee' },
        { username: 'grace', password: 'correct horse battery staple' },
      ],
    },
    lifetimes: { maxSeconds: 1_800 },
    mobility: true,
    workers: 4,
  });
  expect(findings.filter(needsDecision).map(({ text, verdict }) => [text, verdict])).toEqual([['prometheus', 'unsupported']]);
});

test('what is unsafe, malformed or unknown is named with its line, its reason and a cure; no secret is printed', () => {
  const { config, findings, notes } = sample('open-and-careless');
  expect(findings.map(({ line, verdict, text }) => `${line} ${verdict} ${text}`)).toEqual([
    '2 kept listening-port=3478',
    '3 unsafe no-auth',
    '4 unsafe allow-loopback-peers',
    '5 unsafe server-relay',
    '6 unsafe static-auth-secret=…',
    '7 malformed denied-peer-ip=10.0.0.0/33',
    '8 malformed denied-peer-ip=foo',
    '9 malformed allowed-peer-ip=10.0.0.9-10.0.0.1',
    '10 malformed external-ip=my.host.example.org',
    '11 kept min-port=60000',
    '12 kept max-port=50000',
    '13 unsafe cli-password=…',
    '14 unsafe web-admin-listen-on-workers',
    '15 unsafe prometheus-username-labels',
    '16 unknown lt-cred-mechh',
    '17 unsupported redis-userdb=…',
    '18 unsupported pkey-pwd=…',
    '19 malformed user=…',
  ]);
  const said = JSON.stringify([findings, notes]);
  for (const secret of ['north', 'qwerty', 'hunter2', 'letmein']) expect(said).not.toContain(secret);
  for (const finding of findings.filter(needsDecision)) expect(finding.todo, finding.text).toBeTruthy();
  expect(notes.find(({ verdict }) => verdict === 'malformed')?.why).toContain('relay.ports');
  expect(config.policy).toBeUndefined();
});

test('several secrets stay in their order, several addresses in each listener', () => {
  const { config, findings } = sample('ipv6-and-balancing');
  expect(config).toMatchObject({
    listeners: [
      'udp:[2001:db8::10]:3478',
      'udp:192.0.2.10:3478',
      'tcp:[2001:db8::10]:3478',
      'tcp:192.0.2.10:3478',
      'tls:[2001:db8::10]:5349',
      'tls:192.0.2.10:5349',
      'dtls:[2001:db8::10]:5349',
      'dtls:192.0.2.10:5349',
      'udp:[2001:db8::10]:443',
      'tcp:[2001:db8::10]:443',
    ],
    credentials: {
      secrets: ['newest-secret-newest-secret', 'former-secret-former-secret'],
      separator: '_',
      tokenServerName: 'turn.example.org',
    },
    relay: { tcp: false },
    stunOnly: false,
  });
  expect(config.alternate).toBeUndefined();
  expect(findings.filter(({ verdict }) => verdict === 'unsupported').map(({ text }) => text)).toEqual([
    'alternate-server=192.0.2.11:3478',
    'allocation-default-address-family=keep',
    'tcp-proxy-port=5555',
    'oauth',
  ]);
});

test('each sample gives a configuration that is accepted, but for what a note says is malformed', () => {
  for (const name of readdirSync(samples)) {
    const { config, notes } = sample(name.replace(/\.conf$/, ''));
    if (notes.every(({ verdict }) => verdict !== 'malformed')) expect(() => readTurnConfig(config, noFiles)).not.toThrow();
  }
});

describe('whatever the file holds', () => {
  const names = COTURN_OPTIONS.flatMap(([, options]) => options).flatMap((option) => option.names);
  const value = fc.oneof(fc.string({ maxLength: 40 }), fc.ipV4(), fc.ipV6(), fc.nat(99_999).map(String));
  const row = fc.tuple(fc.constantFrom(...names), fc.constantFrom('=', ' ', ' = ', ''), value).map((parts) => parts.join(''));

  test('importing it returns, and every line that says something has a finding', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(row, fc.string())), (rows) => {
        const { findings } = importCoturn(rows.join('\n'));
        for (const finding of findings) expect(finding.why).not.toBe('');
      }),
    );
  });

  test('a secret of any shape is not printed', () => {
    fc.assert(
      fc.property(fc.constantFrom('static-auth-secret', 'user', 'cli-password', 'no-such-option'), fc.uuid(), (name, secret) => {
        const written = name === 'user' ? `user=ada:${secret}` : `${name}=${secret}`;
        const { findings, notes } = importCoturn(written);
        expect(JSON.stringify([findings, notes])).not.toContain(secret);
      }),
    );
  });
});

test('docs/coturn.md has the table of these options', () => {
  const document = readFileSync(join(here, '../../../../../docs/coturn.md'), 'utf8');
  expect(document, 'run: npm run coturn-table -w @maru/server').toContain(coturnTable());
});

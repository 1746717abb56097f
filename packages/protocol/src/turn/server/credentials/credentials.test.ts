import { nodeCrypto } from '@maru/node';
import { expect, test } from 'vitest';
import type { CryptoProvider } from '../../../core/index.js';
import { userhashOf } from '../../../stun/index.js';
import type { CredentialQuery } from './credential-source.js';
import { issueSharedSecretCredential, SharedSecretCredentials } from './shared-secret-credentials.js';
import { StaticCredentials } from './static-credentials.js';

const clock = { unixSeconds: () => 1_000_000 };
const query = (username: string, more: Partial<CredentialQuery> = {}): CredentialQuery => ({
  username,
  userhash: undefined,
  realm: 'example.org',
  algorithm: 'sha-256',
  isRefresh: false,
  accessToken: undefined,
  ...more,
});

/** Counts what is derived. */
function counting(): { readonly crypto: CryptoProvider; readonly derived: () => number } {
  let derived = 0;
  const hash: CryptoProvider['hash'] = (algorithm, data) => {
    derived += 1;
    return nodeCrypto.hash(algorithm, data);
  };
  return { crypto: { ...nodeCrypto, hash }, derived: () => derived };
}

test('what a name that comes again needs is derived once, and anew for another realm, algorithm or secret', () => {
  const { crypto, derived } = counting();
  const options = { secrets: ['old', 'new'], maxTtlS: 86_400, graceS: 60 };
  const source = new SharedSecretCredentials(options, clock, crypto);
  const { username } = issueSharedSecretCredential('old', 'ann', 600, clock, crypto);
  const first = source.lookup(query(username));
  expect(source.lookup(query(username))).toEqual(first);
  expect(derived()).toBe(2);
  expect(source.lookup(query(username, { algorithm: 'md5' }))).not.toEqual(first);
  expect(source.lookup(query(username, { realm: 'example.net' }))).not.toEqual(first);
  source.reconfigure({ ...options, secrets: ['newest'] });
  expect(source.lookup(query(username))).not.toEqual(first);
  expect(derived()).toBe(7);
});

test('a name that has expired since is refused, however well it is known', () => {
  let nowS = 1_000_000;
  const source = new SharedSecretCredentials(
    { secrets: ['s'], maxTtlS: 86_400, graceS: 60 },
    { unixSeconds: () => nowS },
    nodeCrypto,
  );
  const { username } = issueSharedSecretCredential('s', 'ann', 600, clock, nodeCrypto);
  expect(source.lookup(query(username))).toMatchObject({ type: 'granted', remainingS: 660 });
  nowS += 601;
  expect(source.lookup(query(username))).toBe('expired');
});

test('names that nobody issued push out others, and no more than that', () => {
  const { crypto, derived } = counting();
  const source = new SharedSecretCredentials({ secrets: ['s'], maxTtlS: 86_400, graceS: 60 }, clock, crypto);
  const { username } = issueSharedSecretCredential('s', 'ann', 600, clock, crypto);
  const granted = source.lookup(query(username));
  for (let i = 0; i < 5_000; i++) source.lookup(query(`${1_000_600 + i}:nobody`));
  const before = derived();
  expect(source.lookup(query(username))).toEqual(granted);
  expect(derived()).toBe(before + 1);
});

test('users of a list are known by name and by hash, in whichever realm there is', () => {
  const users = Array.from({ length: 300 }, (_, i) => ({ username: `user${i}`, password: `pass${i}` }));
  const source = new StaticCredentials(users, nodeCrypto);
  for (const realm of ['example.org', 'example.net']) {
    for (const { username } of users) {
      const byName = source.lookup(query(username, { realm }));
      const userhash = userhashOf(username, realm, nodeCrypto);
      expect(source.lookup({ ...query('', { realm, userhash }), username: undefined })).toEqual(byName);
      expect(byName).toMatchObject({ type: 'granted', username });
    }
  }
  const strange = userhashOf('somebody', 'example.net', nodeCrypto);
  expect(source.lookup({ ...query('', { realm: 'example.net', userhash: strange }), username: undefined })).toBe('unknown-user');
});

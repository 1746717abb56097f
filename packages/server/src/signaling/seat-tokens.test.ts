import { createHmac, createSecretKey } from 'node:crypto';
import { SeededRandom } from '@maru/protocol/core';
import { beforeAll, describe, expect, test } from 'vitest';
import { DEFAULT_DOMAIN_LIMITS, Directory, Refusal } from '../domain/index.js';
import { SeatTokens } from './seat-tokens.js';

const SECRET = new Uint8Array(32).fill(7);
const NOW = 1_700_000_000_000;
const tokens = new SeatTokens(SECRET);
const key = createSecretKey(createHmac('sha256', SECRET).update('maru seat token').digest());

let good: string;
beforeAll(async () => {
  const directory = new Directory(new SeededRandom(1), DEFAULT_DOMAIN_LIMITS);
  const now = { instant: 0, wallMs: NOW };
  directory.createSession(now, { id: 'hall' });
  const seat = directory.createConnection(now, 'hall', {});
  if (seat instanceof Refusal) throw seat;
  good = await tokens.sign(seat);
});

const encode = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

/** A token made by hand, signed with the right key unless told otherwise. */
function forge(header: unknown, payload: unknown, sign: (text: string) => string = hmac): string {
  const text = `${encode(header)}.${encode(payload)}`;
  return `${text}.${sign(text)}`;
}
const hmac = (text: string): string => createHmac('sha256', key).update(text).digest('base64url');

const header = { alg: 'HS256', typ: 'JWT' };
const claims = {
  iss: 'maru',
  aud: 'maru/seat',
  sid: 'hall',
  cid: 'c',
  jti: 'j',
  iat: NOW / 1_000,
  exp: NOW / 1_000 + 60,
  role: 'publisher',
};

test('a token says which seat it is for, and nothing secret', async () => {
  expect(await tokens.verify(good, NOW)).toMatchObject({ session: 'hall', role: 'publisher' });
  expect(await tokens.verify(forge(header, claims), NOW)).toMatchObject({ connection: 'c', tokenId: 'j' });
  const payload = JSON.parse(Buffer.from(good.split('.')[1]!, 'base64url').toString()) as object;
  expect(Object.keys(payload).sort()).toEqual(['aud', 'cid', 'exp', 'iat', 'iss', 'jti', 'role', 'sid']);
});

test('a token that is too old says so', async () => {
  expect(await tokens.verify(good, NOW + 600_000)).toMatchObject({ code: 'token/expired' });
});

describe('what is not ours is refused (S-77)', () => {
  const cases: Record<string, () => string> = {
    'alg none': () => forge({ alg: 'none' }, claims, () => ''),
    'alg None': () => forge({ alg: 'None' }, claims, () => ''),
    'alg NONE': () => forge({ alg: 'NONE' }, claims, () => ''),
    'alg HS512 with the right key': () =>
      forge({ alg: 'HS512' }, claims, (text) => createHmac('sha512', key).update(text).digest('base64url')),
    'no alg': () => forge({ typ: 'JWT' }, claims),
    'an empty signature': () => good.replace(/[^.]+$/, ''),
    'no signature': () => good.replace(/\.[^.]+$/, ''),
    'the signature of another token': () => forge(header, { ...claims, sid: 'other' }, () => good.split('.')[2]!),
    'another key': () => forge(header, claims, (text) => createHmac('sha256', 'secret').update(text).digest('base64url')),
    'a key id that is a path': () =>
      forge({ ...header, kid: '../../dev/null' }, claims, (text) => createHmac('sha256', '').update(text).digest('base64url')),
    'an embedded key': () =>
      forge({ ...header, jwk: { kty: 'oct', k: encode('x') } }, claims, (text) =>
        createHmac('sha256', 'x').update(text).digest('base64url'),
      ),
    'trailing data': () => `${good}.x`,
    'trailing bytes': () => `${good}AAAA`,
    'exp as text': () => forge(header, { ...claims, exp: 'tomorrow' }),
    'exp negative': () => forge(header, { ...claims, exp: -1 }),
    'no exp': () => forge(header, { ...claims, exp: undefined }),
    'not before the future': () => forge(header, { ...claims, nbf: NOW / 1_000 + 3_600 }),
    'another audience': () => forge(header, { ...claims, aud: 'maru/other' }),
    'another issuer': () => forge(header, { ...claims, iss: 'somebody' }),
    'no seat': () => forge(header, { ...claims, cid: undefined }),
    'a seat that is no text': () => forge(header, { ...claims, cid: { $ne: null } }),
    'a payload that is no JSON': () => forge(header, 'not json'),
    'a payload that is a list': () => forge(header, []),
    'a megabyte': () => forge(header, { ...claims, pad: 'x'.repeat(1_000_000) }),
    nothing: () => '',
    'base64 with padding': () => `${good}=`,
  };
  test.each(Object.entries(cases))('%s', async (_, make) => {
    const result = await tokens.verify(make(), NOW);
    expect(result).toBeInstanceOf(Refusal);
    expect(['token/invalid', 'token/expired']).toContain((result as Refusal).code);
  });
});

test('a resume key is good for its connection alone, and for the same secret after a restart', () => {
  const resumeKey = tokens.resumeKey('hall', 'ada');
  expect(new SeatTokens(SECRET).sessionOfResumeKey(resumeKey, 'ada')).toBe('hall');
  expect(tokens.sessionOfResumeKey(resumeKey, 'bo')).toBeUndefined();
  expect(tokens.sessionOfResumeKey(resumeKey.replace('hall', 'other'), 'ada')).toBeUndefined();
  for (const nonsense of ['', '.', 'hall', 'hall.', `hall.${'A'.repeat(43)}`])
    expect(tokens.sessionOfResumeKey(nonsense, 'ada')).toBeUndefined();
});

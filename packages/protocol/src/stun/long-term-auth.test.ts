import { nodeCrypto } from '@maru/node';
import { describe, expect, test } from 'vitest';
import { Malformed } from '../core/index.js';
import {
  checkIntegrity,
  checkIntegritySha256,
  decodeStunMessage,
  ErrorCode,
  formatNonceCookie,
  LongTermAuth,
  longTermKey,
  Nonce,
  PasswordAlgorithm,
  PasswordAlgorithms,
  parseNonceCookie,
  Realm,
  StunEncoder,
  type StunMessage,
  Userhash,
  Username,
} from './index.js';

const NONE = new Uint8Array(0);
const MD5 = { algorithm: 1, parameters: NONE };
const SHA256 = { algorithm: 2, parameters: NONE };

function decoded(bytes: Uint8Array): StunMessage {
  const message = decodeStunMessage(bytes);
  if (message instanceof Malformed) throw new Error(message.reason);
  return message;
}

const challenge = (code: number, nonce: string, algorithms?: readonly { algorithm: number; parameters: Uint8Array }[]) =>
  decoded(
    new StunEncoder()
      .start('error', 3, new Uint8Array(12))
      .add(ErrorCode, { code, reason: '' })
      .add(Realm, 'maru')
      .add(Nonce, nonce)
      .addIf(PasswordAlgorithms, algorithms)
      .finish()
      .slice(),
  );

const signed = (auth: LongTermAuth): StunMessage => {
  const encoder = new StunEncoder().start('request', 3, new Uint8Array(12));
  auth.sign(encoder);
  return decoded(encoder.finish().slice());
};

describe('a client with long-term credentials', () => {
  test('signs with MD5 and SHA-1 for a server that offers no algorithms, once', () => {
    const auth = new LongTermAuth('ada', 'secret', nodeCrypto);
    expect(signed(auth).attributes).toEqual([]);
    expect(auth.onChallenge(challenge(401, 'n1'))).toBe('retry');
    const request = signed(auth);
    expect([request.value(Username), request.value(Realm), request.value(Nonce)]).toEqual(['ada', 'maru', 'n1']);
    expect(checkIntegrity(request, longTermKey('md5', 'ada', 'maru', 'secret', nodeCrypto), nodeCrypto)).toBe('valid');
    expect(auth.onChallenge(challenge(401, 'n2'))).toBe('give-up');
  });

  test('takes the first algorithm it knows and echoes the list', () => {
    const auth = new LongTermAuth('ada', 'secret', nodeCrypto);
    const nonce = `${formatNonceCookie({ passwordAlgorithms: true, usernameAnonymity: true })}x`;
    expect(auth.onChallenge(challenge(401, nonce, [{ algorithm: 9, parameters: NONE }, SHA256, MD5]))).toBe('retry');
    const request = signed(auth);
    expect(request.value(PasswordAlgorithm)).toEqual(SHA256);
    expect(request.value(PasswordAlgorithms)).toHaveLength(3);
    expect([request.has(Username), request.has(Userhash)]).toEqual([false, true]);
    const key = longTermKey('sha-256', 'ada', 'maru', 'secret', nodeCrypto);
    expect(checkIntegritySha256(request, key, nodeCrypto)).toBe('valid');
    expect(checkIntegrity(request, key, nodeCrypto)).toBe('absent');
  });

  test('refuses a challenge whose algorithms somebody took out (bid-down)', () => {
    const nonce = `${formatNonceCookie({ passwordAlgorithms: true, usernameAnonymity: false })}x`;
    expect(new LongTermAuth('a', 'b', nodeCrypto).onChallenge(challenge(401, nonce))).toBe('give-up');
    expect(new LongTermAuth('a', 'b', nodeCrypto).onChallenge(challenge(401, 'n', [{ algorithm: 9, parameters: NONE }]))).toBe(
      'give-up',
    );
  });

  test('takes a new nonce as often as the server wants (438)', () => {
    const auth = new LongTermAuth('ada', 'secret', nodeCrypto);
    auth.onChallenge(challenge(401, 'n1'));
    expect(auth.onChallenge(challenge(438, 'n2'))).toBe('retry');
    expect(auth.onChallenge(challenge(438, 'n3'))).toBe('retry');
    expect(signed(auth).value(Nonce)).toBe('n3');
  });

  test('believes only responses that are signed like the request', () => {
    const auth = new LongTermAuth('ada', 'secret', nodeCrypto);
    auth.onChallenge(challenge(401, 'n1'));
    const key = longTermKey('md5', 'ada', 'maru', 'secret', nodeCrypto);
    const response = (sign: (encoder: StunEncoder) => void) => {
      const encoder = new StunEncoder().start('success', 3, new Uint8Array(12));
      sign(encoder);
      return decoded(encoder.finish().slice());
    };
    expect(auth.check(response((encoder) => encoder.integrity(key, nodeCrypto)))).toBe('valid');
    expect(auth.check(response((encoder) => encoder.integrity(Uint8Array.of(1), nodeCrypto)))).toBe('invalid');
    expect(auth.check(response((encoder) => encoder.integritySha256(key, nodeCrypto)))).toBe('absent');
  });
});

test('nonce cookies say what they say', () => {
  expect(parseNonceCookie('obMatJos2AAACf//499k')).toEqual({ passwordAlgorithms: false, usernameAnonymity: true });
  expect(parseNonceCookie('obMatJos2AAABx')).toEqual({ passwordAlgorithms: true, usernameAnonymity: false });
  expect(parseNonceCookie('f//499k954d6OL34oL9FSTvy64sA')).toBeUndefined();
  expect(parseNonceCookie('obMatJos2AAA')).toBeUndefined();
  expect(parseNonceCookie('obMatJos2A*AA')).toBeUndefined();
});

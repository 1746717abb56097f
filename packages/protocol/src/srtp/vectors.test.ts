import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { driver, nodeCrypto, pureCrypto } from '@maru/node';
import { describe, expect, test } from 'vitest';
import { type CryptoProvider, SRTP_PROFILES, type SrtpProfile } from '../core/index.js';
import { counterOf } from './counter-mode.js';
import { SrtpReceiver, SrtpSender } from './index.js';
import { deriveKey, KeyLabel } from './key-derivation.js';
import { hex, roomy } from './testing/packets.js';

const FOLDER = fileURLToPath(new URL('../../vectors/srtp', import.meta.url));
const PROVIDERS = [['pure', pureCrypto] as const, ...(driver.name === 'native' ? [['native', nodeCrypto] as const] : [])];

interface Keys {
  readonly key: string;
  readonly salt: string;
}

interface Vector {
  readonly source: string;
  readonly kind: 'rtp' | 'rtcp';
  readonly profile: SrtpProfile;
  readonly master?: Keys;
  /** Keys that are used as they are, without derivation. */
  readonly session?: Keys;
  readonly index?: number;
  readonly cryptex?: boolean;
  readonly encryptedExtensionIds?: readonly number[];
  readonly plain: string;
  readonly protected: string;
}

/** A provider whose key derivation yields the keys of the vector: all keys are one, and all salts. */
function withSessionKeys(session: Keys, provider: CryptoProvider): CryptoProvider {
  return {
    ...provider,
    aesCtr: () => ({
      xor: (counter, _bytes, _offset, length, out) => {
        out.set(hex(counter[7]! % 3 === 2 ? session.salt : session.key).subarray(0, length));
      },
    }),
  };
}

/** Both ends, before the packet of the vector. */
function endsOf(vector: Vector, provider: CryptoProvider) {
  const { keyBytes, saltBytes } = SRTP_PROFILES[vector.profile];
  const zero = { key: new Uint8Array(keyBytes), salt: new Uint8Array(saltBytes) };
  const options = {
    profile: vector.profile,
    master: vector.master ? { key: hex(vector.master.key), salt: hex(vector.master.salt) } : zero,
    crypto: vector.session ? withSessionKeys(vector.session, provider) : provider,
    cryptex: vector.cryptex ?? false,
    encryptedExtensionIds: vector.encryptedExtensionIds ?? [],
  };
  const sender = new SrtpSender(options);
  const ssrc = new DataView(hex(vector.plain).buffer).getUint32(4);
  if (vector.index !== undefined) sender.resume(ssrc, { rolloverCounter: 0, sequenceNumber: 0, nextRtcpIndex: vector.index });
  return { sender, receiver: new SrtpReceiver(options) };
}

describe.each(PROVIDERS)('a vector, by the %s provider,', (_, provider) => {
  test.each(readdirSync(FOLDER))('%s is what we make and what we read', (file) => {
    const vector: Vector = JSON.parse(readFileSync(join(FOLDER, file), 'utf8'));
    const { sender, receiver } = endsOf(vector, provider);
    const bytes = roomy(hex(vector.plain));
    const plainBytes = vector.plain.length / 2;
    const isRtp = vector.kind === 'rtp';
    const length = isRtp ? sender.protectRtp(bytes, 0, plainBytes) : sender.protectRtcp(bytes, 0, plainBytes);
    expect(Buffer.from(bytes.subarray(0, Math.max(length, 0))).toString('hex')).toBe(vector.protected);
    const back = isRtp ? receiver.unprotectRtp(bytes, 0, length) : receiver.unprotectRtcp(bytes, 0, length);
    expect(back).toBe(plainBytes);
    expect(Buffer.from(bytes.subarray(0, back)).toString('hex')).toBe(vector.plain);
  });
});

describe.each(PROVIDERS)('key derivation by the %s provider', (_, provider) => {
  const master = { key: hex('e1f97a0d3e018be0d64fa32c06de4139'), salt: hex('0ec675ad498afeebb6960b3aabe6') };
  const derived = (label: KeyLabel, length: number) => Buffer.from(deriveKey(provider, master, label, length)).toString('hex');

  test('yields the keys of RFC 3711 B.3', () => {
    expect(derived(KeyLabel.rtpEncryption, 16)).toBe('c61e7a93744f39ee10734afe3ff7a087');
    expect(derived(KeyLabel.rtpSalt, 14)).toBe('30cbbc08863d8c85d49db34a9ae1');
    expect(derived(KeyLabel.rtpAuthentication, 96)).toBe(
      'cebe321f6ff7716b6fd4ab49af256a156d38baa48f0a0acf3c34e2359e6cdbcee049646c43d9327ad175578ef72270986371c10c9a369ac2f94a8c5fbcdddc256d6e919a48b610ef17c2041e474035766b68642c59bbfc2f34db60dbdfb2dc68',
    );
  });

  test('yields the header keys of RFC 6904 Appendix A', () => {
    expect(derived(KeyLabel.headerEncryption, 16)).toBe('549752054d6fb708622c4a2e596a1b93');
    expect(derived(KeyLabel.headerSalt, 14)).toBe('ab01818174c40d39a3781f7c2d27');
  });

  test('the key stream is that of RFC 3711 B.2, at its beginning and 65,283 blocks later', () => {
    const counter = new Uint8Array(16);
    counterOf(hex('f0f1f2f3f4f5f6f7f8f9fafbfcfd'), 0, 0, 0, counter);
    const stream = new Uint8Array(0xff02 * 16);
    provider.aesCtr(hex('2b7e151628aed2a6abf7158809cf4f3c')).xor(counter, stream, 0, stream.length, stream, 0);
    const block = (number: number) => Buffer.from(stream.subarray(16 * number, 16 * number + 16)).toString('hex');
    expect([0, 1, 2].map(block)).toEqual([
      'e03ead0935c95e80e166b16dd92b4eb4',
      'd23513162b02d0f72a43a2fe4a5f97ab',
      '41e95b3bb0a2e8dd477901e4fca894c0',
    ]);
    expect([0xfeff, 0xff00, 0xff01].map(block)).toEqual([
      'ec8cdf7398607cb0f2d21675ea9ea1e4',
      '362b7c3c6773516318a077d7fc5073ae',
      '6a2cc3787889374fbeb4c81b17ba6c44',
    ]);
  });
});

import { createHmac } from 'node:crypto';
import type { HashAlgorithm } from '@maru/protocol/core';
import { expect, test } from 'vitest';
import { nodeHmac } from './node-hmac.js';
import { nodeCrypto } from './provider.js';

const DIGESTS = { md5: 'md5', 'sha-1': 'sha1', 'sha-256': 'sha256', 'sha-384': 'sha384', 'sha-512': 'sha512' } as const;

/** Bytes with every value in them. */
const bytesOf = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => 7 * i + length);

test.each(Object.entries(DIGESTS) as [HashAlgorithm, string][])(
  '%s: the same as node:crypto, for keys and data of all lengths',
  (algorithm, digest) => {
    for (const keyBytes of [0, 1, 20, 63, 64, 65, 200])
      for (const dataBytes of [0, 1, 24, 300, 1_535, 1_536, 1_537, 5_000]) {
        const [key, data] = [bytesOf(keyBytes), bytesOf(dataBytes)];
        const expected = new Uint8Array(createHmac(digest, key).update(data).digest());
        expect(nodeHmac(algorithm, digest, key, data)).toEqual(expected);
        expect(nodeCrypto.hmac(algorithm, key, data)).toEqual(expected); // by the addon, where it is there and knows the hash
      }
  },
);

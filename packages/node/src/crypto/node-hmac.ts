import { createHmac } from 'node:crypto';
import type { HashAlgorithm } from '@maru/protocol/core';
import { BLOCK_BYTES, hashAtOnce, INNER_PAD, OUTER_PAD, writeBinary } from './node-hmac-sha1.js';

const MAX_CODE_BYTES = 32;
/** How long the codes are that {@link hmacAtOnce} can make. Larger hashes have larger blocks. */
const CODE_BYTES: Partial<Record<HashAlgorithm, number>> = { md5: 16, 'sha-1': 20, 'sha-256': MAX_CODE_BYTES };
/** Any STUN message over UDP, and every step of a key derivation. */
const MAX_DATA_BYTES = 1_536;

const inner = new Uint8Array(BLOCK_BYTES + MAX_DATA_BYTES);
const outer = new Uint8Array(BLOCK_BYTES + MAX_CODE_BYTES);

/**
 * HMAC under a key that is used once or seldom. Of short data, as two hashes over blocks that begin with the pads of the key
 * (RFC 2104 §2): 1.9 us where createHmac, which makes an object that the collector must free, takes 4.5 (SHA-256, 24 bytes).
 */
export function nodeHmac(algorithm: HashAlgorithm, digest: string, key: Uint8Array, data: Uint8Array): Uint8Array {
  const bytes = CODE_BYTES[algorithm];
  if (bytes !== undefined && hashAtOnce && key.length <= BLOCK_BYTES && data.length <= MAX_DATA_BYTES)
    return hmacAtOnce(hashAtOnce, digest, bytes, key, data);
  return new Uint8Array(createHmac(digest, key).update(data).digest());
}

function hmacAtOnce(
  hash: NonNullable<typeof hashAtOnce>,
  digest: string,
  bytes: number,
  key: Uint8Array,
  data: Uint8Array,
): Uint8Array {
  for (let i = 0; i < BLOCK_BYTES; i++) {
    const byte = key[i] ?? 0;
    inner[i] = byte ^ INNER_PAD;
    outer[i] = byte ^ OUTER_PAD;
  }
  inner.set(data, BLOCK_BYTES);
  writeBinary(hash(digest, inner.subarray(0, BLOCK_BYTES + data.length), 'binary'), outer, BLOCK_BYTES);
  const code = new Uint8Array(bytes);
  writeBinary(hash(digest, outer.subarray(0, BLOCK_BYTES + bytes), 'binary'), code, 0);
  inner.fill(0, 0, BLOCK_BYTES + data.length); // no key stays behind
  outer.fill(0);
  return code;
}

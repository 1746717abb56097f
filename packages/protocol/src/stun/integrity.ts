import type { CryptoProvider } from '../core/index.js';
import { type RawAttribute, STUN_HEADER_BYTES, type StunMessage } from './message.js';
import { AttributeType } from './registry.js';

/** Whether a message proves knowledge of a key: 'absent' when it does not even try. */
export type IntegrityCheck = 'valid' | 'invalid' | 'absent';

/** Checks MESSAGE-INTEGRITY (RFC 8489 §14.5). */
export function checkIntegrity(message: StunMessage, key: Uint8Array, crypto: CryptoProvider): IntegrityCheck {
  const attribute = message.find(AttributeType.messageIntegrity);
  if (!attribute) return 'absent';
  if (attribute.value.length !== 20) return 'invalid';
  return crypto.equal(crypto.hmac('sha-1', key, coveredBy(message, attribute)), attribute.value) ? 'valid' : 'invalid';
}

/** Checks MESSAGE-INTEGRITY-SHA256, which may be truncated to 16 bytes or more in steps of 4 (RFC 8489 §14.6). */
export function checkIntegritySha256(message: StunMessage, key: Uint8Array, crypto: CryptoProvider): IntegrityCheck {
  const attribute = message.find(AttributeType.messageIntegritySha256);
  if (!attribute) return 'absent';
  const { value } = attribute;
  if (value.length < 16 || value.length > 32 || value.length % 4 !== 0) return 'invalid';
  const expected = crypto.hmac('sha-256', key, coveredBy(message, attribute)).subarray(0, value.length);
  return crypto.equal(expected, value) ? 'valid' : 'invalid';
}

/** Any message over UDP; longer ones take memory of their own. */
const scratch = new Uint8Array(2_048);

/** The message up to `attribute`, with a length field that ends with `attribute`. A copy, valid until the next one: the message is only lent. */
function coveredBy(message: StunMessage, attribute: RawAttribute): Uint8Array {
  const { offset } = attribute;
  const covered = offset > scratch.length ? new Uint8Array(offset) : scratch.subarray(0, offset);
  covered.set(message.bytes.subarray(0, offset));
  const length = attribute.offset - STUN_HEADER_BYTES + 4 + attribute.value.length;
  covered[2] = length >>> 8;
  covered[3] = length;
  return covered;
}

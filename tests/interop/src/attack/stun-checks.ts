import { nodeCrypto, systemRandom } from '@maru/node';
import {
  IceControlling,
  newTransactionId,
  Priority,
  StunEncoder,
  StunMethod,
  shortTermKey,
  UseCandidate,
  Username,
} from '@maru/protocol/stun';

/** The greatest priority there is: whoever believes it, prefers this pair (RFC 8445 §5.1.2). */
const GREATEST_PRIORITY = 2 ** 31 - 1;

/** A check that nominates its sender, by whoever claims to be controlling; without MESSAGE-INTEGRITY where there is no password. */
export function nominatingCheck(username: string, password?: string): Uint8Array {
  const encoder = new StunEncoder()
    .start('request', StunMethod.binding, newTransactionId(systemRandom))
    .add(Username, username)
    .add(Priority, GREATEST_PRIORITY)
    .add(IceControlling, 2n ** 64n - 1n)
    .add(UseCandidate, true);
  if (password !== undefined) encoder.integrity(shortTermKey(password), nodeCrypto);
  return new Uint8Array(encoder.fingerprint().finish());
}

/** A success that claims to answer some check, signed with `password` where there is one. */
export function unaskedSuccess(password?: string): Uint8Array {
  const encoder = new StunEncoder().start('success', StunMethod.binding, newTransactionId(systemRandom));
  if (password !== undefined) encoder.integrity(shortTermKey(password), nodeCrypto);
  return new Uint8Array(encoder.fingerprint().finish());
}

import type { CryptoProvider } from '../core/index.js';
import {
  AttributeType,
  ErrorCode,
  IceControlled,
  IceControlling,
  Priority,
  type StunEncoder,
  type StunError,
  StunMethod,
  type TransportAddress,
  UnknownAttributes,
  UseCandidate,
  Username,
  XorMappedAddress,
} from '../stun/index.js';
import type { IceRole } from './state.js';

/** What an ICE agent understands among the attributes that must be understood (RFC 8445 §16.1). */
export const KNOWN_ATTRIBUTES: ReadonlySet<number> = new Set([
  AttributeType.username,
  AttributeType.messageIntegrity,
  AttributeType.messageIntegritySha256,
  AttributeType.errorCode,
  AttributeType.unknownAttributes,
  AttributeType.xorMappedAddress,
  AttributeType.mappedAddress,
  AttributeType.priority,
  AttributeType.useCandidate,
]);

export interface Check {
  readonly transactionId: Uint8Array;
  /** The peer's ufrag, a colon, ours (RFC 8445 §7.2.2). */
  readonly username: string;
  /** Of the peer reflexive candidate that the check may reveal. */
  readonly priority: number;
  readonly role: IceRole;
  readonly tieBreaker: bigint;
  readonly useCandidate: boolean;
  /** The peer's password. */
  readonly key: Uint8Array;
}

/** A connectivity check (RFC 8445 §7.2.2): a view of the encoder's buffer. */
export function encodeCheck(encoder: StunEncoder, check: Check, crypto: CryptoProvider): Uint8Array {
  encoder
    .start('request', StunMethod.binding, check.transactionId)
    .add(Username, check.username)
    .add(Priority, check.priority)
    .add(check.role === 'controlling' ? IceControlling : IceControlled, check.tieBreaker);
  if (check.useCandidate) encoder.add(UseCandidate, true);
  return encoder.integrity(check.key, crypto).fingerprint().finish();
}

/** The answer to a check (RFC 8445 §7.3.1.2), signed with our password. */
export function encodeCheckResponse(
  encoder: StunEncoder,
  transactionId: Uint8Array,
  source: TransportAddress,
  key: Uint8Array,
  crypto: CryptoProvider,
): Uint8Array {
  return encoder
    .start('success', StunMethod.binding, transactionId)
    .add(XorMappedAddress, source)
    .integrity(key, crypto)
    .fingerprint()
    .finish();
}

/** A refusal of a check that was authentic. */
export function encodeCheckError(
  encoder: StunEncoder,
  transactionId: Uint8Array,
  error: StunError,
  unknown: readonly number[] | undefined,
  key: Uint8Array,
  crypto: CryptoProvider,
): Uint8Array {
  return encoder
    .start('error', StunMethod.binding, transactionId)
    .add(ErrorCode, error)
    .addIf(UnknownAttributes, unknown)
    .integrity(key, crypto)
    .fingerprint()
    .finish();
}

import { ByteReader } from '../../bytes/index.js';
import { Malformed } from '../../core/index.js';
import type { StunAttribute } from '../attribute.js';
import { AttributeType } from '../registry.js';

/** A self-contained OAuth token, sealed by who grants access for the TURN server (RFC 7635 §6.2). All views when decoded. */
export interface SealedAccessToken {
  readonly nonce: Uint8Array;
  /** The encrypted block with its tag: {@link decodeAccessTokenBlock} reads it once opened. */
  readonly sealed: Uint8Array;
}

const TRUNCATED = Malformed.of('stun/access-token/truncated');

/**
 * ACCESS-TOKEN (RFC 7635 §6.2).
 *
 *      0                   1                   2                   3
 *      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *     |        Nonce Length           |         Nonce (variable)     //
 *     |        Encrypted Block (variable)                            //
 */
export const AccessToken: StunAttribute<SealedAccessToken> = {
  type: AttributeType.accessToken,
  name: 'ACCESS-TOKEN',
  decode(value) {
    const reader = new ByteReader(value);
    const nonce = reader.view(reader.u16());
    const sealed = reader.rest();
    return reader.failed ? TRUNCATED : { nonce, sealed };
  },
  encode({ nonce, sealed }, out) {
    out.u16(nonce.length).raw(nonce).raw(sealed);
  },
};

/** What an access token says once it is opened. */
export interface AccessTokenBlock {
  readonly macKey: Uint8Array;
  /** When it was made: seconds since 1970 in the upper 48 bits, fractions of 1/64000 s below. */
  readonly timestamp: bigint;
  readonly lifetimeSeconds: number;
}

/** Reads the opened block: key length, MAC key, 64 bits of timestamp, 32 of lifetime (RFC 7635 §6.2). */
export function decodeAccessTokenBlock(block: Uint8Array): AccessTokenBlock | Malformed {
  const reader = new ByteReader(block);
  const macKey = reader.view(reader.u16());
  const timestamp = reader.u64();
  const lifetimeSeconds = reader.u32();
  return reader.failed ? TRUNCATED : { macKey, timestamp, lifetimeSeconds };
}

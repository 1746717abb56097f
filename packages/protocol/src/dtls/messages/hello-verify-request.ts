import { ByteReader } from '../../bytes/index.js';
import { type Decoded, Malformed } from '../../core/index.js';
import { concat, u16s, vector8 } from '../vector.js';
import { DTLS_1_0, DTLS_1_2 } from '../version.js';

const MALFORMED = Malformed.of('dtls/hello-verify-request/malformed');

/** The cookie that a client must send back (RFC 6347 §4.2.1). */
export function decodeHelloVerifyRequest(body: Uint8Array): Decoded<{ readonly cookie: Uint8Array }> {
  const reader = new ByteReader(body);
  const version = reader.u16();
  const cookie = reader.view(reader.u8());
  if (reader.failed || reader.remaining > 0 || cookie.length === 0) return MALFORMED;
  return version === DTLS_1_0 || version === DTLS_1_2 ? { cookie } : MALFORMED;
}

/** The version says 1.0 whatever will be negotiated, as RFC 6347 §4.2.1 advises. */
export function encodeHelloVerifyRequest(cookie: Uint8Array): Uint8Array {
  return concat(u16s(DTLS_1_0), vector8(cookie));
}

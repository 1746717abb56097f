import { ByteReader } from '../../bytes/index.js';
import { type Decoded, Malformed, type SignatureScheme } from '../../core/index.js';
import { codeOfScheme } from '../signature-scheme.js';
import { concat, readU16s, u16s, vector8, vector16 } from '../vector.js';

const MALFORMED = Malformed.of('dtls/certificate-request/malformed');
const ECDSA_SIGN = 64;
const RSA_SIGN = 1;

/** What a server accepts as proof of who the client is (RFC 5246 §7.4.4). Names of authorities are not looked at. */
export function decodeCertificateRequest(body: Uint8Array): Decoded<{ readonly schemes: readonly number[] }> {
  const reader = new ByteReader(body);
  reader.skip(reader.u8()); // certificate_types: the schemes say the same, more precisely
  const schemes = readU16s(reader.view(reader.u16()));
  reader.skip(reader.u16()); // certificate_authorities
  return reader.failed || reader.remaining > 0 ? MALFORMED : { schemes };
}

export function encodeCertificateRequest(schemes: readonly SignatureScheme[]): Uint8Array {
  return concat(vector8(Uint8Array.of(ECDSA_SIGN, RSA_SIGN)), vector16(u16s(...schemes.map(codeOfScheme))), u16s(0));
}

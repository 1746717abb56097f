import { ByteReader } from '../../bytes/index.js';
import { type Decoded, Malformed, type SignatureScheme } from '../../core/index.js';
import { codeOfScheme } from '../signature-scheme.js';
import { concat, u16s, vector16 } from '../vector.js';

const MALFORMED = Malformed.of('dtls/certificate-verify/malformed');

/** A client's proof that it owns the key of its certificate (RFC 5246 §7.4.8). */
export interface CertificateVerify {
  readonly scheme: number;
  readonly signature: Uint8Array;
}

export function decodeCertificateVerify(body: Uint8Array): Decoded<CertificateVerify> {
  const reader = new ByteReader(body);
  const scheme = reader.u16();
  const signature = reader.view(reader.u16());
  return reader.failed || reader.remaining > 0 ? MALFORMED : { scheme, signature };
}

export function encodeCertificateVerify(scheme: SignatureScheme, signature: Uint8Array): Uint8Array {
  return concat(u16s(codeOfScheme(scheme)), vector16(signature));
}

import { ByteReader } from '../../bytes/index.js';
import { type Decoded, Malformed } from '../../core/index.js';
import { vector24 } from '../vector.js';
import { readCertificate, type X509Certificate } from '../x509/certificate.js';

const MALFORMED = Malformed.of('dtls/certificate/malformed');
const TOO_MANY = Malformed.of('dtls/certificate/too-many');
/** WebRTC sends one; authorities and their intermediates make three or four. */
const MAX_CHAIN = 8;

/** Reads a Certificate message: the sender's own first (RFC 5246 §7.4.2). An empty list is a client that has none. */
export function decodeCertificateChain(body: Uint8Array): Decoded<readonly X509Certificate[]> {
  const outer = new ByteReader(body);
  const list = new ByteReader(outer.view(outer.u24()));
  if (outer.failed || outer.remaining > 0) return MALFORMED;
  const chain: X509Certificate[] = [];
  while (list.remaining > 0) {
    const der = list.view(list.u24());
    if (list.failed) return MALFORMED;
    if (chain.length === MAX_CHAIN) return TOO_MANY;
    const certificate = readCertificate(der);
    if (certificate instanceof Malformed) return certificate;
    chain.push(certificate);
  }
  return chain;
}

export function encodeCertificateChain(chain: readonly Uint8Array[]): Uint8Array {
  return vector24(...chain.map((der) => vector24(der)));
}

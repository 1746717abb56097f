import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { SecureContextOptions } from 'node:tls';
import { signingKeyOf } from '@maru/node';
import type { LocalCertificate } from '@maru/protocol/dtls';

/** One certificate, as TLS and as DTLS want it. */
export interface TurnCertificate {
  readonly tls: SecureContextOptions;
  readonly dtls: LocalCertificate;
}

const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/** Reads a chain (the server's own first) and its key, both PEM. Throws for what is neither. */
export function turnCertificate({ cert, key }: { readonly cert: string; readonly key: string }): TurnCertificate {
  const chain = (cert.match(PEM_CERTIFICATE) ?? []).map((pem) => new Uint8Array(new X509Certificate(pem).raw));
  if (chain.length === 0) throw new Error('no certificate in PEM');
  return { tls: { cert, key }, dtls: { chain, key: signingKeyOf(createPrivateKey(key)) } };
}

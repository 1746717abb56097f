import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { rootCertificates } from 'node:tls';

/** Longer chains are not followed: real ones have two or three certificates. */
const MAX_CHAIN = 8;

const PEM = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** The authorities that Node.js trusts, read when first needed: parsing them takes a while. */
let authorities: readonly X509Certificate[] | undefined;

/**
 * Whether `chain` (DER, the server's own first) is of `serverName` and leads to an authority that is trusted: by Node.js, or
 * named in `trusted` (PEM). TLS in Node.js does this by itself; DTLS, being ours, asks here.
 */
export function isTrustedServer(
  chain: readonly Uint8Array[],
  serverName: string,
  wallNowMs: number,
  trusted: readonly string[] = [],
): boolean {
  const certificates = chain.slice(0, MAX_CHAIN).map((der) => new X509Certificate(der));
  const [own] = certificates;
  if (!own || !isOf(own, serverName)) return false;
  const anchors = trusted.map((pem) => new X509Certificate(pem));
  for (const [i, certificate] of certificates.entries()) {
    if (!isValidAt(certificate, wallNowMs)) return false;
    if (anchors.some((anchor) => isIssuedBy(certificate, anchor) || anchor.fingerprint256 === certificate.fingerprint256))
      return true;
    if (isIssuedByAuthority(certificate, wallNowMs)) return true;
    const issuer = certificates[i + 1];
    if (!issuer?.ca || !isIssuedBy(certificate, issuer)) return false;
  }
  return false;
}

function isOf(certificate: X509Certificate, serverName: string): boolean {
  return (isIP(serverName) ? certificate.checkIP(serverName) : certificate.checkHost(serverName)) !== undefined;
}

function isValidAt(certificate: X509Certificate, wallNowMs: number): boolean {
  return Date.parse(certificate.validFrom) <= wallNowMs && wallNowMs <= Date.parse(certificate.validTo);
}

function isIssuedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}

/** What the environment adds for TLS in Node.js counts for DTLS as well. */
function extraCertificates(): readonly string[] {
  const file = process.env['NODE_EXTRA_CA_CERTS'];
  if (!file) return [];
  try {
    return readFileSync(file, 'utf8').match(PEM) ?? [];
  } catch {
    return []; // Node.js has warned of it at its start
  }
}

function isIssuedByAuthority(certificate: X509Certificate, wallNowMs: number): boolean {
  authorities ??= [...rootCertificates, ...extraCertificates()].map((pem) => new X509Certificate(pem));
  return authorities.some((authority) => isValidAt(authority, wallNowMs) && isIssuedBy(certificate, authority));
}

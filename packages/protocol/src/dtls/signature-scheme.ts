import type { SignatureScheme } from '../core/index.js';

/** IANA TLS SignatureScheme; in TLS 1.2 the high byte is the hash and the low byte the signature (RFC 5246 §7.4.1.4.1). */
const CODES: Readonly<Record<SignatureScheme, number>> = {
  'ecdsa-secp256r1-sha256': 0x0403,
  'ecdsa-secp384r1-sha384': 0x0503,
  'rsa-pss-sha256': 0x0804,
  'rsa-pss-sha384': 0x0805,
  'rsa-pss-sha512': 0x0806,
  'rsa-pkcs1-sha256': 0x0401,
  'rsa-pkcs1-sha384': 0x0501,
  'rsa-pkcs1-sha512': 0x0601,
};

/** Every scheme that we verify, in the order in which we offer them: nothing with SHA-1. */
export const SIGNATURE_SCHEMES = Object.keys(CODES) as readonly SignatureScheme[];

export function codeOfScheme(scheme: SignatureScheme): number {
  return CODES[scheme];
}

/** The scheme with `code`; undefined if we neither make nor verify it. */
export function schemeOfCode(code: number): SignatureScheme | undefined {
  return SIGNATURE_SCHEMES.find((scheme) => CODES[scheme] === code);
}

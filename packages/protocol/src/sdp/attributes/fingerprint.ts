import type { Attribute } from '../tree.js';

/** `a=fingerprint` (RFC 8122 §5): the hash of a certificate. */
export interface Fingerprint {
  /** Lower case: `sha-256`. */
  readonly algorithm: string;
  /** Upper-case hexadecimal bytes with colons. */
  readonly value: string;
}

/** Undefined if `value` is no fingerprint. */
export function parseFingerprint(value: string): Fingerprint | undefined {
  const match = /^([A-Za-z0-9-]{1,32}) +([0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){0,127}) *$/.exec(value);
  return match ? { algorithm: match[1]!.toLowerCase(), value: match[2]!.toUpperCase() } : undefined;
}

export function formatFingerprint({ algorithm, value }: Fingerprint): Attribute {
  return { name: 'fingerprint', value: `${algorithm} ${value}` };
}

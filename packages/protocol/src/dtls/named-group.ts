import type { KeyAgreementGroup } from '../core/index.js';

const CODES: Readonly<Record<KeyAgreementGroup, number>> = { secp256r1: 23, secp384r1: 24, x25519: 29 };

/** IANA TLS Supported Groups. */
export function codeOfGroup(group: KeyAgreementGroup): number {
  return CODES[group];
}

/** The first of `known` that has `code`. */
export function groupOfCode(code: number, known: readonly KeyAgreementGroup[]): KeyAgreementGroup | undefined {
  return known.find((group) => CODES[group] === code);
}

import { type Decoded, Malformed } from '../../core/index.js';
import { contextTag, DerTag } from './der.js';
import { DerReader } from './der-reader.js';
import { type PublicKeyKind, readPublicKeyKind } from './public-key.js';

/** An X.509 certificate (RFC 5280 §4.1), as far as DTLS and its statistics look into it. */
export interface X509Certificate {
  /** The whole certificate, a copy. */
  readonly der: Uint8Array;
  readonly serialNumber: Uint8Array;
  /** Distinguished names, in DER. */
  readonly issuerDer: Uint8Array;
  readonly subjectDer: Uint8Array;
  /** Wall time in milliseconds since 1970. */
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  /** The SubjectPublicKeyInfo, in DER: what a signature is verified with. */
  readonly publicKeyDer: Uint8Array;
  readonly publicKey: PublicKeyKind;
}

/** Larger certificates are not read: with RSA 8192 and a page of names there is room left. */
export const MAX_CERTIFICATE_BYTES = 16_384;

const TOO_LARGE = Malformed.of('dtls/certificate/too-large');
const BAD_DER = Malformed.of('dtls/certificate/bad-der');
const BAD_TIME = Malformed.of('dtls/certificate/bad-time');
const UNSUPPORTED_KEY = Malformed.of('dtls/certificate/unsupported-key');

/**
 * Reads a certificate. Its signature is not checked: in WebRTC a fingerprint vouches for it, and elsewhere its issuer does,
 * which is for the owner to ask. Extensions are skipped.
 */
export function readCertificate(bytes: Uint8Array): Decoded<X509Certificate> {
  if (bytes.length > MAX_CERTIFICATE_BYTES) return TOO_LARGE;
  const outer = new DerReader(bytes.slice());
  const der = outer.element(DerTag.sequence);
  if (outer.failed || !outer.isAtEnd) return BAD_DER;
  const certificate = new DerReader(der).enter(DerTag.sequence);
  const tbs = certificate.enter(DerTag.sequence);
  certificate.element(DerTag.sequence); // signatureAlgorithm
  certificate.bitString(); // signature

  if (tbs.nextTag === contextTag(0)) tbs.element(contextTag(0)); // version
  const serialNumber = tbs.contents(DerTag.integer);
  tbs.element(DerTag.sequence); // signature algorithm, again
  const issuerDer = tbs.element(DerTag.sequence);
  const validity = tbs.enter(DerTag.sequence);
  const subjectDer = tbs.element(DerTag.sequence);
  const publicKeyDer = tbs.element(DerTag.sequence);
  if (tbs.failed || certificate.failed || !certificate.isAtEnd) return BAD_DER;

  const notBeforeMs = readTime(validity);
  const notAfterMs = readTime(validity);
  if (notBeforeMs === undefined || notAfterMs === undefined) return BAD_TIME;
  const publicKey = readPublicKeyKind(publicKeyDer);
  if (!publicKey) return UNSUPPORTED_KEY;
  return { der, serialNumber, issuerDer, subjectDer, notBeforeMs, notAfterMs, publicKeyDer, publicKey };
}

/** UTCTime or GeneralizedTime, always in Zulu and with seconds (RFC 5280 §4.1.2.5). */
function readTime(validity: DerReader): number | undefined {
  const isShort = validity.nextTag === DerTag.utcTime;
  const text = String.fromCharCode(...validity.contents(isShort ? DerTag.utcTime : DerTag.generalizedTime).subarray(0, 16));
  const digits = /^(\d\d|\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(text)?.slice(1).map(Number);
  if (validity.failed || !digits || text.length !== (isShort ? 13 : 15)) return undefined;
  const [shortYear = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = digits;
  const year = !isShort ? shortYear : shortYear < 50 ? 2000 + shortYear : 1900 + shortYear;
  const isPossible = month >= 1 && month <= 12 && day >= 1 && day <= 31 && hour < 24 && minute < 60 && second < 61;
  return isPossible ? ((daysSince1970(year, month, day) * 24 + hour) * 60 + minute) * 60_000 + second * 1_000 : undefined;
}

/** The Gregorian calendar, with years that begin in March so that the leap day comes last. */
function daysSince1970(year: number, month: number, day: number): number {
  const marchYear = month <= 2 ? year - 1 : year;
  const era = Math.floor(marchYear / 400);
  const yearOfEra = marchYear - era * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  return era * 146_097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719_468;
}

import type { GeneratedCertificate } from '@maru/node';
import type { CryptoProvider } from '@maru/protocol/core';
import { fingerprintOf } from '@maru/protocol/dtls';
import type { Environment } from './environment.js';
import { optional, toDictionary, toDomString, toInteger, UNSIGNED_LONG_LONG } from './webidl/convert.js';
import { defineInterface, INTERNAL, type Internal, refuseScripts } from './webidl/interface.js';

/** W3C webrtc, RTCDtlsFingerprint. */
export interface RTCDtlsFingerprint {
  algorithm: string;
  /** Lower-case hexadecimal with colons. */
  value: string;
}

/** What is behind an RTCCertificate, for our own use. */
export let revealCertificate: (certificate: RTCCertificate) => GeneratedCertificate;

/** A certificate with its key, which no script can read (W3C webrtc, RTCCertificate). */
export class RTCCertificate {
  readonly #certificate: GeneratedCertificate;
  readonly #crypto: CryptoProvider;

  /** Made by `RTCPeerConnection.generateCertificate` alone. */
  constructor(...[token, certificate, crypto]: [Internal, GeneratedCertificate, CryptoProvider]) {
    refuseScripts(token);
    this.#certificate = certificate;
    this.#crypto = crypto;
  }

  /** Wall time in milliseconds since 1970. */
  get expires(): number {
    return this.#certificate.expiresMs;
  }

  getFingerprints(): RTCDtlsFingerprint[] {
    const { algorithm, value } = fingerprintOf(this.#crypto, this.#certificate.chain[0]!);
    return [{ algorithm, value: value.toLowerCase() }];
  }

  static {
    revealCertificate = (certificate) => certificate.#certificate;
  }
}

/** Wraps `certificate` for scripts. */
export function wrapCertificate(certificate: GeneratedCertificate, crypto: CryptoProvider): RTCCertificate {
  return new RTCCertificate(INTERNAL, certificate, crypto);
}

/** W3C webrtc, "generateCertificate". */
export async function generateRtcCertificate(keygenAlgorithm: unknown, environment: Environment): Promise<RTCCertificate> {
  const lifetimeMs = readExpiration(keygenAlgorithm);
  const algorithm = readAlgorithm(keygenAlgorithm);
  const certificate = await environment.generateCertificate({ algorithm, ...(lifetimeMs !== undefined && { lifetimeMs }) });
  return wrapCertificate(certificate, environment.context.crypto);
}

function readExpiration(keygenAlgorithm: unknown): number | undefined {
  if (typeof keygenAlgorithm !== 'object' || keygenAlgorithm === null) return undefined;
  const { expires } = toDictionary(keygenAlgorithm, 'RTCCertificateExpiration') as { expires?: unknown };
  return optional(expires, (value) => toInteger(value, UNSIGNED_LONG_LONG, 'enforce'));
}

/** The two algorithms that must be there, and P-384 (W3C webrtc, "generateCertificate"; WebCrypto, "normalize an algorithm"). */
function readAlgorithm(keygenAlgorithm: unknown): 'ecdsa-p256' | 'ecdsa-p384' | 'rsa-2048' {
  if (typeof keygenAlgorithm !== 'object' || keygenAlgorithm === null) throw unsupported(toDomString(keygenAlgorithm));
  const dictionary = toDictionary(keygenAlgorithm, 'AlgorithmIdentifier');
  if (dictionary['name'] === undefined) throw new TypeError('The algorithm lacks its required member "name"');
  const name = toDomString(dictionary['name']);
  if (name.toUpperCase() === 'ECDSA') {
    const curve = dictionary['namedCurve'];
    if (curve === 'P-256') return 'ecdsa-p256';
    if (curve === 'P-384') return 'ecdsa-p384';
  }
  if (name.toUpperCase() === 'RSASSA-PKCS1-V1_5' && isSupportedRsa(dictionary)) return 'rsa-2048';
  throw unsupported(name);
}

function isSupportedRsa(dictionary: Readonly<Record<string, unknown>>): boolean {
  const { hash, modulusLength, publicExponent } = dictionary as {
    hash?: unknown;
    modulusLength?: unknown;
    publicExponent?: unknown;
  };
  const hashName = typeof hash === 'object' && hash !== null ? (hash as { name?: unknown }).name : hash;
  const isExponent65537 = publicExponent instanceof Uint8Array && [...publicExponent].join() === '1,0,1';
  return `${hashName as string}`.toUpperCase() === 'SHA-256' && modulusLength === 2_048 && isExponent65537;
}

function unsupported(name: string): DOMException {
  return new DOMException(`No certificate can be made with "${name}" and these parameters`, 'NotSupportedError');
}

defineInterface(RTCCertificate, 'RTCCertificate');

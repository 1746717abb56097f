import { DerTag } from './der.js';
import { DerReader } from './der-reader.js';
import { derOid } from './der-writer.js';
import { Oid } from './oid.js';

/** What the key of a certificate is; kinds that nothing here can verify with are not read (RFC 5480, RFC 8017 A.1). */
export type PublicKeyKind =
  | { readonly type: 'ec'; readonly curve: 'secp256r1' | 'secp384r1' }
  | { readonly type: 'rsa'; readonly modulusBits: number };

/** Below, RSA is breakable; above, one signature check costs milliseconds that an attacker would make us spend. */
const RSA_BITS = { least: 2_048, most: 8_192 };
/** 65 537 is what everyone uses; a long exponent only makes verifying slow. */
const RSA_EXPONENT_BYTES = 4;

const EC_PUBLIC_KEY = derOid(Oid.ecPublicKey);
const RSA_ENCRYPTION = derOid(Oid.rsaEncryption);
const CURVES = [
  { curve: 'secp256r1', oid: derOid(Oid.secp256r1), pointBytes: 65 },
  { curve: 'secp384r1', oid: derOid(Oid.secp384r1), pointBytes: 97 },
] as const;
const UNCOMPRESSED = 4;

/**
 * What kind of key a SubjectPublicKeyInfo holds (RFC 5280 §4.1.2.7). Undefined for other kinds: explicit curve parameters,
 * compressed points, RSA outside 2048 to 8192 bits among them. Whether a point lies on its curve is the verifier's to find.
 */
export function readPublicKeyKind(spkiDer: Uint8Array): PublicKeyKind | undefined {
  const spki = new DerReader(spkiDer).enter(DerTag.sequence);
  const algorithm = spki.enter(DerTag.sequence);
  const key = spki.bitString();
  const oid = algorithm.element(DerTag.oid);
  if (spki.failed || algorithm.failed || !spki.isAtEnd) return undefined;
  if (isSame(oid, EC_PUBLIC_KEY)) return readCurve(algorithm, key);
  return isSame(oid, RSA_ENCRYPTION) ? readRsa(key) : undefined;
}

function readCurve(parameters: DerReader, point: Uint8Array): PublicKeyKind | undefined {
  const oid = parameters.element(DerTag.oid);
  const known = CURVES.find((one) => isSame(one.oid, oid));
  if (!known || point.length !== known.pointBytes || point[0] !== UNCOMPRESSED) return undefined;
  return { type: 'ec', curve: known.curve };
}

function readRsa(key: Uint8Array): PublicKeyKind | undefined {
  const numbers = new DerReader(key).enter(DerTag.sequence);
  const modulus = numbers.unsigned();
  const exponent = numbers.unsigned();
  if (numbers.failed || exponent.length > RSA_EXPONENT_BYTES) return undefined;
  const modulusBits = modulus.length * 8 - Math.clz32(modulus[0]!) + 24;
  return modulusBits < RSA_BITS.least || modulusBits > RSA_BITS.most ? undefined : { type: 'rsa', modulusBits };
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

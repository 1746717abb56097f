import { createPublicKey, type KeyObject } from 'node:crypto';

// OpenSSL 3 reads and writes DER through a chain of decoders: 0.1 to 0.4 ms a key, more than a signature. Coordinates it takes
// and gives at once, as a JSON Web Key, with the same checks. A handshake has three keys to read.

/** SubjectPublicKeyInfo up to the coordinates of an uncompressed point, for each curve (RFC 5480 §2). */
const EC_CURVES = [
  { crv: 'P-256', prefix: Buffer.from('3059301306072a8648ce3d020106082a8648ce3d03010703420004', 'hex'), bytes: 32 },
  { crv: 'P-384', prefix: Buffer.from('3076301006072a8648ce3d020106052b8104002203620004', 'hex'), bytes: 48 },
] as const;

/** The uncompressed point of a P-256 key, in a view of `spki`; undefined for what is none by its looks. */
export function p256PointOf(spki: Uint8Array): Uint8Array | undefined {
  const { prefix, bytes } = EC_CURVES[0];
  if (spki.length !== prefix.length + 2 * bytes || prefix.some((byte, at) => byte !== spki[at])) return undefined;
  return spki.subarray(prefix.length - 1); // its last byte says "uncompressed", and is part of the point
}

/** A public key out of its SubjectPublicKeyInfo in DER. Throws for what is none, and for points that are not on their curve. */
export function readPublicKey(spki: Uint8Array): KeyObject {
  const der = Buffer.from(spki.buffer, spki.byteOffset, spki.length);
  const curve = EC_CURVES.find(({ prefix, bytes }) => der.length === prefix.length + 2 * bytes && der.indexOf(prefix) === 0);
  if (!curve) return createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' });
  const { crv, prefix, bytes } = curve;
  const [x, y] = [prefix.length, prefix.length + bytes].map((at) => der.toString('base64url', at, at + bytes));
  return createPublicKey({ key: { kty: 'EC', crv, x: x!, y: y! }, format: 'jwk' });
}

/** The SubjectPublicKeyInfo of a public key, in DER. */
export function writePublicKey(key: KeyObject): Uint8Array {
  const { kty, crv, x, y } = key.export({ format: 'jwk' });
  const curve = kty === 'EC' ? EC_CURVES.find((one) => one.crv === crv) : undefined;
  if (!curve) return new Uint8Array(key.export({ type: 'spki', format: 'der' }));
  return new Uint8Array(Buffer.concat([curve.prefix, Buffer.from(`${x}`, 'base64url'), Buffer.from(`${y}`, 'base64url')]));
}

/** The 32 bytes of an X25519 public key (RFC 7748 §5). */
export function writeX25519(key: KeyObject): Uint8Array {
  return new Uint8Array(Buffer.from(`${key.export({ format: 'jwk' }).x}`, 'base64url'));
}

/** The reverse of {@link writeX25519}. */
export function readX25519(bytes: Uint8Array): KeyObject {
  const x = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64url');
  return createPublicKey({ key: { kty: 'OKP', crv: 'X25519', x }, format: 'jwk' });
}

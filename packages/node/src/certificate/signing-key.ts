import { createPublicKey, generateKeyPair, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { promisify } from 'node:util';
import type { SignatureScheme, SigningKey } from '@maru/protocol/core';
import { keyOptions, SIGNATURES } from '../crypto/provider.js';
import { writePublicKey } from '../crypto/public-keys.js';

/** Keys that certificates are made of. P-256 is small and quick; RSA 2048 is for peers that know nothing else. */
export type KeyAlgorithm = 'ecdsa-p256' | 'ecdsa-p384' | 'rsa-2048';

const SCHEMES: Record<'prime256v1' | 'secp384r1' | 'rsa', readonly SignatureScheme[]> = {
  prime256v1: ['ecdsa-secp256r1-sha256'],
  secp384r1: ['ecdsa-secp384r1-sha384'],
  rsa: ['rsa-pss-sha256', 'rsa-pkcs1-sha256', 'rsa-pss-sha384', 'rsa-pkcs1-sha384', 'rsa-pss-sha512', 'rsa-pkcs1-sha512'],
};

/** A private key of node:crypto. It lives in a KeyObject: nothing of ours can print or serialise it. */
class NodeSigningKey implements SigningKey {
  readonly schemes: readonly SignatureScheme[];
  readonly publicKeyDer: Uint8Array;
  readonly #privateKey: KeyObject;

  constructor(privateKey: KeyObject, publicKey: KeyObject, schemes: readonly SignatureScheme[]) {
    this.#privateKey = privateKey;
    this.schemes = schemes;
    this.publicKeyDer = writePublicKey(publicKey);
  }

  sign(scheme: SignatureScheme, data: Uint8Array): Uint8Array {
    return new Uint8Array(sign(SIGNATURES[scheme].digest, data, keyOptions(scheme, this.#privateKey)));
  }
}

/** A {@link SigningKey} over a private key that node:crypto holds. Throws a RangeError for kinds that TLS 1.2 here cannot sign with. */
export function signingKeyOf(privateKey: KeyObject): SigningKey {
  return new NodeSigningKey(privateKey, createPublicKey(privateKey), schemesOf(privateKey));
}

const generate = promisify(generateKeyPair);

/** A new private key, made on a thread of Node's pool: RSA takes a tenth of a second or more. */
export async function generateSigningKey(algorithm: KeyAlgorithm): Promise<SigningKey> {
  if (algorithm === 'rsa-2048') {
    const { privateKey, publicKey } = await generate('rsa', { modulusLength: 2_048 });
    return new NodeSigningKey(privateKey, publicKey, SCHEMES.rsa);
  }
  const namedCurve = CURVE[algorithm];
  const { privateKey, publicKey } = await generate('ec', { namedCurve });
  return new NodeSigningKey(privateKey, publicKey, SCHEMES[namedCurve]);
}

/** A new elliptic-curve key at once: a fraction of a millisecond. */
export function generateSigningKeySync(algorithm: Exclude<KeyAlgorithm, 'rsa-2048'> = 'ecdsa-p256'): SigningKey {
  const namedCurve = CURVE[algorithm];
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve });
  return new NodeSigningKey(privateKey, publicKey, SCHEMES[namedCurve]);
}

const CURVE = { 'ecdsa-p256': 'prime256v1', 'ecdsa-p384': 'secp384r1' } as const;

function schemesOf(key: KeyObject): readonly SignatureScheme[] {
  const curve = key.asymmetricKeyDetails?.namedCurve;
  if (key.asymmetricKeyType === 'rsa') return SCHEMES.rsa;
  if (key.asymmetricKeyType === 'ec' && (curve === 'prime256v1' || curve === 'secp384r1')) return SCHEMES[curve];
  throw new RangeError(`A certificate needs an RSA, P-256 or P-384 key, not ${curve ?? key.asymmetricKeyType}.`);
}

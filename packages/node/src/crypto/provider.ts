import {
  constants,
  createCipheriv,
  createDecipheriv,
  createECDH,
  createHash,
  diffieHellman,
  type KeyObject,
  type SignKeyObjectInput,
  timingSafeEqual,
  verify,
} from 'node:crypto';
import { addon } from '@maru/native';
import {
  AEAD_TAG_BYTES,
  type Aead,
  type AeadAlgorithm,
  type CryptoProvider,
  type HashAlgorithm,
  type KeyAgreement,
  type KeyAgreementGroup,
  type SignatureScheme,
} from '@maru/protocol/core';
import { nativeAead } from './native-aead.js';
import { nativeVerify } from './native-ecdsa.js';
import { nativeHmac } from './native-hmac.js';
import { NativeSrtp } from './native-srtp.js';
import { nativeAesCtr, nativeHmacSha1 } from './native-stream.js';
import { NodeAesCtr } from './node-aes-ctr.js';
import { nodeHmac } from './node-hmac.js';
import { hashAtOnce, nodeHmacSha1 } from './node-hmac-sha1.js';
import { OffsetAead } from './offset-aead.js';
import { readPublicKey, readX25519 } from './public-keys.js';
import { ViewAead } from './view-aead.js';
import { MAX_GCM_ADDITIONAL_BYTES, MAX_GCM_TEXT_BYTES, wasmAesGcm } from './wasm/aes-gcm.js';
import { MAX_WASM_ADDITIONAL_BYTES, MAX_WASM_TEXT_BYTES, wasmChaCha20Poly1305 } from './wasm/chacha20-poly1305.js';
import { webAssembly } from './wasm/host.js';
import { packetCipher } from './wasm/packet-cipher.js';
import { X25519Stock } from './x25519-stock.js';

const DIGEST: Record<HashAlgorithm, string> = {
  md5: 'md5',
  'sha-1': 'sha1',
  'sha-256': 'sha256',
  'sha-384': 'sha384',
  'sha-512': 'sha512',
};

/** How node:crypto is told about each scheme; `salt` marks RSA-PSS. */
export const SIGNATURES: Record<SignatureScheme, { readonly digest: string; readonly keyType: string; readonly pss?: true }> = {
  'ecdsa-secp256r1-sha256': { digest: 'sha256', keyType: 'ec' },
  'ecdsa-secp384r1-sha384': { digest: 'sha384', keyType: 'ec' },
  'rsa-pkcs1-sha256': { digest: 'sha256', keyType: 'rsa' },
  'rsa-pkcs1-sha384': { digest: 'sha384', keyType: 'rsa' },
  'rsa-pkcs1-sha512': { digest: 'sha512', keyType: 'rsa' },
  'rsa-pss-sha256': { digest: 'sha256', keyType: 'rsa', pss: true },
  'rsa-pss-sha384': { digest: 'sha384', keyType: 'rsa', pss: true },
  'rsa-pss-sha512': { digest: 'sha512', keyType: 'rsa', pss: true },
};

/** The key options of node:crypto for `scheme`: its padding where it is RSA, DER signatures where it is ECDSA. */
export function keyOptions(scheme: SignatureScheme, key: KeyObject): SignKeyObjectInput {
  const { keyType, pss } = SIGNATURES[scheme];
  if (keyType === 'ec') return { key, dsaEncoding: 'der' };
  if (!pss) return { key, padding: constants.RSA_PKCS1_PADDING };
  return { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
}

/**
 * node:crypto makes one cipher object a packet, and a buffer outside the heap for each of its answers: that, not AES, is what
 * it costs (us for 1 200 bytes: cipher object 1.7, text 2.6, tag 0.8; options, KeyObject and string outputs change nothing).
 * So packets go through WebAssembly, and what is large or seldom comes here.
 */
class NodeAead extends ViewAead {
  constructor(
    private readonly algorithm: AeadAlgorithm,
    private readonly key: Uint8Array,
  ) {
    super();
  }

  seal(nonce: Uint8Array, additional: Uint8Array, plain: Uint8Array, out: Uint8Array, offset: number): number {
    const cipher = createCipheriv(this.algorithm as 'aes-128-gcm', this.key, nonce, { authTagLength: AEAD_TAG_BYTES });
    cipher.setAAD(additional, { plaintextLength: plain.length });
    out.set(cipher.update(plain), offset);
    cipher.final();
    out.set(cipher.getAuthTag(), offset + plain.length);
    return plain.length + AEAD_TAG_BYTES;
  }

  open(nonce: Uint8Array, additional: Uint8Array, sealed: Uint8Array, out: Uint8Array, offset: number): number {
    const length = sealed.length - AEAD_TAG_BYTES;
    if (length < 0) return -1;
    const decipher = createDecipheriv(this.algorithm as 'aes-128-gcm', this.key, nonce, { authTagLength: AEAD_TAG_BYTES });
    decipher.setAAD(additional, { plaintextLength: length });
    decipher.setAuthTag(sealed.subarray(length));
    const plain = decipher.update(sealed.subarray(0, length));
    if (!isAuthentic(decipher)) return -1; // `plain` was not handed out
    out.set(plain, offset);
    return length;
  }
}

/** node:crypto throws for a wrong tag, and half of what that costs is a stack trace that nobody reads: a flood of them must be cheap (S-46). */
function isAuthentic(decipher: ReturnType<typeof createDecipheriv>): boolean {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    decipher.final();
    return true;
  } catch {
    return false; // that is an answer
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** How often a key is used before it is given tables of its own: most of those of handshakes and of RTCP never are. */
const SELDOM = 16;

class NodeAesGcm extends OffsetAead {
  private readonly seldom: Aead;
  private packets: Aead | undefined;
  private uses = 0;

  constructor(
    algorithm: AeadAlgorithm,
    private readonly key: Uint8Array,
  ) {
    super();
    this.seldom = new NodeAead(algorithm, key);
  }

  sealAt(
    nonce: Uint8Array,
    additional: Uint8Array,
    additionalOffset: number,
    additionalBytes: number,
    text: Uint8Array,
    textOffset: number,
    textBytes: number,
    out: Uint8Array,
    offset: number,
  ): number {
    const cipher = this.cipherFor(textBytes, additionalBytes);
    return cipher.sealAt(nonce, additional, additionalOffset, additionalBytes, text, textOffset, textBytes, out, offset);
  }

  openAt(
    nonce: Uint8Array,
    additional: Uint8Array,
    additionalOffset: number,
    additionalBytes: number,
    sealed: Uint8Array,
    sealedOffset: number,
    sealedBytes: number,
    out: Uint8Array,
    offset: number,
  ): number {
    const cipher = this.cipherFor(sealedBytes - AEAD_TAG_BYTES, additionalBytes);
    return cipher.openAt(nonce, additional, additionalOffset, additionalBytes, sealed, sealedOffset, sealedBytes, out, offset);
  }

  private cipherFor(textBytes: number, additionalBytes: number): Aead {
    const isPacket = textBytes <= MAX_GCM_TEXT_BYTES && additionalBytes <= MAX_GCM_ADDITIONAL_BYTES;
    if (!isPacket || (!this.packets && ++this.uses < SELDOM)) return this.seldom;
    return (this.packets ??= wasmAesGcm(this.key) ?? this.seldom);
  }
}

/** Packets go through WebAssembly where that is faster; what is too large for it, or has too much beside it, does not. */
class NodeChaCha20Poly1305 extends ViewAead {
  private readonly packets: Aead;
  private readonly large: Aead;

  constructor(key: Uint8Array) {
    super();
    this.large = new NodeAead('chacha20-poly1305', key);
    this.packets = wasmChaCha20Poly1305(key) ?? this.large;
  }

  seal(nonce: Uint8Array, additional: Uint8Array, plain: Uint8Array, out: Uint8Array, offset: number): number {
    return this.cipherFor(plain.length, additional).seal(nonce, additional, plain, out, offset);
  }

  open(nonce: Uint8Array, additional: Uint8Array, sealed: Uint8Array, out: Uint8Array, offset: number): number {
    return this.cipherFor(sealed.length - AEAD_TAG_BYTES, additional).open(nonce, additional, sealed, out, offset);
  }

  private cipherFor(textBytes: number, additional: Uint8Array): Aead {
    return textBytes <= MAX_WASM_TEXT_BYTES && additional.length <= MAX_WASM_ADDITIONAL_BYTES ? this.packets : this.large;
  }
}

const CURVE = { secp256r1: 'prime256v1', secp384r1: 'secp384r1' } as const;

class CurveAgreement implements KeyAgreement {
  readonly publicKey: Uint8Array;
  private readonly ecdh: ReturnType<typeof createECDH>;

  constructor(readonly group: 'secp256r1' | 'secp384r1') {
    this.ecdh = createECDH(CURVE[group]);
    this.publicKey = new Uint8Array(this.ecdh.generateKeys());
  }

  derive(peerPublicKey: Uint8Array): Uint8Array | undefined {
    if (peerPublicKey.length !== this.publicKey.length || peerPublicKey[0] !== 4) return undefined;
    try {
      return new Uint8Array(this.ecdh.computeSecret(peerPublicKey));
    } catch {
      return undefined; // not a point of the curve
    }
  }
}

const x25519Keys = new X25519Stock();

class X25519Agreement implements KeyAgreement {
  readonly group = 'x25519';
  private readonly key = x25519Keys.take();

  get publicKey(): Uint8Array {
    return this.key.publicKey;
  }

  derive(peerPublicKey: Uint8Array): Uint8Array | undefined {
    if (peerPublicKey.length !== 32) return undefined;
    try {
      const secret = diffieHellman({ privateKey: this.key.privateKey, publicKey: readX25519(peerPublicKey) });
      return secret.every((byte) => byte === 0) ? undefined : new Uint8Array(secret);
    } catch {
      return undefined; // a point of small order
    }
  }
}

const digestOf = (digest: string, data: Uint8Array): Buffer =>
  hashAtOnce ? hashAtOnce(digest, data, 'buffer') : createHash(digest).update(data).digest();

/** In TLS 1.2 an ECDSA scheme names a hash and no curve: a P-384 key may well sign with SHA-256 (RFC 8422 §5.1.3). */
const CURVES = new Set(['prime256v1', 'secp384r1']);

/** Cryptography without @maru/native, whether it is there or not. */
export const pureCrypto: CryptoProvider = {
  hash: (algorithm, data) => new Uint8Array(digestOf(DIGEST[algorithm], data)),
  hmac: (algorithm, key, data) => nodeHmac(algorithm, DIGEST[algorithm], key, data),
  equal: (a, b) => a.length === b.length && timingSafeEqual(a, b),
  aead: (algorithm, key) =>
    algorithm === 'chacha20-poly1305' ? new NodeChaCha20Poly1305(key.slice()) : new NodeAesGcm(algorithm, key.slice()),
  preferredAeads: ['chacha20-poly1305', 'aes-128-gcm', 'aes-256-gcm'],
  aesCtr: (key) => new NodeAesCtr(key.slice()),
  hmacSha1: nodeHmacSha1,
  ...(webAssembly && { srtpCipher: (keys) => packetCipher(keys)! }),
  keyAgreement: (group: KeyAgreementGroup) => (group === 'x25519' ? new X25519Agreement() : new CurveAgreement(group)),
  verify(scheme, publicKeyDer, data, signature) {
    const { digest, keyType } = SIGNATURES[scheme];
    try {
      const key = readPublicKey(publicKeyDer);
      if (key.asymmetricKeyType !== keyType) return false;
      const isKnownCurve = CURVES.has(key.asymmetricKeyDetails?.namedCurve ?? '');
      if (keyType === 'ec' && !isKnownCurve) return false;
      // OpenSSL takes a PSS signature without its leading zeros, which is none (RFC 8017 §8.1.2)
      const { modulusLength = 0 } = key.asymmetricKeyDetails ?? {};
      if (keyType === 'rsa' && signature.length !== Math.ceil(modulusLength / 8)) return false;
      return verify(digest, data, keyOptions(scheme, key), signature);
    } catch {
      return false; // a key that cannot be read signs nothing
    }
  },
};

/** The {@link CryptoProvider} of Node.js: ciphers by @maru/native where it is there, all else by node:crypto. */
export const nodeCrypto: CryptoProvider = addon
  ? {
      ...pureCrypto,
      aead: (algorithm, key) => nativeAead(algorithm, key) ?? pureCrypto.aead(algorithm, key),
      preferredAeads: ['aes-128-gcm', 'aes-256-gcm', 'chacha20-poly1305'],
      aesCtr: (key) => nativeAesCtr(key) ?? pureCrypto.aesCtr(key),
      hmac: (algorithm, key, data) => nativeHmac(algorithm, key, data) ?? pureCrypto.hmac(algorithm, key, data),
      hmacSha1: (key) => nativeHmacSha1(key) ?? pureCrypto.hmacSha1(key),
      verify: (scheme, publicKeyDer, data, signature) =>
        nativeVerify(scheme, publicKeyDer, data, signature) ?? pureCrypto.verify(scheme, publicKeyDer, data, signature),
      srtpCipher: (keys) => new NativeSrtp(addon!, keys),
    }
  : pureCrypto;

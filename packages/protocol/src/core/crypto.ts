/** Digest algorithms that the protocols name. MD5 and SHA-1 only where an RFC in force demands them. */
export type HashAlgorithm = 'md5' | 'sha-1' | 'sha-256' | 'sha-384' | 'sha-512';

/** Authenticated ciphers with a 12-byte nonce and a 16-byte tag. */
export type AeadAlgorithm = 'aes-128-gcm' | 'aes-256-gcm' | 'chacha20-poly1305';

/** Length of every {@link Aead} tag, in bytes. */
export const AEAD_TAG_BYTES = 16;

/** Length of every {@link Aead} nonce, in bytes. */
export const AEAD_NONCE_BYTES = 12;

/** One key of an authenticated cipher, kept ready. Nonces must never repeat under one key: that is the caller's duty. */
export interface Aead {
  /**
   * Encrypts `plain` and appends the 16-byte tag: writes `plain.length + 16` bytes to `out` at `offset`.
   * `out` may hold `plain` itself at the same place. Returns the bytes written.
   */
  seal(nonce: Uint8Array, additional: Uint8Array, plain: Uint8Array, out: Uint8Array, offset: number): number;
  /**
   * Checks and decrypts `sealed` (text and tag) into `out` at `offset`. Returns the bytes written, or -1 when the tag
   * is wrong, and then `out` holds nothing of the text.
   */
  open(nonce: Uint8Array, additional: Uint8Array, sealed: Uint8Array, out: Uint8Array, offset: number): number;
  /**
   * {@link seal} for packets in slabs, without a view for each: `additionalBytes` of `additional` from `additionalOffset`, and
   * `textBytes` of `text` from `textOffset`. The text may lie where it is written to, or elsewhere, but not half over it.
   */
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
  ): number;
  /** {@link open} likewise; `sealedBytes` count the tag. Where `out` is `sealed`, a wrong tag may leave zeros there. */
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
  ): number;
}

/** Length of the counter of {@link AesCtr}, in bytes. */
export const AES_BLOCK_BYTES = 16;

/** AES in counter mode (NIST SP 800-38A §6.5) under one key of 16 or 32 bytes, kept ready. Counters must never repeat: the caller's duty. */
export interface AesCtr {
  /**
   * XORs `length` bytes at `offset` with the key stream that begins at `counter`, into `out` at `outOffset`: the same place, or
   * one apart from it. What is encrypted so, is decrypted so. The low 16 bits of `counter` must be zero, and `length` at most 2^20.
   */
  xor(counter: Uint8Array, bytes: Uint8Array, offset: number, length: number, out: Uint8Array, outOffset: number): void;
}

/** What protects the RTP packets of one direction (RFC 3711 §4.3, RFC 7714 §11). */
export interface SrtpSessionKeys {
  readonly encryption: Uint8Array;
  readonly salt: Uint8Array;
  /** Of HMAC-SHA1; undefined where the cipher authenticates by itself. */
  readonly authentication: Uint8Array | undefined;
  /** What protecting adds to a packet. */
  readonly tagBytes: number;
}

/** The cipher of SRTP with the keys of one direction: SSRC and sequence number are read in the packets. */
export interface SrtpCipher {
  /** Of header and text: larger packets are sealed and opened by the parts. */
  readonly maxPacketBytes: number;
  /** Seals a packet whose header is in `out` from `packetOut` to `textOut`: encrypts `textBytes` from `textOffset` to there, and appends the tag. */
  seal(
    rollover: number,
    bytes: Uint8Array,
    textOffset: number,
    textBytes: number,
    out: Uint8Array,
    packetOut: number,
    textOut: number,
  ): void;
  /** Checks the packet of `length` bytes, and decrypts what follows its header to `textOut`; false for what the sender did not write. */
  open(
    rollover: number,
    bytes: Uint8Array,
    offset: number,
    length: number,
    headerBytes: number,
    out: Uint8Array,
    textOut: number,
  ): boolean;
}

/** Length of what {@link HmacSha1} makes, in bytes. */
export const HMAC_SHA1_BYTES = 20;

/** HMAC with SHA-1 (RFC 2104) under one key, kept ready. */
export interface HmacSha1 {
  /** Writes the code of the `length` bytes at `offset` to `out` at `outOffset`. */
  sign(bytes: Uint8Array, offset: number, length: number, out: Uint8Array, outOffset: number): void;
}

/** Named groups of ephemeral key agreement (RFC 8422 §5.1.1). */
export type KeyAgreementGroup = 'x25519' | 'secp256r1' | 'secp384r1';

/** One ephemeral key pair. */
export interface KeyAgreement {
  readonly group: KeyAgreementGroup;
  /** As it goes on the wire: 32 bytes for X25519, an uncompressed point for the curves. */
  readonly publicKey: Uint8Array;
  /** The shared secret with `peerPublicKey`, or undefined when that is no valid point of the group (or all-zero X25519). */
  derive(peerPublicKey: Uint8Array): Uint8Array | undefined;
}

/** Signature schemes as TLS 1.2 names them (RFC 5246 §7.4.1.4.1, RFC 8446 §4.2.3). */
export type SignatureScheme =
  | 'ecdsa-secp256r1-sha256'
  | 'ecdsa-secp384r1-sha384'
  | 'rsa-pkcs1-sha256'
  | 'rsa-pkcs1-sha384'
  | 'rsa-pkcs1-sha512'
  | 'rsa-pss-sha256'
  | 'rsa-pss-sha384'
  | 'rsa-pss-sha512';

/** A private key that can sign and cannot be read. */
export interface SigningKey {
  /** The schemes that this key can sign with, best first. */
  readonly schemes: readonly SignatureScheme[];
  /** The SubjectPublicKeyInfo in DER. */
  readonly publicKeyDer: Uint8Array;
  /** Signs `data` (hashing included). ECDSA signatures are DER-encoded. */
  sign(scheme: SignatureScheme, data: Uint8Array): Uint8Array;
}

/** Synchronous cryptography for cores. `@maru/node` implements it over node:crypto. */
export interface CryptoProvider {
  hash(algorithm: HashAlgorithm, data: Uint8Array): Uint8Array;
  hmac(algorithm: HashAlgorithm, key: Uint8Array, data: Uint8Array): Uint8Array;
  /** Compares in time that depends on the lengths only. */
  equal(a: Uint8Array, b: Uint8Array): boolean;
  aead(algorithm: AeadAlgorithm, key: Uint8Array): Aead;
  /** Ciphers from quick to slow on packets, as this provider runs them: who may choose, chooses by it. Absent: no matter. */
  readonly preferredAeads?: readonly AeadAlgorithm[];
  aesCtr(key: Uint8Array): AesCtr;
  hmacSha1(key: Uint8Array): HmacSha1;
  /** For SRTP packets in one step, where that costs less than the parts do one by one. */
  srtpCipher?(keys: SrtpSessionKeys): SrtpCipher;
  keyAgreement(group: KeyAgreementGroup): KeyAgreement;
  /**
   * Whether `signature` over `data` is by the key of `publicKeyDer` (SubjectPublicKeyInfo). False, never a throw, for
   * keys or signatures that cannot be read or that do not fit the scheme.
   */
  verify(scheme: SignatureScheme, publicKeyDer: Uint8Array, data: Uint8Array, signature: Uint8Array): boolean;
}

/** What the key of a certificate is; kinds that nothing here can verify with are not read (RFC 5480, RFC 8017 A.1). */
export type PublicKeyKind =
  | { readonly type: 'ec'; readonly curve: 'secp256r1' | 'secp384r1' }
  | { readonly type: 'rsa'; readonly modulusBits: number };

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

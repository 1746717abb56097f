import { type Addon, addon, type NativeAead } from '@maru/native';
import type { Aead, AeadAlgorithm } from '@maru/protocol/core';

/** One key in @maru/native: an OpenSSL context that is made once and given a new nonce for each packet. */
class KeptAead implements Aead {
  private readonly handle: NativeAead;

  constructor(
    private readonly native: Addon,
    algorithm: AeadAlgorithm,
    key: Uint8Array,
  ) {
    this.handle = native.createAead(algorithm, key);
  }

  seal(nonce: Uint8Array, additional: Uint8Array, plain: Uint8Array, out: Uint8Array, offset: number): number {
    return this.sealAt(nonce, additional, 0, additional.length, plain, 0, plain.length, out, offset);
  }

  open(nonce: Uint8Array, additional: Uint8Array, sealed: Uint8Array, out: Uint8Array, offset: number): number {
    return this.openAt(nonce, additional, 0, additional.length, sealed, 0, sealed.length, out, offset);
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
    const { handle } = this;
    return this.native.seal(
      handle,
      nonce,
      additional,
      additionalOffset,
      additionalBytes,
      text,
      textOffset,
      textBytes,
      out,
      offset,
    );
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
    const { handle } = this;
    return this.native.open(
      handle,
      nonce,
      additional,
      additionalOffset,
      additionalBytes,
      sealed,
      sealedOffset,
      sealedBytes,
      out,
      offset,
    );
  }
}

/** A cipher by the addon; undefined where there is no addon. */
export function nativeAead(algorithm: AeadAlgorithm, key: Uint8Array): Aead | undefined {
  return addon && new KeptAead(addon, algorithm, key);
}

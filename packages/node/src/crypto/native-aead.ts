import { type Addon, addon, type NativeAead } from '@maru/native';
import type { Aead, AeadAlgorithm } from '@maru/protocol/core';
import { OffsetAead } from './offset-aead.js';

/** One key in @maru/native: an OpenSSL context that is made once and given a new nonce for each packet. */
class KeptAead extends OffsetAead {
  private readonly handle: NativeAead;

  constructor(
    private readonly native: Addon,
    algorithm: AeadAlgorithm,
    key: Uint8Array,
  ) {
    super();
    this.handle = native.createAead(algorithm, key);
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

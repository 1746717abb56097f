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
    return this.native.seal(this.handle, nonce, additional, plain, out, offset);
  }

  open(nonce: Uint8Array, additional: Uint8Array, sealed: Uint8Array, out: Uint8Array, offset: number): number {
    return this.native.open(this.handle, nonce, additional, sealed, out, offset);
  }
}

/** A cipher by the addon; undefined where there is no addon. */
export function nativeAead(algorithm: AeadAlgorithm, key: Uint8Array): Aead | undefined {
  return addon && new KeptAead(addon, algorithm, key);
}

import { type Addon, addon, type NativeAead as Context } from '@maru/native';
import type { Aead, AeadAlgorithm } from '@maru/protocol/core';

/** An AEAD key whose OpenSSL context is kept between packets: some ten times cheaper than node:crypto's object a packet. */
export class NativeAead implements Aead {
  private readonly context: Context;

  private constructor(
    private readonly native: Addon,
    algorithm: AeadAlgorithm,
    key: Uint8Array,
  ) {
    this.context = native.createAead(algorithm, key);
  }

  /** Undefined where the addon is not there. */
  static create(algorithm: AeadAlgorithm, key: Uint8Array): NativeAead | undefined {
    return addon && new NativeAead(addon, algorithm, key);
  }

  seal(nonce: Uint8Array, additional: Uint8Array, plain: Uint8Array, out: Uint8Array, offset: number): number {
    return this.native.seal(this.context, nonce, additional, plain, out, offset);
  }

  open(nonce: Uint8Array, additional: Uint8Array, sealed: Uint8Array, out: Uint8Array, offset: number): number {
    return this.native.open(this.context, nonce, additional, sealed, out, offset);
  }
}

import { type Addon, addon, type NativeAesCtr, type NativeHmacSha1 } from '@maru/native';
import type { AesCtr, HmacSha1 } from '@maru/protocol/core';

/** An OpenSSL context that is made once and given a new counter for each packet. */
class KeptAesCtr implements AesCtr {
  private readonly handle: NativeAesCtr;

  constructor(
    private readonly native: Addon,
    key: Uint8Array,
  ) {
    this.handle = native.createAesCtr(key);
  }

  xor(counter: Uint8Array, bytes: Uint8Array, offset: number, length: number, out: Uint8Array, outOffset: number): void {
    this.native.aesCtr(this.handle, counter, bytes, offset, length, out, outOffset);
  }
}

/** A hash state with the pads of the key in it, which is copied for each packet. */
class KeptHmacSha1 implements HmacSha1 {
  private readonly handle: NativeHmacSha1;

  constructor(
    private readonly native: Addon,
    key: Uint8Array,
  ) {
    this.handle = native.createHmacSha1(key);
  }

  sign(bytes: Uint8Array, offset: number, length: number, out: Uint8Array, outOffset: number): void {
    this.native.hmacSha1(this.handle, bytes, offset, length, out, outOffset);
  }
}

/** By the addon; undefined where there is no addon. */
export function nativeAesCtr(key: Uint8Array): AesCtr | undefined {
  return addon && new KeptAesCtr(addon, key);
}

/** By the addon; undefined where there is no addon. */
export function nativeHmacSha1(key: Uint8Array): HmacSha1 | undefined {
  return addon && new KeptHmacSha1(addon, key);
}

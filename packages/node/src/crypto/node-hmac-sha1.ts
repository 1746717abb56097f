import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import type { HmacSha1 } from '@maru/protocol/core';

/** createHmac for each packet: a copied hash state with prepared pads is no faster. */
export class NodeHmacSha1 implements HmacSha1 {
  private readonly key: KeyObject;

  constructor(key: Uint8Array) {
    this.key = createSecretKey(key);
  }

  sign(bytes: Uint8Array, offset: number, length: number, out: Uint8Array, outOffset: number): void {
    const code = createHmac('sha1', this.key)
      .update(bytes.subarray(offset, offset + length))
      .digest();
    out.set(code, outOffset);
  }
}

import type { Aead } from '@maru/protocol/core';

/** An {@link Aead} that takes its inputs by offset: views are inputs that begin at 0. The mirror of `ViewAead`. */
export abstract class OffsetAead implements Aead {
  abstract sealAt(
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

  abstract openAt(
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

  seal(nonce: Uint8Array, additional: Uint8Array, plain: Uint8Array, out: Uint8Array, offset: number): number {
    return this.sealAt(nonce, additional, 0, additional.length, plain, 0, plain.length, out, offset);
  }

  open(nonce: Uint8Array, additional: Uint8Array, sealed: Uint8Array, out: Uint8Array, offset: number): number {
    return this.openAt(nonce, additional, 0, additional.length, sealed, 0, sealed.length, out, offset);
  }
}

import type { Aead } from '@maru/protocol/core';

/** An {@link Aead} that wants its inputs as views, and so makes them where they are given by offset. */
export abstract class ViewAead implements Aead {
  abstract seal(nonce: Uint8Array, additional: Uint8Array, plain: Uint8Array, out: Uint8Array, offset: number): number;
  abstract open(nonce: Uint8Array, additional: Uint8Array, sealed: Uint8Array, out: Uint8Array, offset: number): number;

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
    const head = additional.subarray(additionalOffset, additionalOffset + additionalBytes);
    return this.seal(nonce, head, text.subarray(textOffset, textOffset + textBytes), out, offset);
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
    const head = additional.subarray(additionalOffset, additionalOffset + additionalBytes);
    return this.open(nonce, head, sealed.subarray(sealedOffset, sealedOffset + sealedBytes), out, offset);
  }
}

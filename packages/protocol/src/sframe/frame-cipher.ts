import { AES_BLOCK_BYTES, type Aead, type AesCtr, type CryptoProvider } from '../core/index.js';
import { CTR_ENCRYPTION_KEY_BYTES, type SFrameCipherSuite } from './cipher-suite.js';

/** Encrypts and authenticates with one key (RFC 9605 §4.5): `seal` appends the tag, `open` checks it. */
export interface FrameCipher {
  seal(nonce: Uint8Array, additional: Uint8Array, plain: Uint8Array): Uint8Array;
  /** Undefined if the tag is wrong. */
  open(nonce: Uint8Array, additional: Uint8Array, sealed: Uint8Array): Uint8Array | undefined;
}

export function frameCipher(crypto: CryptoProvider, suite: SFrameCipherSuite, key: Uint8Array): FrameCipher {
  if (suite.cipher === 'ctr-hmac') return new CtrHmacCipher(crypto, suite.tagBytes, key);
  return new GcmCipher(crypto.aead(suite.cipher, key), suite.tagBytes);
}

class GcmCipher implements FrameCipher {
  constructor(
    private readonly aead: Aead,
    private readonly tagBytes: number,
  ) {}

  seal(nonce: Uint8Array, additional: Uint8Array, plain: Uint8Array): Uint8Array {
    const sealed = new Uint8Array(plain.length + this.tagBytes);
    this.aead.seal(nonce, additional, plain, sealed, 0);
    return sealed;
  }

  open(nonce: Uint8Array, additional: Uint8Array, sealed: Uint8Array): Uint8Array | undefined {
    if (sealed.length < this.tagBytes) return undefined;
    const plain = new Uint8Array(sealed.length - this.tagBytes);
    return this.aead.open(nonce, additional, sealed, plain, 0) < 0 ? undefined : plain;
  }
}

/** So many bytes one call of {@link AesCtr} takes: the counter goes on by 2^16 blocks. */
const CHUNK_BYTES = 2 ** 20;

/** AES in counter mode, then HMAC over everything (RFC 9605 §4.5.1). */
class CtrHmacCipher implements FrameCipher {
  private readonly aes: AesCtr;
  private readonly authenticationKey: Uint8Array;

  constructor(
    private readonly crypto: CryptoProvider,
    private readonly tagBytes: number,
    key: Uint8Array,
  ) {
    this.aes = crypto.aesCtr(key.slice(0, CTR_ENCRYPTION_KEY_BYTES));
    this.authenticationKey = key.slice(CTR_ENCRYPTION_KEY_BYTES);
  }

  seal(nonce: Uint8Array, additional: Uint8Array, plain: Uint8Array): Uint8Array {
    const sealed = new Uint8Array(plain.length + this.tagBytes);
    const text = sealed.subarray(0, plain.length);
    this.xor(nonce, plain, text);
    sealed.set(this.tag(nonce, additional, text), plain.length);
    return sealed;
  }

  open(nonce: Uint8Array, additional: Uint8Array, sealed: Uint8Array): Uint8Array | undefined {
    const textBytes = sealed.length - this.tagBytes;
    if (textBytes < 0) return undefined;
    const text = sealed.subarray(0, textBytes);
    if (!this.crypto.equal(this.tag(nonce, additional, text), sealed.subarray(textBytes))) return undefined;
    const plain = new Uint8Array(textBytes);
    this.xor(nonce, text, plain);
    return plain;
  }

  private xor(nonce: Uint8Array, from: Uint8Array, to: Uint8Array): void {
    const counter = new Uint8Array(AES_BLOCK_BYTES);
    counter.set(nonce);
    const view = new DataView(counter.buffer);
    for (let offset = 0; offset < from.length; offset += CHUNK_BYTES) {
      view.setUint32(nonce.length, offset / AES_BLOCK_BYTES);
      this.aes.xor(counter, from, offset, Math.min(CHUNK_BYTES, from.length - offset), to, offset);
    }
  }

  private tag(nonce: Uint8Array, additional: Uint8Array, text: Uint8Array): Uint8Array {
    const data = new Uint8Array(24 + nonce.length + additional.length + text.length);
    const view = new DataView(data.buffer);
    view.setBigUint64(0, BigInt(additional.length));
    view.setBigUint64(8, BigInt(text.length));
    view.setBigUint64(16, BigInt(this.tagBytes));
    data.set(nonce, 24);
    data.set(additional, 24 + nonce.length);
    data.set(text, 24 + nonce.length + additional.length);
    return this.crypto.hmac('sha-256', this.authenticationKey, data).slice(0, this.tagBytes);
  }
}

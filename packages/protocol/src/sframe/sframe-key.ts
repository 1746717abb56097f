import { AEAD_NONCE_BYTES, type CryptoProvider } from '../core/index.js';
import type { SFrameCipherSuite } from './cipher-suite.js';
import { type FrameCipher, frameCipher } from './frame-cipher.js';
import { encodeHeader } from './header.js';

const KEY_LABEL = new TextEncoder().encode('SFrame 1.0 Secret key ');
const SALT_LABEL = new TextEncoder().encode('SFrame 1.0 Secret salt ');

/** What a base key becomes under its ID (RFC 9605 §4.4.2). */
export class SFrameKey {
  private readonly cipher: FrameCipher;
  private readonly salt: Uint8Array;

  constructor(
    crypto: CryptoProvider,
    suite: SFrameCipherSuite,
    readonly kid: bigint,
    baseKey: Uint8Array,
  ) {
    const secret = crypto.hmac(suite.hash, new Uint8Array(0), baseKey);
    const label = (text: Uint8Array): Uint8Array => {
      const whole = new Uint8Array(text.length + 10);
      whole.set(text);
      const view = new DataView(whole.buffer);
      view.setBigUint64(text.length, kid);
      view.setUint16(text.length + 8, suite.id);
      return whole;
    };
    this.cipher = frameCipher(crypto, suite, expand(crypto, suite, secret, label(KEY_LABEL), suite.keyBytes));
    this.salt = expand(crypto, suite, secret, label(SALT_LABEL), AEAD_NONCE_BYTES);
  }

  /** The header, and `plain` encrypted. A counter must never come twice. */
  seal(ctr: bigint, plain: Uint8Array, metadata: Uint8Array): Uint8Array {
    const header = encodeHeader(this.kid, ctr);
    const sealed = this.cipher.seal(this.nonce(ctr), concat(header, metadata), plain);
    return concat(header, sealed);
  }

  /** What {@link seal} was given; undefined if anything is not as it was. */
  open(ctr: bigint, header: Uint8Array, sealed: Uint8Array, metadata: Uint8Array): Uint8Array | undefined {
    return this.cipher.open(this.nonce(ctr), concat(header, metadata), sealed);
  }

  private nonce(ctr: bigint): Uint8Array {
    const nonce = this.salt.slice();
    const view = new DataView(nonce.buffer);
    const at = nonce.length - 8;
    view.setBigUint64(at, view.getBigUint64(at) ^ ctr);
    return nonce;
  }
}

/** HKDF-Expand (RFC 5869 §2.3). */
function expand(
  crypto: CryptoProvider,
  { hash }: SFrameCipherSuite,
  secret: Uint8Array,
  info: Uint8Array,
  length: number,
): Uint8Array {
  let made: Uint8Array = new Uint8Array(0);
  let block: Uint8Array = new Uint8Array(0);
  for (let count = 1; made.length < length; count++) {
    block = crypto.hmac(hash, secret, concat(concat(block, info), Uint8Array.of(count)));
    made = concat(made, block);
  }
  return made.slice(0, length);
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array {
  const whole = new Uint8Array(a.length + b.length);
  whole.set(a);
  whole.set(b, a.length);
  return whole;
}

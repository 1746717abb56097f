import { AES_BLOCK_BYTES, type AesCtr, type CryptoProvider, type SrtpMasterKey } from '../core/index.js';
import { RtpPacketView } from '../rtp/index.js';
import { COUNTER_SALT_BYTES, counterOf } from './counter-mode.js';
import { deriveKey, KeyLabel } from './key-derivation.js';

/**
 * Encrypts the values of chosen header extensions (RFC 6904); ids, lengths and padding stay readable. Beside GCM it is AES-CM too
 * (RFC 7714 §8.3). Deviates from it there: the derived salt is as long as the master's, 12 bytes, with zeros behind it, since that is
 * what libsrtp makes of it, and browsers with it.
 */
export class HeaderCipher {
  private readonly ctr: AesCtr;
  private readonly salt: Uint8Array;
  private readonly isEncrypted = new Uint8Array(256);
  private readonly counter = new Uint8Array(AES_BLOCK_BYTES);
  private readonly view = new RtpPacketView();
  private stream = new Uint8Array(256);

  constructor(ids: readonly number[], master: SrtpMasterKey, crypto: CryptoProvider) {
    this.ctr = crypto.aesCtr(deriveKey(crypto, master, KeyLabel.headerEncryption, master.key.length));
    this.salt = new Uint8Array(COUNTER_SALT_BYTES);
    this.salt.set(deriveKey(crypto, master, KeyLabel.headerSalt, master.salt.length));
    for (const id of ids) this.isEncrypted[id] = 1;
  }

  /** Encrypts or decrypts, in place: the key stream runs along the whole extension, and is used where a chosen value is. */
  apply(ssrc: number, rollover: number, sequence: number, bytes: Uint8Array, offset: number, headerBytes: number): void {
    const { view } = this;
    view.wrapHeader(bytes, offset, headerBytes);
    if (view.extensionBytes === 0) return;
    const stream = this.keyStream(ssrc, rollover, sequence, view.extensionBytes);
    view.rewindExtensions();
    while (view.nextExtension()) {
      if (this.isEncrypted[view.elementId] === 0) continue;
      const { valueOffset, valueBytes } = view;
      for (let i = valueOffset; i < valueOffset + valueBytes; i++) bytes[i] = bytes[i]! ^ stream[i - view.extensionOffset]!;
    }
  }

  private keyStream(ssrc: number, rollover: number, sequence: number, length: number): Uint8Array {
    if (this.stream.length < length) this.stream = new Uint8Array(length);
    counterOf(this.salt, ssrc, rollover, sequence, this.counter);
    this.stream.fill(0, 0, length);
    this.ctr.xor(this.counter, this.stream, 0, length, this.stream, 0);
    return this.stream;
  }
}

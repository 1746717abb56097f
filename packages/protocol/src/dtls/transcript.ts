import { FRAGMENT_HEADER_BYTES, fragmentHeader, type HandshakeMessage } from './handshake-message.js';

/**
 * All handshake messages so far, each as if it had been sent in one fragment (RFC 6347 §4.2.6). Kept as bytes, since
 * CertificateVerify signs them and three hashes are taken at different points.
 */
export class Transcript {
  private buffer = new Uint8Array(2_048);
  private length = 0;

  add(message: HandshakeMessage): void {
    const end = this.length + FRAGMENT_HEADER_BYTES + message.body.length;
    if (end > this.buffer.length) {
      const larger = new Uint8Array(Math.max(end, 2 * this.buffer.length));
      larger.set(this.buffer);
      this.buffer = larger;
    }
    this.buffer.set(fragmentHeader(message, 0, message.body.length), this.length);
    this.buffer.set(message.body, this.length + FRAGMENT_HEADER_BYTES);
    this.length = end;
  }

  /** Forgets what preceded a HelloVerifyRequest: neither it nor the first ClientHello counts. */
  clear(): void {
    this.length = 0;
  }

  /** A view, valid until the next {@link add}. */
  get bytes(): Uint8Array {
    return this.buffer.subarray(0, this.length);
  }
}

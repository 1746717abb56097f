import { ByteWriter } from '../bytes/index.js';
import { assert, type CryptoProvider } from '../core/index.js';
import type { AttributeWriter } from './attribute.js';
import { crc32, FINGERPRINT_XOR } from './fingerprint.js';
import { MAGIC_COOKIE, messageTypeOf, STUN_HEADER_BYTES, STUN_MAX_BYTES, type StunClass } from './message.js';
import { AttributeType } from './registry.js';

const SHA1_BYTES = 20;
const SHA256_BYTES = 32;

const NO_BYTES = new Uint8Array(0);
/** Room for a connectivity check; what is longer doubles it. */
const FIRST_BYTES = 256;

/**
 * Writes messages, one after the other, into a buffer of its own.
 *
 *     encoder.start('request', StunMethod.binding, id).add(Username, 'a:b').integrity(key, crypto).fingerprint().finish()
 */
export class StunEncoder {
  /** Nothing until a message is written: many encoders wait for an occasion that never comes. */
  private buffer = NO_BYTES;
  private readonly out = new ByteWriter(this.buffer);
  private transactionId = new Uint8Array(12);

  /** Begins a message; `transactionId` is 12 bytes, copied. */
  start(messageClass: StunClass, method: number, transactionId: Uint8Array): this {
    assert(transactionId.length === 12, 'a transaction id has 12 bytes');
    if (this.buffer.length === 0) this.buffer = new Uint8Array(FIRST_BYTES);
    this.transactionId.set(transactionId);
    this.out.reset(this.buffer).u16(messageTypeOf(messageClass, method)).u16(0).u32(MAGIC_COOKIE).raw(transactionId);
    return this;
  }

  /** Appends an attribute with its header, and zero bytes as padding (RFC 8489 §14). */
  add<T>(attribute: AttributeWriter<T>, value: T): this {
    const headerAt = this.out.length;
    this.write(attribute, value);
    while (this.out.failed) {
      this.grow(headerAt);
      this.write(attribute, value);
    }
    return this;
  }

  /** Like {@link add}, when there is a value. */
  addIf<T>(attribute: AttributeWriter<T>, value: T | undefined): this {
    return value === undefined ? this : this.add(attribute, value);
  }

  /** MESSAGE-INTEGRITY over all that was added so far (RFC 8489 §14.5). */
  integrity(key: Uint8Array, crypto: CryptoProvider): this {
    return this.protect(AttributeType.messageIntegrity, SHA1_BYTES, (covered) => crypto.hmac('sha-1', key, covered));
  }

  /** MESSAGE-INTEGRITY-SHA256, untruncated, over all that was added so far (RFC 8489 §14.6). */
  integritySha256(key: Uint8Array, crypto: CryptoProvider): this {
    return this.protect(AttributeType.messageIntegritySha256, SHA256_BYTES, (covered) => crypto.hmac('sha-256', key, covered));
  }

  /** FINGERPRINT, the last attribute (RFC 8489 §14.7). */
  fingerprint(): this {
    return this.protect(AttributeType.fingerprint, 4, (covered) => {
      const crc = (crc32(covered) ^ FINGERPRINT_XOR) >>> 0;
      return Uint8Array.of(crc >>> 24, crc >>> 16, crc >>> 8, crc);
    });
  }

  /** The message: a view that is valid until the next {@link start}. */
  finish(): Uint8Array {
    this.setLength(0);
    return this.out.written;
  }

  private write<T>(attribute: AttributeWriter<T>, value: T): void {
    const headerAt = this.out.length;
    this.out.u16(attribute.type).u16(0);
    attribute.encode(value, this.out, this.transactionId);
    const length = this.out.length - headerAt - 4;
    this.out.zeros((4 - (length & 3)) & 3).patchU16(headerAt + 2, length);
  }

  /** Appends what protects the message; the length field already counts it while it is computed. */
  private protect(type: number, bytes: number, compute: (covered: Uint8Array) => Uint8Array): this {
    if (this.out.length + 4 + bytes > this.buffer.length) this.grow(this.out.length);
    this.setLength(4 + bytes);
    const value = compute(this.out.written);
    this.out.u16(type).u16(bytes).raw(value);
    return this;
  }

  private setLength(comingBytes: number): void {
    this.out.patchU16(2, this.out.length - STUN_HEADER_BYTES + comingBytes);
  }

  private grow(keepBytes: number): void {
    assert(this.buffer.length < 2 * STUN_MAX_BYTES, 'a STUN message fits in 64 KiB');
    const larger = new Uint8Array(2 * this.buffer.length);
    const kept = this.buffer.subarray(0, keepBytes);
    this.buffer = larger;
    this.out.reset(larger).raw(kept);
  }
}

import { AEAD_NONCE_BYTES, AEAD_TAG_BYTES, type Aead, type CryptoProvider } from '../core/index.js';
import type { CipherSuite } from './cipher-suite.js';
import type { DirectionKeys } from './key-schedule.js';
import { RECORD_HEADER_BYTES, writeEpochAndSequence, writeRecordHeader } from './record.js';
import { DTLS_1_2 } from './version.js';

const EXPLICIT_NONCE_BYTES = 8;
const ADDITIONAL_BYTES = 13;
/** Header, explicit nonce and tag of AES-GCM: what no suite exceeds. */
export const MAX_RECORD_OVERHEAD_BYTES = RECORD_HEADER_BYTES + EXPLICIT_NONCE_BYTES + AEAD_TAG_BYTES;

/** Of the record that is at hand, whoever's: written anew for each. */
const nonce = new Uint8Array(AEAD_NONCE_BYTES);
const additional = new Uint8Array(ADDITIONAL_BYTES);

/**
 * Protects the records of one direction of one epoch with an AEAD (RFC 5246 §6.2.3.3). AES-GCM carries 8 bytes of its nonce
 * in each record (RFC 5288 §3), ChaCha20-Poly1305 none (RFC 7905 §2). A record allocates nothing here.
 */
export class RecordProtection {
  /** Bytes that a protected record has besides its plaintext, header included. */
  readonly overheadBytes: number;
  private readonly aead: Aead;
  private readonly fixedIv: Uint8Array;
  private readonly explicitBytes: number;

  constructor(crypto: CryptoProvider, suite: CipherSuite, keys: DirectionKeys) {
    this.aead = crypto.aead(suite.aead, keys.key);
    this.fixedIv = keys.fixedIv;
    this.explicitBytes = AEAD_NONCE_BYTES - keys.fixedIv.length;
    this.overheadBytes = RECORD_HEADER_BYTES + this.explicitBytes + AEAD_TAG_BYTES;
  }

  /** Writes a whole record at `at` of `out` and returns its length. The nonce is epoch and sequence number: never the same. */
  seal(type: number, epoch: number, sequence: number, plain: Uint8Array, out: Uint8Array, at: number): number {
    const length = this.explicitBytes + plain.length + AEAD_TAG_BYTES;
    const body = at + RECORD_HEADER_BYTES;
    writeRecordHeader(out, at, type, DTLS_1_2, epoch, sequence, length);
    if (this.explicitBytes > 0) writeEpochAndSequence(out, body, epoch, sequence);
    this.setNonce(out, body, epoch, sequence);
    this.setAdditional(type, epoch, sequence, plain.length);
    this.aead.seal(nonce, additional, plain, out, body + this.explicitBytes);
    return RECORD_HEADER_BYTES + length;
  }

  /** Opens the body of a record into `out` from 0. Returns the length of the plaintext, or -1 when it is not authentic. */
  open(type: number, epoch: number, sequence: number, body: Uint8Array, out: Uint8Array): number {
    const plainBytes = body.length - this.explicitBytes - AEAD_TAG_BYTES;
    if (plainBytes < 0) return -1;
    this.setNonce(body, 0, epoch, sequence);
    this.setAdditional(type, epoch, sequence, plainBytes);
    return this.aead.open(nonce, additional, body.subarray(this.explicitBytes), out, 0);
  }

  /** The nonce of a record whose body starts at `at` of `bytes`: what it carries explicitly, or IV xor sequence number. */
  private setNonce(bytes: Uint8Array, at: number, epoch: number, sequence: number): void {
    const { fixedIv, explicitBytes } = this;
    if (explicitBytes > 0) {
      for (let i = 0; i < fixedIv.length; i++) nonce[i] = fixedIv[i]!;
      for (let i = 0; i < explicitBytes; i++) nonce[fixedIv.length + i] = bytes[at + i]!;
      return;
    }
    writeEpochAndSequence(nonce, 4, epoch, sequence);
    nonce.fill(0, 0, 4);
    for (let i = 0; i < AEAD_NONCE_BYTES; i++) nonce[i] = nonce[i]! ^ fixedIv[i]!;
  }

  private setAdditional(type: number, epoch: number, sequence: number, plainBytes: number): void {
    writeEpochAndSequence(additional, 0, epoch, sequence);
    additional[8] = type;
    additional[9] = DTLS_1_2 >>> 8;
    additional[10] = DTLS_1_2 & 0xff;
    additional[11] = plainBytes >>> 8;
    additional[12] = plainBytes;
  }
}

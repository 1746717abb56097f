import { MAX_RECORD_SEQUENCE, RECORD_HEADER_BYTES, writeRecordHeader } from './record.js';
import type { RecordProtection } from './record-protection.js';
import { DTLS_1_2 } from './version.js';

/** Epoch 0 is in the clear, epoch 1 protected; DTLS 1.2 without renegotiation has no others (RFC 6347 §4.1). */
export type Epoch = 0 | 1;

/** Numbers outgoing records and protects those of epoch 1. A number is never used twice, whatever is sent again. */
export class RecordWriter {
  private readonly nextSequence: [number, number];
  private protection: RecordProtection | undefined;

  /** `firstSequence` other than 0 is for tests of what happens at the end of the numbers. */
  constructor(firstSequence = 0) {
    this.nextSequence = [0, firstSequence];
  }

  /** From now on epoch 1 can be written. */
  protect(protection: RecordProtection): void {
    this.protection = protection;
  }

  /** Forgets the keys. */
  forgetKeys(): void {
    this.protection = undefined;
  }

  /** Continues epoch 0 where a ClientHello's numbers are, for answers whose numbers must match it (RFC 6347 §4.2.1). */
  raisePlainSequence(sequence: number): void {
    this.nextSequence[0] = Math.max(this.nextSequence[0], sequence);
  }

  /** What a record of `epoch` adds to its plaintext. */
  overheadBytes(epoch: Epoch): number {
    return epoch === 0 ? RECORD_HEADER_BYTES : this.protection!.overheadBytes;
  }

  /** Writes one record at `at` of `out` and returns its length; 0 when the epoch has run out of numbers, or of keys. */
  write(epoch: Epoch, type: number, plain: Uint8Array, out: Uint8Array, at: number): number {
    const sequence = this.nextSequence[epoch];
    if (sequence >= MAX_RECORD_SEQUENCE) return 0;
    if (epoch === 1) {
      if (!this.protection) return 0;
      this.nextSequence[1] = sequence + 1;
      return this.protection.seal(type, 1, sequence, plain, out, at);
    }
    this.nextSequence[0] = sequence + 1;
    writeRecordHeader(out, at, type, DTLS_1_2, 0, sequence, plain.length);
    out.set(plain, at + RECORD_HEADER_BYTES);
    return RECORD_HEADER_BYTES + plain.length;
  }
}

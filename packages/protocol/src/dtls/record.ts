/** Content types (RFC 5246 §6.2.1). Others, and the unified header of DTLS 1.3, are not ours. */
export const ContentType = {
  changeCipherSpec: 20,
  alert: 21,
  handshake: 22,
  applicationData: 23,
} as const;

export const RECORD_HEADER_BYTES = 13;
/** What a record may hold before protection (RFC 6347 §4.1). */
export const MAX_PLAINTEXT_BYTES = 2 ** 14;
/** What a protected record may hold: RFC 5246 §6.2.3 allows 2048 more, AEAD suites need far less. */
export const MAX_PROTECTED_BYTES = MAX_PLAINTEXT_BYTES + 256;
/** Record sequence numbers are 48 bits and never wrap (RFC 6347 §4.1). */
export const MAX_RECORD_SEQUENCE = 2 ** 48 - 1;

/**
 * The header of a record; the object is reused for each (RFC 6347 §4.1).
 *
 *     |  ContentType  |    ProtocolVersion            |   epoch ...
 *     |  ... epoch    |    sequence_number (48 bits)
 *     |                               |          length               |
 */
export class RecordHeader {
  type = 0;
  version = 0;
  epoch = 0;
  sequence = 0;
  length = 0;

  /** Reads the header at `at`. False when the bytes end before the record does. */
  read(bytes: Uint8Array, at: number): boolean {
    if (at + RECORD_HEADER_BYTES > bytes.length) return false;
    this.type = bytes[at]!;
    this.version = (bytes[at + 1]! << 8) | bytes[at + 2]!;
    this.epoch = (bytes[at + 3]! << 8) | bytes[at + 4]!;
    const high = (bytes[at + 5]! << 8) | bytes[at + 6]!;
    const low = (bytes[at + 7]! << 24) | (bytes[at + 8]! << 16) | (bytes[at + 9]! << 8) | bytes[at + 10]!;
    this.sequence = high * 0x1_0000_0000 + (low >>> 0);
    this.length = (bytes[at + 11]! << 8) | bytes[at + 12]!;
    return at + RECORD_HEADER_BYTES + this.length <= bytes.length;
  }
}

/** Writes the header of a record at `at`. */
export function writeRecordHeader(
  out: Uint8Array,
  at: number,
  type: number,
  version: number,
  epoch: number,
  sequence: number,
  length: number,
): void {
  out[at] = type;
  out[at + 1] = version >>> 8;
  out[at + 2] = version;
  writeEpochAndSequence(out, at + 3, epoch, sequence);
  out[at + 11] = length >>> 8;
  out[at + 12] = length;
}

/** Epoch and sequence number, 64 bits together: also the explicit nonce and the start of the additional data. */
export function writeEpochAndSequence(out: Uint8Array, at: number, epoch: number, sequence: number): void {
  const high = Math.floor(sequence / 0x1_0000_0000);
  out[at] = epoch >>> 8;
  out[at + 1] = epoch;
  out[at + 2] = high >>> 8;
  out[at + 3] = high;
  out[at + 4] = sequence / 0x100_0000;
  out[at + 5] = sequence / 0x1_0000;
  out[at + 6] = sequence / 0x100;
  out[at + 7] = sequence;
}

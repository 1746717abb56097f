/**
 * The cipher of one direction, RTP and RTCP: what a profile is. An RTP index comes in two parts, `rollover` above the 16 bits of
 * `sequence`; all numbers are small integers, SSRCs signed. Texts are read from `bytes` and written to `out`: the same
 * memory at the same place, or apart from it. Ciphers that authenticate by themselves have nothing to do in tagRtp and checkRtp.
 */
export interface SrtpTransform {
  /** What protecting adds to an RTP packet. */
  readonly rtpOverheadBytes: number;
  /** What protecting adds to an RTCP packet: index and tag. */
  readonly rtcpOverheadBytes: number;

  /** Encrypts `textBytes` at `textOffset` to `textOut`; what lies from `packetOut` to there is authenticated with them. */
  encryptRtp(
    ssrc: number,
    rollover: number,
    sequence: number,
    bytes: Uint8Array,
    textOffset: number,
    textBytes: number,
    out: Uint8Array,
    packetOut: number,
    textOut: number,
  ): void;
  /** Appends the tag of the encrypted packet of `length` bytes. */
  tagRtp(rollover: number, bytes: Uint8Array, offset: number, length: number): void;
  /** Whether the tag at the end of the packet of `length` bytes is right. Leaves the bytes as they were. */
  checkRtp(rollover: number, bytes: Uint8Array, offset: number, length: number): boolean;
  /** Decrypts what {@link encryptRtp} made of `textBytes`; false if it is not what the sender wrote. */
  decryptRtp(
    ssrc: number,
    rollover: number,
    sequence: number,
    bytes: Uint8Array,
    packetOffset: number,
    textOffset: number,
    textBytes: number,
    out: Uint8Array,
    textOut: number,
  ): boolean;

  /** Encrypts a packet of `length` bytes whose clear part is in `out` already, and appends index and tag. */
  sealRtcp(
    ssrc: number,
    index: number,
    bytes: Uint8Array,
    offset: number,
    length: number,
    out: Uint8Array,
    outOffset: number,
  ): void;
  /** The index of a protected packet, with the E bit as its highest (RFC 3711 §3.4); signed. */
  rtcpIndexWord(bytes: Uint8Array, offset: number, length: number): number;
  /** Checks a protected packet of `length` bytes and decrypts all but its clear part; false for a wrong tag. */
  openRtcp(
    ssrc: number,
    index: number,
    bytes: Uint8Array,
    offset: number,
    length: number,
    out: Uint8Array,
    outOffset: number,
  ): boolean;
}

/** Of the part of an RTCP packet that is not encrypted: header and sender (RFC 3711 §3.4). */
export const RTCP_CLEAR_BYTES = 8;

/** Of the word that holds E bit and index. */
export const RTCP_INDEX_BYTES = 4;

/** "This packet is encrypted" (RFC 3711 §3.4). */
export const E_BIT = 0x8000_0000 | 0;

/** As a signed number, which stays a small integer. */
export function readI32(bytes: Uint8Array, offset: number): number {
  return (bytes[offset]! << 24) | (bytes[offset + 1]! << 16) | (bytes[offset + 2]! << 8) | bytes[offset + 3]!;
}

export function writeI32(bytes: Uint8Array, offset: number, value: number): void {
  bytes[offset] = value >>> 24;
  bytes[offset + 1] = value >>> 16;
  bytes[offset + 2] = value >>> 8;
  bytes[offset + 3] = value;
}

/** Writes `value` XOR what `salt` has there: every nonce and counter is a salt with numbers mixed in. */
export function mixI32(target: Uint8Array, at: number, salt: Uint8Array, value: number): void {
  target[at] = salt[at]! ^ (value >>> 24);
  target[at + 1] = salt[at + 1]! ^ ((value >>> 16) & 0xff);
  target[at + 2] = salt[at + 2]! ^ ((value >>> 8) & 0xff);
  target[at + 3] = salt[at + 3]! ^ (value & 0xff);
}

export function mixU16(target: Uint8Array, at: number, salt: Uint8Array, value: number): void {
  target[at] = salt[at]! ^ (value >>> 8);
  target[at + 1] = salt[at + 1]! ^ (value & 0xff);
}

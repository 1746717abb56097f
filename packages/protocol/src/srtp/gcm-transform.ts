import { AEAD_NONCE_BYTES, AEAD_TAG_BYTES, type Aead, type CryptoProvider, type SrtpMasterKey } from '../core/index.js';
import { deriveKey, KeyLabel } from './key-derivation.js';
import { E_BIT, mixI32, mixU16, RTCP_CLEAR_BYTES, RTCP_INDEX_BYTES, readI32, type SrtpTransform, writeI32 } from './transform.js';

/** Of the packet that is sealed or opened now, whoever's: written anew for each. */
const nonce = new Uint8Array(AEAD_NONCE_BYTES);
const rtcpAdditional = new Uint8Array(RTCP_CLEAR_BYTES + RTCP_INDEX_BYTES);

/** AES-GCM for SRTP and SRTCP (RFC 7714): header authenticated, text encrypted, tag behind it, SRTCP index last of all. */
export class GcmTransform implements SrtpTransform {
  readonly rtpOverheadBytes = AEAD_TAG_BYTES;
  readonly rtcpOverheadBytes = AEAD_TAG_BYTES + RTCP_INDEX_BYTES;
  /** Made when they are first needed: packets may go through a driver. */
  private rtpKeys: { readonly aead: Aead; readonly salt: Uint8Array } | undefined;
  private readonly rtcp: Aead;
  private readonly rtcpSalt: Uint8Array;

  constructor(
    private readonly algorithm: 'aes-128-gcm' | 'aes-256-gcm',
    private readonly master: SrtpMasterKey,
    private readonly crypto: CryptoProvider,
  ) {
    const keyBytes = master.key.length;
    this.rtcp = crypto.aead(algorithm, deriveKey(crypto, master, KeyLabel.rtcpEncryption, keyBytes));
    this.rtcpSalt = deriveKey(crypto, master, KeyLabel.rtcpSalt, AEAD_NONCE_BYTES);
  }

  private get rtp(): { readonly aead: Aead; readonly salt: Uint8Array } {
    return (this.rtpKeys ??= this.deriveRtp());
  }

  private deriveRtp(): { readonly aead: Aead; readonly salt: Uint8Array } {
    const { algorithm, master, crypto } = this;
    return {
      aead: crypto.aead(algorithm, deriveKey(crypto, master, KeyLabel.rtpEncryption, master.key.length)),
      salt: deriveKey(crypto, master, KeyLabel.rtpSalt, AEAD_NONCE_BYTES),
    };
  }

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
  ): void {
    const { aead, salt } = this.rtp;
    rtpNonce(salt, ssrc, rollover, sequence);
    aead.sealAt(nonce, out, packetOut, textOut - packetOut, bytes, textOffset, textBytes, out, textOut);
  }

  tagRtp(): void {}

  checkRtp(): boolean {
    return true;
  }

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
  ): boolean {
    const { aead, salt } = this.rtp;
    rtpNonce(salt, ssrc, rollover, sequence);
    const sealedBytes = textBytes + AEAD_TAG_BYTES;
    const clearBytes = textOffset - packetOffset;
    return aead.openAt(nonce, bytes, packetOffset, clearBytes, bytes, textOffset, sealedBytes, out, textOut) >= 0;
  }

  sealRtcp(
    ssrc: number,
    index: number,
    bytes: Uint8Array,
    offset: number,
    length: number,
    out: Uint8Array,
    outOffset: number,
  ): void {
    rtcpNonce(this.rtcpSalt, ssrc, index);
    const additional = rtcpAdditionalOf(bytes, offset, index);
    const textBytes = length - RTCP_CLEAR_BYTES;
    const textAt = offset + RTCP_CLEAR_BYTES;
    this.rtcp.sealAt(nonce, additional, 0, additional.length, bytes, textAt, textBytes, out, outOffset + RTCP_CLEAR_BYTES);
    writeI32(out, outOffset + length + AEAD_TAG_BYTES, index | E_BIT);
  }

  rtcpIndexWord(bytes: Uint8Array, offset: number, length: number): number {
    return readI32(bytes, offset + length - RTCP_INDEX_BYTES);
  }

  openRtcp(
    ssrc: number,
    index: number,
    bytes: Uint8Array,
    offset: number,
    length: number,
    out: Uint8Array,
    outOffset: number,
  ): boolean {
    rtcpNonce(this.rtcpSalt, ssrc, index);
    const additional = rtcpAdditionalOf(bytes, offset, index);
    const sealedBytes = length - RTCP_CLEAR_BYTES - RTCP_INDEX_BYTES;
    const textAt = offset + RTCP_CLEAR_BYTES;
    const textOut = outOffset + RTCP_CLEAR_BYTES;
    return this.rtcp.openAt(nonce, additional, 0, additional.length, bytes, textAt, sealedBytes, out, textOut) >= 0;
  }
}

/**
 * RFC 7714 §8.1, XORed with the salt:
 *
 *     |00|00|    SSRC   |     ROC   | SEQ |
 */
function rtpNonce(salt: Uint8Array, ssrc: number, rollover: number, sequence: number): void {
  mixU16(nonce, 0, salt, 0);
  mixI32(nonce, 2, salt, ssrc);
  mixI32(nonce, 6, salt, rollover);
  mixU16(nonce, 10, salt, sequence);
}

/**
 * RFC 7714 §9.1, XORed with the salt:
 *
 *     |00|00|    SSRC   |00|00|0+SRTCP Idx|
 */
function rtcpNonce(salt: Uint8Array, ssrc: number, index: number): void {
  mixU16(nonce, 0, salt, 0);
  mixI32(nonce, 2, salt, ssrc);
  mixU16(nonce, 6, salt, 0);
  mixI32(nonce, 8, salt, index);
}

/** The clear part and the index word (RFC 7714 §9.2). */
function rtcpAdditionalOf(bytes: Uint8Array, offset: number, index: number): Uint8Array {
  for (let i = 0; i < RTCP_CLEAR_BYTES; i++) rtcpAdditional[i] = bytes[offset + i]!;
  writeI32(rtcpAdditional, RTCP_CLEAR_BYTES, index | E_BIT);
  return rtcpAdditional;
}

import {
  AES_BLOCK_BYTES,
  type AesCtr,
  type CryptoProvider,
  HMAC_SHA1_BYTES,
  type HmacSha1,
  type SrtpMasterKey,
} from '../core/index.js';
import { COUNTER_SALT_BYTES, counterOf } from './counter-mode.js';
import { deriveKey, KeyLabel } from './key-derivation.js';
import { E_BIT, RTCP_CLEAR_BYTES, RTCP_INDEX_BYTES, readI32, type SrtpTransform, writeI32 } from './transform.js';

/** Of the tag of SRTCP in both profiles, and of SRTP in the one of 80 bits (RFC 5764 §4.1.2). */
const LONG_TAG_BYTES = 10;

/** Of the rollover counter, which is authenticated and not sent (RFC 3711 §4.2). No tag is shorter. */
const ROLLOVER_BYTES = 4;

/** Of the packet that is at hand, whoever's: written anew for each. */
const counter = new Uint8Array(AES_BLOCK_BYTES);
const code = new Uint8Array(HMAC_SHA1_BYTES);
const kept = new Uint8Array(ROLLOVER_BYTES);

/** AES-CM with HMAC-SHA1 (RFC 3711): encrypted first, authenticated with the header then. */
export class CounterTransform implements SrtpTransform {
  readonly rtcpOverheadBytes = RTCP_INDEX_BYTES + LONG_TAG_BYTES;
  /** Made when they are first needed. */
  private rtpCtr: AesCtr | undefined;
  private rtpHmac: HmacSha1 | undefined;
  private readonly rtcp: AesCtr;
  private readonly rtcpMac: HmacSha1;
  private rtpSalt: Uint8Array | undefined;
  private readonly rtcpSalt: Uint8Array;

  constructor(
    readonly rtpOverheadBytes: 4 | 10,
    private readonly master: SrtpMasterKey,
    private readonly crypto: CryptoProvider,
  ) {
    const keyOf = (label: KeyLabel, length: number): Uint8Array => deriveKey(crypto, master, label, length);
    const keyBytes = master.key.length;
    this.rtcp = crypto.aesCtr(keyOf(KeyLabel.rtcpEncryption, keyBytes));
    this.rtcpMac = crypto.hmacSha1(keyOf(KeyLabel.rtcpAuthentication, HMAC_SHA1_BYTES));
    this.rtcpSalt = keyOf(KeyLabel.rtcpSalt, COUNTER_SALT_BYTES);
  }

  private get rtp(): AesCtr {
    const { master, crypto } = this;
    return (this.rtpCtr ??= crypto.aesCtr(deriveKey(crypto, master, KeyLabel.rtpEncryption, master.key.length)));
  }

  private get saltOfRtp(): Uint8Array {
    return (this.rtpSalt ??= deriveKey(this.crypto, this.master, KeyLabel.rtpSalt, COUNTER_SALT_BYTES));
  }

  private get rtpMac(): HmacSha1 {
    const { master, crypto } = this;
    return (this.rtpHmac ??= crypto.hmacSha1(deriveKey(crypto, master, KeyLabel.rtpAuthentication, HMAC_SHA1_BYTES)));
  }

  encryptRtp(
    ssrc: number,
    rollover: number,
    sequence: number,
    bytes: Uint8Array,
    textOffset: number,
    textBytes: number,
    out: Uint8Array,
    _packetOut: number,
    textOut: number,
  ): void {
    counterOf(this.saltOfRtp, ssrc, rollover, sequence, counter);
    this.rtp.xor(counter, bytes, textOffset, textBytes, out, textOut);
  }

  /** The rollover counter is written where the tag will be, so that one piece is authenticated. */
  tagRtp(rollover: number, bytes: Uint8Array, offset: number, length: number): void {
    writeI32(bytes, offset + length, rollover);
    this.rtpMac.sign(bytes, offset, length + ROLLOVER_BYTES, code, 0);
    copyTag(code, bytes, offset + length, this.rtpOverheadBytes);
  }

  checkRtp(rollover: number, bytes: Uint8Array, offset: number, length: number): boolean {
    const tagAt = offset + length - this.rtpOverheadBytes;
    for (let i = 0; i < ROLLOVER_BYTES; i++) kept[i] = bytes[tagAt + i]!;
    writeI32(bytes, tagAt, rollover);
    this.rtpMac.sign(bytes, offset, tagAt - offset + ROLLOVER_BYTES, code, 0);
    for (let i = 0; i < ROLLOVER_BYTES; i++) bytes[tagAt + i] = kept[i]!;
    return isTag(code, bytes, tagAt, this.rtpOverheadBytes);
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
    this.encryptRtp(ssrc, rollover, sequence, bytes, textOffset, textBytes, out, packetOffset, textOut);
    return true; // checkRtp has said so
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
    this.cryptRtcp(ssrc, index, bytes, offset, length, out, outOffset);
    writeI32(out, outOffset + length, index | E_BIT);
    const tagAt = outOffset + length + RTCP_INDEX_BYTES;
    this.rtcpMac.sign(out, outOffset, tagAt - outOffset, code, 0);
    copyTag(code, out, tagAt, LONG_TAG_BYTES);
  }

  rtcpIndexWord(bytes: Uint8Array, offset: number, length: number): number {
    return readI32(bytes, offset + length - this.rtcpOverheadBytes);
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
    const tagAt = offset + length - LONG_TAG_BYTES;
    this.rtcpMac.sign(bytes, offset, tagAt - offset, code, 0);
    if (!isTag(code, bytes, tagAt, LONG_TAG_BYTES)) return false;
    this.cryptRtcp(ssrc, index, bytes, offset, length - this.rtcpOverheadBytes, out, outOffset);
    return true;
  }

  private cryptRtcp(
    ssrc: number,
    index: number,
    bytes: Uint8Array,
    offset: number,
    length: number,
    out: Uint8Array,
    outOffset: number,
  ): void {
    counterOf(this.rtcpSalt, ssrc, index >>> 16, index & 0xffff, counter);
    this.rtcp.xor(counter, bytes, offset + RTCP_CLEAR_BYTES, length - RTCP_CLEAR_BYTES, out, outOffset + RTCP_CLEAR_BYTES);
  }
}

function copyTag(code: Uint8Array, out: Uint8Array, at: number, length: number): void {
  for (let i = 0; i < length; i++) out[at + i] = code[i]!;
}

/** Looks at all of the tag, whatever it finds. */
function isTag(code: Uint8Array, bytes: Uint8Array, at: number, length: number): boolean {
  let difference = 0;
  for (let i = 0; i < length; i++) difference |= code[i]! ^ bytes[at + i]!;
  return difference === 0;
}

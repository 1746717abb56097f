import type { SrtpCipher } from '../core/index.js';
import type { SrtpTransform } from './transform.js';

/** RTP packets by a cipher that does each in one step; RTCP, and what is too large for it, by the parts that it is made of. */
export class WholeTransform implements SrtpTransform {
  readonly rtpOverheadBytes: number;
  readonly rtcpOverheadBytes: number;

  private made: SrtpCipher | undefined;

  /** `make` the cipher when it is first needed: where packets go through a driver, it never is. */
  constructor(
    private readonly parts: SrtpTransform,
    private readonly make: () => SrtpCipher,
  ) {
    this.rtpOverheadBytes = parts.rtpOverheadBytes;
    this.rtcpOverheadBytes = parts.rtcpOverheadBytes;
  }

  private get cipher(): SrtpCipher {
    return (this.made ??= this.make());
  }

  private isWhole(packetBytes: number): boolean {
    return packetBytes <= this.cipher.maxPacketBytes;
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
    if (this.isWhole(textOut - packetOut + textBytes))
      this.cipher.seal(rollover, bytes, textOffset, textBytes, out, packetOut, textOut);
    else this.parts.encryptRtp(ssrc, rollover, sequence, bytes, textOffset, textBytes, out, packetOut, textOut);
  }

  tagRtp(rollover: number, bytes: Uint8Array, offset: number, length: number): void {
    if (!this.isWhole(length)) this.parts.tagRtp(rollover, bytes, offset, length); // otherwise encryptRtp has
  }

  checkRtp(rollover: number, bytes: Uint8Array, offset: number, length: number): boolean {
    // decryptRtp will, where the packet is whole
    return this.isWhole(length - this.rtpOverheadBytes) || this.parts.checkRtp(rollover, bytes, offset, length);
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
    const headerBytes = textOffset - packetOffset;
    if (!this.isWhole(headerBytes + textBytes))
      return this.parts.decryptRtp(ssrc, rollover, sequence, bytes, packetOffset, textOffset, textBytes, out, textOut);
    const length = headerBytes + textBytes + this.rtpOverheadBytes;
    return this.cipher.open(rollover, bytes, packetOffset, length, headerBytes, out, textOut);
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
    this.parts.sealRtcp(ssrc, index, bytes, offset, length, out, outOffset);
  }

  rtcpIndexWord(bytes: Uint8Array, offset: number, length: number): number {
    return this.parts.rtcpIndexWord(bytes, offset, length);
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
    return this.parts.openRtcp(ssrc, index, bytes, offset, length, out, outOffset);
  }
}

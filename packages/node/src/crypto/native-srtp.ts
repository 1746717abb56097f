import type { Addon, NativeSrtpCipher } from '@maru/native';
import type { SrtpCipher, SrtpSessionKeys } from '@maru/protocol/core';

/** One key in @maru/native: a packet is one call, whatever the profile. */
export class NativeSrtp implements SrtpCipher {
  readonly maxPacketBytes = 65_535;
  private readonly handle: NativeSrtpCipher;

  constructor(
    private readonly native: Addon,
    { encryption, salt, authentication, tagBytes }: SrtpSessionKeys,
  ) {
    this.handle = native.createSrtpCipher(encryption, salt, authentication, tagBytes);
  }

  seal(
    rollover: number,
    bytes: Uint8Array,
    textOffset: number,
    textBytes: number,
    out: Uint8Array,
    packetOut: number,
    textOut: number,
  ): void {
    this.native.srtpSeal(this.handle, rollover, bytes, textOffset, textBytes, out, textOut - packetOut, textOut);
  }

  open(
    rollover: number,
    bytes: Uint8Array,
    offset: number,
    length: number,
    headerBytes: number,
    out: Uint8Array,
    textOut: number,
  ): boolean {
    return this.native.srtpOpen(this.handle, rollover, bytes, offset, length, out, headerBytes, textOut) === 1;
  }
}

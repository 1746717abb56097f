/** Bits of the longest mask: FlexFEC with all three parts (draft-ietf-payload-flexible-fec-scheme-03 §4.2). */
export const MAX_PROTECTED = 109;

/** What a FEC packet protects, and with what: the header fields are exclusive-ors of those of the protected packets. */
export class Protection {
  /** The source whose packets are protected; 0: the one that the FEC packet itself came from. */
  ssrc = 0;
  /** 16 bits, as on the wire. */
  sequenceBase = 0;
  /** Which packets are protected, counted from the base. */
  count = 0;
  readonly offsets = new Uint8Array(MAX_PROTECTED);
  /** Padding, extension and CSRC count as in the first byte of a header; marker and payload type as in the second. */
  firstByte = 0;
  secondByte = 0;
  rtpTimestamp = 0;
  /** Of what comes after the fixed header. */
  length = 0;
  /** Where the exclusive-or of what comes after the fixed headers is, and how long. */
  dataOffset = 0;
  dataBytes = 0;

  /** Notes the packets that `bits` bits of a mask at `bit` of `bytes` name, counted from `from`. */
  addMask(bytes: Uint8Array, bit: number, bits: number, from: number): void {
    for (let i = 0; i < bits; i++) {
      const at = bit + i;
      if (bytes[at >> 3]! & (0x80 >> (at & 7))) this.offsets[this.count++] = from + i;
    }
  }
}

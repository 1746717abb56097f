/** Of the value of toffset (RFC 5450 §3.1). */
export const TRANSMISSION_OFFSET_BYTES = 3;

/** How much later than its timestamp says the packet was sent, in RTP units; a signed 24-bit number. */
export function readTransmissionOffset(bytes: Uint8Array, offset: number): number {
  return ((bytes[offset]! << 24) | (bytes[offset + 1]! << 16) | (bytes[offset + 2]! << 8)) >> 8;
}

export function writeTransmissionOffset(bytes: Uint8Array, offset: number, rtpUnits: number): void {
  bytes[offset] = rtpUnits >>> 16;
  bytes[offset + 1] = rtpUnits >>> 8;
  bytes[offset + 2] = rtpUnits;
}

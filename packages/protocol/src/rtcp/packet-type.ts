/** RTCP packet types (IANA, "RTCP Control Packet Types"). */
export const RtcpType = {
  senderReport: 200,
  receiverReport: 201,
  sourceDescription: 202,
  goodbye: 203,
  application: 204,
  transportFeedback: 205,
  payloadFeedback: 206,
  extendedReport: 207,
} as const;

/** Formats of transport layer feedback (IANA, "FMT Values for RTPFB Payload Types"). */
export const TransportFeedback = { nack: 1, tmmbr: 3, tmmbn: 4, ccfb: 11, twcc: 15 } as const;

/** Formats of payload-specific feedback (IANA, "FMT Values for PSFB Payload Types"). */
export const PayloadFeedback = { pli: 1, fir: 4, application: 15 } as const;

/** Of the header that all packets share. */
export const RTCP_HEADER_BYTES = 4;

/**
 * Whether a packet that came on the shared port is RTCP and not RTP: its second byte lies where RTCP's types are and where no
 * RTP payload type may be (RFC 5761 §4, 64 to 95 with the marker taken away).
 */
export function isRtcp(bytes: Uint8Array, offset = 0): boolean {
  const type = bytes[offset + 1];
  return type !== undefined && type >= 192 && type <= 223;
}

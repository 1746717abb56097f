/** Message types of DCEP (IANA, "DCEP Message Types"; RFC 8832 §8.2.1). */
export const DcepMessageType = { ack: 0x02, open: 0x03 } as const;

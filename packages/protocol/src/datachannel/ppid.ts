/** Payload protocol identifiers of WebRTC (IANA, "SCTP Payload Protocol Identifiers"; RFC 8831 §8). Network order on the wire. */
export const Ppid = {
  dcep: 50,
  text: 51,
  /** Deprecated: part of a binary message, more to come. */
  binaryPartial: 52,
  binary: 53,
  /** Deprecated: part of a text, more to come. */
  textPartial: 54,
  textEmpty: 56,
  binaryEmpty: 57,
} as const;

/** What a connection waits for, besides the answer to a flight, for which its FlightRepeater does. */
export const DtlsTimer = {
  /** The handshake, or the owner's verdict, has taken too long. */
  handshakeTimeout: 0,
  /** A plaintext alert was a true one, since nothing has come after it. */
  alertGrace: 1,
} as const;

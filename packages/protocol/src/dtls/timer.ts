/** What a connection waits for. */
export const DtlsTimer = {
  /** The flight that was sent last is not answered: it goes out again (RFC 6347 §4.2.4). */
  retransmit: 0,
  /** The handshake, or the owner's verdict, has taken too long. */
  handshakeTimeout: 1,
  /** A plaintext alert was a true one, since nothing has come after it. */
  alertGrace: 2,
} as const;

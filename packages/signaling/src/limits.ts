/** Bounds of the protocol itself; a server may set lower ones and says them in `welcome`. */
export const PROTOCOL_LIMITS = {
  /** Longest frame as text, in either direction. */
  frameBytes: 256 * 1024,
  /** Numbered messages that may wait for acknowledgement on one connection and direction. */
  unackedMessages: 1_000,
  /** The same, as text. */
  unackedBytes: 1024 * 1024,
  /** Messages in one `send` or `poll` request. */
  framesPerRequest: 100,
  /** Longest token. */
  tokenChars: 8 * 1024,
} as const;

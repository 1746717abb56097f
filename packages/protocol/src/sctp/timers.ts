/** What an association waits for, besides its sender, its SACK delay, its resets and its path MTU search. */
export const SctpTimer = {
  /** T1-init and T1-cookie: INIT or COOKIE ECHO went unanswered (RFC 9260 §5.1). */
  handshake: 0,
  /** T2-shutdown: SHUTDOWN or SHUTDOWN ACK went unanswered (RFC 9260 §9.2). */
  shutdown: 1,
  /** The path has been idle for a heartbeat interval, or a HEARTBEAT went unanswered (RFC 9260 §8.3). */
  heartbeat: 2,
  /** The peer's head start is over: our own INIT goes. */
  headStart: 3,
} as const;

/** The protocols of TURN and STUN in ALPN (RFC 7443 §2). */
export const TURN_ALPN: readonly string[] = ['stun.turn', 'stun.nat-discovery'];

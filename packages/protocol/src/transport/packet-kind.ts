/** What a packet on the shared port is, told by its first byte (RFC 7983 §7, with the DTLS 1.3 range of RFC 9443 §4). */
export type PacketKind = 'stun' | 'dtls' | 'turn-channel' | 'rtp' | 'unknown';

/**
 *     0..3   STUN
 *     16..19 ZRTP, which nobody here speaks
 *     20..63 DTLS
 *     64..79 TURN ChannelData
 *     128..191 RTP and RTCP
 */
export function packetKind(bytes: Uint8Array): PacketKind {
  const first = bytes[0];
  if (first === undefined) return 'unknown';
  if (first <= 3) return 'stun';
  if (first >= 20 && first <= 63) return 'dtls';
  if (first >= 64 && first <= 79) return 'turn-channel';
  return first >= 128 && first <= 191 ? 'rtp' : 'unknown';
}

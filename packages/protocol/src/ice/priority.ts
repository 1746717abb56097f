import type { CandidateProtocol, CandidateType, RelayProtocol, TcpType } from './candidate.js';

/** Type preferences over UDP (RFC 8445 §5.1.2.2). */
const UDP_PREFERENCE: Readonly<Record<CandidateType, number>> = { host: 126, prflx: 110, srflx: 100, relay: 2 };

/**
 * Type preferences over TCP: below every direct UDP candidate, since a lost segment holds up all that follow it, and above
 * relays (RFC 6544 §4.2 leaves the numbers open; these are the ones browsers use).
 */
const TCP_PREFERENCE: Readonly<Record<CandidateType, number>> = { host: 90, prflx: 80, srflx: 70, relay: 1 };

/** UDP to the TURN server before TCP before TLS. */
const RELAY_PREFERENCE: Readonly<Record<RelayProtocol, number>> = { udp: 2, dtls: 2, tcp: 1, tls: 0 };

/** Which end opens the connection, in the order of RFC 6544 §4.2 for host candidates. */
const DIRECTION_PREFERENCE: Readonly<Record<TcpType, number>> = { active: 6, passive: 4, so: 2 };

export interface PriorityInputs {
  readonly type: CandidateType;
  readonly protocol: CandidateProtocol;
  readonly tcpType: TcpType | undefined;
  readonly relayProtocol: RelayProtocol | undefined;
  /** 0 to 65535: which interface and family first. For TCP its upper 13 bits count. */
  readonly localPreference: number;
}

/** A candidate's priority (RFC 8445 §5.1.2.1): 2^24 type + 2^8 local + (256 - component), where the component is 1. */
export function candidatePriority({ type, protocol, tcpType, relayProtocol, localPreference }: PriorityInputs): number {
  const preferences = protocol === 'tcp' ? TCP_PREFERENCE : UDP_PREFERENCE;
  const typePreference = type === 'relay' && relayProtocol ? RELAY_PREFERENCE[relayProtocol] : preferences[type];
  const local = tcpType ? (DIRECTION_PREFERENCE[tcpType] << 13) | (localPreference >>> 3) : localPreference;
  return typePreference * 0x100_0000 + local * 0x100 + 255;
}

/** A pair's priority: 2^32 MIN(G,D) + 2 MAX(G,D) + (G > D ? 1 : 0) (RFC 8445 §6.1.2.3). G is the controlling side's candidate. */
export function pairPriority(controlling: number, controlled: number): bigint {
  const [min, max] = controlling < controlled ? [controlling, controlled] : [controlled, controlling];
  return (BigInt(min) << 32n) + 2n * BigInt(max) + (controlling > controlled ? 1n : 0n);
}

import { type Instant, Malformed } from '../../../core/index.js';
import { StunErrorCode, type StunMessage, XorPeerAddress } from '../../../stun/index.js';
import type { Allocation } from '../allocation.js';
import { IpEndpoint } from '../ip-endpoint.js';
import type { RelaySocket } from '../relay-socket.js';
import { type Answer, type RequestScope, refusal } from './answer.js';

/** A peer that a request names, with the relay that reaches it. */
export interface NamedPeer {
  readonly relay: RelaySocket;
  readonly endpoint: IpEndpoint;
}

/** The peers that a request names, all of them right: readable, of a family that was allocated, and allowed. `most` bounds them. */
export function peersOf(
  message: StunMessage,
  allocation: Allocation,
  { gate, table }: RequestScope,
  now: Instant,
  most: number,
): readonly NamedPeer[] | Answer {
  const peers: NamedPeer[] = [];
  for (const peer of message.readAll(XorPeerAddress).slice(0, most)) {
    const endpoint = peer instanceof Malformed ? undefined : IpEndpoint.of(peer.address, peer.port);
    if (!endpoint) return refusal(StunErrorCode.badRequest, 'turn/peer/unreadable');
    const verdict = gate.verdict(endpoint); // before anything that depends on what was allocated: it is the same everywhere
    if (verdict !== 'allowed') return refusal(StunErrorCode.forbidden, `turn/peer/${verdict}`);
    const relay = allocation.relayOf(endpoint.isIpv4);
    if (!relay) return refusal(StunErrorCode.peerAddressFamilyMismatch, 'turn/peer/family');
    if (table.ownedByAnother(now, relay, endpoint)) return refusal(StunErrorCode.forbidden, 'turn/peer/owned-by-another');
    peers.push({ relay, endpoint });
  }
  return peers.length > 0 ? peers : refusal(StunErrorCode.badRequest, 'turn/peer/none');
}

export function isAnswer(value: readonly NamedPeer[] | Answer): value is Answer {
  return 'type' in value;
}

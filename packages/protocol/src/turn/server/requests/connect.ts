import { StunErrorCode } from '../../../stun/index.js';
import type { Allocation } from '../allocation.js';
import { PeerEntry } from '../peer-entry.js';
import { replyTo } from '../reply.js';
import { CONNECTION_TIMEOUT_MS, TcpConnection } from '../tcp-connection.js';
import { type Answer, type AuthenticRequest, LATER, type RequestScope, refusal } from './answer.js';
import { isAnswer, peersOf } from './peers.js';

/** Connect (RFC 6062 §5.2): answered when the peer has, or has not. */
export function onConnect(request: AuthenticRequest, scope: RequestScope, allocation: Allocation, id: number): Answer {
  const { now, message, client, identity, hasFingerprint } = request;
  const { table, gate, settings, outbox } = scope;
  if (allocation.relayTransport !== 'tcp') return refusal(StunErrorCode.badRequest, 'turn/connect/udp-allocation');
  const peers = peersOf(message, allocation, scope, now, 1);
  if (isAnswer(peers)) return peers;
  const { relay, endpoint } = peers[0]!;
  if (endpoint.port === 0) return refusal(StunErrorCode.badRequest, 'turn/connect/port');
  if (gate.route(endpoint) !== 'socket') return refusal(StunErrorCode.forbidden, 'turn/peer/own');
  const connections = [...(allocation.connections ?? [])];
  const isKnown = connections.some(({ peer }) => peer.endpoint.isSame(endpoint));
  if (isKnown) return refusal(StunErrorCode.connectionAlreadyExists, 'turn/connect/exists');
  if (connections.length >= settings.limits.connectionsPerAllocation)
    return refusal(StunErrorCode.insufficientCapacity, 'turn/connect/too-many');
  const reply = replyTo(message, client, identity.signature, hasFingerprint);
  const connection = new TcpConnection(id, relay, new PeerEntry(endpoint, 'socket'), { name: 'connecting', reply });
  table.addConnection(connection, now + CONNECTION_TIMEOUT_MS);
  outbox.push({ type: 'connect-peer', connection });
  return LATER;
}

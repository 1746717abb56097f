import { Malformed } from '../../../core/index.js';
import { Lifetime, MobilityTicket, RequestedAddressFamily, StunErrorCode, transactionKey } from '../../../stun/index.js';
import type { Allocation } from '../allocation.js';
import { type Answer, type AuthenticRequest, type RequestScope, refusal, success } from './answer.js';
import { grantedLifetimeS } from './lifetime.js';

/** Refresh (RFC 8656 §8.2), also from another 5-tuple with a ticket (RFC 8016 §3.2.2). */
export function onRefresh(request: AuthenticRequest, scope: RequestScope): Answer {
  const ticket = request.message.read(MobilityTicket);
  if (ticket instanceof Malformed) return refusal(StunErrorCode.badRequest, 'turn/refresh/mobility-ticket');
  if (ticket) return onTicket(request, scope, ticket);
  const { allocation } = request.client;
  if (!allocation) return refusal(StunErrorCode.allocationMismatch, 'turn/no-allocation');
  return refresh(request, scope, allocation);
}

function onTicket(request: AuthenticRequest, scope: RequestScope, ticket: Uint8Array): Answer {
  const { now, message, client, identity } = request;
  if (!scope.settings.allowsMobility) return refusal(StunErrorCode.mobilityForbidden, 'turn/mobility/off');
  const content = scope.tickets.open(ticket);
  const allocation = content && scope.table.byId.get(content.allocationId);
  if (!content || !allocation || allocation.state !== 'active')
    return refusal(StunErrorCode.allocationMismatch, 'turn/mobility/no-allocation');
  if (allocation.username !== identity.username) return refusal(StunErrorCode.forbidden, 'turn/mobility/other-owner');
  if (allocation.client === client) {
    const isRepeated = transactionKey(message.transactionId) === transactionKey(allocation.transactionId);
    const isCurrent = content.generation === allocation.generation;
    if (!isRepeated && !isCurrent) return refusal(StunErrorCode.allocationMismatch, 'turn/mobility/used-ticket');
    return refresh(request, scope, allocation);
  }
  if (client.allocation) return refusal(StunErrorCode.allocationMismatch, 'turn/mobility/5-tuple-in-use');
  if (content.generation !== allocation.generation) return refusal(StunErrorCode.allocationMismatch, 'turn/mobility/used-ticket');
  scope.table.move(now, allocation, client, message.transactionId);
  return refresh(request, scope, allocation);
}

function refresh({ now, message, identity }: AuthenticRequest, scope: RequestScope, allocation: Allocation): Answer {
  const { table, settings, tickets, outbox } = scope;
  if (allocation.username !== identity.username) return refusal(StunErrorCode.wrongCredentials, 'turn/wrong-credentials');
  const family = message.read(RequestedAddressFamily);
  if (family instanceof Malformed) return refusal(StunErrorCode.badRequest, 'turn/refresh/family');
  const relay = family && allocation.relayOf(family === 'ipv4');
  if (family && !relay) return refusal(StunErrorCode.peerAddressFamilyMismatch, 'turn/refresh/family');
  const lifetimeS = grantedLifetimeS(now, message, identity, settings);
  if (lifetimeS === undefined) return refusal(StunErrorCode.badRequest, 'turn/refresh/lifetime');
  if (lifetimeS === 0) {
    if (relay && allocation.relays.length > 1) table.endFamily(relay);
    else table.end(now, allocation, 'refreshed-to-zero');
    return success((encoder) => encoder.add(Lifetime, 0));
  }
  allocation.signature = identity.signature;
  allocation.credentialsEndAt = identity.endsAt;
  table.extend(allocation, now + 1_000 * lifetimeS);
  outbox.event({ type: 'allocation-refreshed', id: allocation.id, expiresAt: allocation.expiresAt });
  return success((encoder) =>
    encoder.add(Lifetime, lifetimeS).addIf(MobilityTicket, allocation.isMobile ? tickets.issue(allocation) : undefined),
  );
}

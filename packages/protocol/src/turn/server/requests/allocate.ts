import { type Instant, Malformed } from '../../../core/index.js';
import {
  AdditionalAddressFamily,
  AddressErrorCode,
  type AddressFamily,
  AlternateServer,
  DontFragment,
  EvenPort,
  Lifetime,
  MobilityTicket,
  RequestedAddressFamily,
  RequestedTransport,
  ReservationToken,
  type StunEncoder,
  StunErrorCode,
  type StunMessage,
  transactionKey,
} from '../../../stun/index.js';
import type { Allocation } from '../allocation.js';
import type { AllocationWish } from '../allocation-table.js';
import { isStream } from '../client.js';
import type { RelayTransport } from '../contract.js';
import { XorMappedEndpoint, XorRelayedEndpoint } from '../endpoint-attributes.js';
import type { MobilityTickets } from '../mobility-tickets.js';
import { replyTo } from '../reply.js';
import { type Answer, type AuthenticRequest, LATER, phraseOf, type RequestScope, refusal, success } from './answer.js';
import { grantedLifetimeS } from './lifetime.js';

/** Protocol numbers of REQUESTED-TRANSPORT (RFC 8656 §18.7). */
const TRANSPORTS: ReadonlyMap<number, RelayTransport> = new Map([
  [17, 'udp'],
  [6, 'tcp'],
]);

/** Allocate (RFC 8656 §7.2). */
export function onAllocate(request: AuthenticRequest, scope: RequestScope): Answer {
  const { now, message, client, identity, hasFingerprint } = request;
  const { table, settings } = scope;
  const existing = client.allocation;
  if (existing) return again(request, existing, scope);
  const wish = wishOf(request, scope);
  if ('type' in wish) return wish;
  if (scope.isDraining) return draining(scope);
  const usage = table.ledger.userOf(identity.group, now);
  const quota = table.ledger.refusal(usage, client.remote, settings.limits);
  if (quota) {
    table.ledger.forgetIfIdle(usage);
    return refusal(quota.code, quota.reason);
  }
  const reply = replyTo(message, client, identity.signature, hasFingerprint);
  if (table.open(now, client, identity, usage, wish, reply)) return LATER;
  table.ledger.forgetIfIdle(usage);
  return refusal(StunErrorCode.insufficientCapacity, 'turn/quota/ports');
}

/** The same request again gets the same answer, another one 437 (RFC 8656 §7.2). */
function again({ now, message, identity }: AuthenticRequest, existing: Allocation, { tickets }: RequestScope): Answer {
  const isSame = transactionKey(message.transactionId) === transactionKey(existing.transactionId);
  if (!isSame || existing.username !== identity.username)
    return refusal(StunErrorCode.allocationMismatch, 'turn/allocate/5-tuple-in-use');
  return existing.state === 'active' ? allocated(now, existing, tickets) : LATER;
}

/** The success that describes an allocation. */
export function allocated(now: Instant, allocation: Allocation, tickets: MobilityTickets): Answer {
  return success((encoder) => describe(encoder, now, allocation, tickets));
}

function describe(encoder: StunEncoder, now: Instant, allocation: Allocation, tickets: MobilityTickets): void {
  for (const { relayed } of allocation.relays) encoder.add(XorRelayedEndpoint, relayed);
  const { missing, client, expiresAt, reservationToken, isMobile } = allocation;
  encoder
    .addIf(AddressErrorCode, missing && { ...missing, reason: phraseOf(missing.code) })
    .add(XorMappedEndpoint, client.remote)
    .add(Lifetime, Math.round((expiresAt - now) / 1_000))
    .addIf(ReservationToken, reservationToken)
    .addIf(MobilityTicket, isMobile ? tickets.issue(allocation) : undefined);
}

function draining({ settings: { alternateServer } }: RequestScope): Answer {
  if (!alternateServer) return refusal(StunErrorCode.insufficientCapacity, 'turn/draining');
  return refusal(StunErrorCode.tryAlternate, 'turn/draining', (encoder) => encoder.add(AlternateServer, alternateServer));
}

/** What is asked for, or why that cannot be asked, in the order of RFC 8656 §7.2. */
function wishOf(request: AuthenticRequest, scope: RequestScope): AllocationWish | Answer {
  const { now, message, identity } = request;
  const { settings, table } = scope;
  const number = message.read(RequestedTransport);
  if (number === undefined || number instanceof Malformed) return bad('requested-transport');
  const transport = TRANSPORTS.get(number);
  if (!transport || !settings.relayTransports.includes(transport))
    return refusal(StunErrorCode.unsupportedTransport, 'turn/allocate/transport');
  const problem = transport === 'tcp' ? tcpProblem(request) : undefined;
  if (problem) return problem;
  const families = familiesOf(message);
  if (typeof families === 'string') return bad(families);
  const even = message.read(EvenPort);
  const token = message.read(ReservationToken);
  if (even instanceof Malformed || token instanceof Malformed) return bad('port');
  if (token && (even || message.has(RequestedAddressFamily) || families.length > 1)) return bad('reservation-and-more');
  if (even?.reserveNext && families.length > 1) return bad('even-port-and-two-families');
  if (!table.ports.has(families[0]!, transport) && !token)
    return refusal(StunErrorCode.addressFamilyNotSupported, 'turn/allocate/family');
  const reservation = token && table.reservationOf(token);
  if (token && reservation?.user.group !== identity.group)
    return refusal(StunErrorCode.insufficientCapacity, 'turn/allocate/reservation');
  const ticket = message.read(MobilityTicket);
  if (ticket instanceof Malformed || (ticket && ticket.length > 0)) return bad('mobility-ticket');
  if (ticket && !settings.allowsMobility) return refusal(StunErrorCode.mobilityForbidden, 'turn/mobility/off');
  const lifetimeS = grantedLifetimeS(now, message, identity, settings);
  if (lifetimeS === undefined) return bad('lifetime');
  const expiresAt = now + 1_000 * (lifetimeS || settings.defaultLifetimeS);
  return { transport, families, even, reservation, expiresAt, isMobile: ticket !== undefined };
}

/** TCP allocations come by streams, and know no pairs of ports and no fragments (RFC 6062 §5.1). */
function tcpProblem({ message, client }: AuthenticRequest): Answer | undefined {
  if (!isStream(client.transport)) return bad('tcp-over-datagrams');
  const asksTooMuch = message.has(EvenPort) || message.has(ReservationToken) || message.has(DontFragment);
  return asksTooMuch ? bad('tcp-and-udp-attributes') : undefined;
}

/** One family, IPv4 without a wish; or both (RFC 8656 §7.2). A word for what is wrong. */
function familiesOf(message: StunMessage): readonly AddressFamily[] | string {
  const requested = message.read(RequestedAddressFamily);
  const additional = message.read(AdditionalAddressFamily);
  if (requested instanceof Malformed || additional instanceof Malformed) return 'family';
  if (requested && additional) return 'two-family-attributes';
  if (additional) return additional === 'ipv6' ? ['ipv4', 'ipv6'] : 'additional-ipv4';
  return [requested ?? 'ipv4'];
}

function bad(what: string): Answer {
  return refusal(StunErrorCode.badRequest, `turn/allocate/${what}`);
}

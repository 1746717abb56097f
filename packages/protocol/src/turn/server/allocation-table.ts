import { DeadlineHeap, type Instant, type RandomSource } from '../../core/index.js';
import { type AddressFamily, transactionKey } from '../../stun/index.js';
import { Allocation } from './allocation.js';
import type { Identity } from './authenticator.js';
import { CHANNEL_LIFETIME_MS, Channel } from './channel.js';
import { ALLOCATION_TIMEOUT_MS, type Client } from './client.js';
import type { AllocationEnd, CloseReason, RelayTransport, Traffic } from './contract.js';
import type { DataPath } from './data-path.js';
import { EndpointMap } from './endpoint-map.js';
import type { IpEndpoint } from './ip-endpoint.js';
import type { Outbox } from './outbox.js';
import { PeerEntry } from './peer-entry.js';
import type { PeerGate } from './peer-gate.js';
import { PERMISSION_LIFETIME_MS, Permission } from './permission.js';
import { type PortTaken, RESERVATION_MS, type RelayPorts, Reservation, type TakenPort } from './relay-ports.js';
import { RelaySocket } from './relay-socket.js';
import type { Reply } from './reply.js';
import type { TurnLimits } from './settings.js';
import type { TcpConnection } from './tcp-connection.js';
import type { UsageLedger, UserUsage } from './usage.js';

/** Ports that are tried, one after the other, when the driver cannot bind. */
const MAX_FAILED_BINDS = 4;

/** A driver that has not answered by then will not. */
const OPENING_TIMEOUT_MS = 10_000;

/** What waits for its time. */
export type Timed = Allocation | Client | TcpConnection | Reservation;

/** What an Allocate request asks for, once it is known to be askable. */
export interface AllocationWish {
  readonly transport: RelayTransport;
  readonly families: readonly AddressFamily[];
  readonly even: { readonly reserveNext: boolean } | undefined;
  /** A port that was kept before. */
  readonly reservation: Reservation | undefined;
  readonly expiresAt: Instant;
  readonly isMobile: boolean;
}

/** How the opening of a relay went for its allocation. */
export type OpeningStep = 'waiting' | 'complete' | 'failed';

/**
 * Every allocation with what it holds: relays, permissions, channels, connections, ports, quota. Here it is made and here it ends, so
 * that nothing stays behind.
 */
export class AllocationTable {
  readonly deadlines = new DeadlineHeap<Timed>();
  readonly byId = new Map<number, Allocation>();
  /** UDP clients that have an allocation, by listener and address. */
  readonly clients: EndpointMap<Client>;
  /** Clients whose connection or association is open. */
  readonly connected = new Set<Client>();
  readonly connections = new Map<number, TcpConnection>();
  private readonly reservations = new Map<string, Reservation>();
  private readonly freeRelayIds: number[] = [];
  private relayCount = 0;
  private nextId = 1;
  created = 0;
  /** What allocations that are over had relayed. */
  readonly endedSent = { packets: 0, bytes: 0, dropped: 0 };
  readonly endedReceived = { packets: 0, bytes: 0, dropped: 0 };

  constructor(
    public limits: TurnLimits,
    public gate: PeerGate,
    readonly ledger: UsageLedger,
    readonly ports: RelayPorts,
    private readonly data: DataPath,
    private readonly outbox: Outbox,
    private readonly random: RandomSource,
  ) {
    this.clients = new EndpointMap(random.uint32());
  }

  // --- allocations ---

  /** Takes ports and asks for sockets; undefined when there is no port. The answer is due when they are open. */
  open(
    now: Instant,
    client: Client,
    identity: Identity,
    usage: UserUsage,
    wish: AllocationWish,
    pending: Reply,
  ): Allocation | undefined {
    const { transport, families } = wish;
    const taken: TakenPort[] = [];
    let kept: TakenPort | undefined;
    let missing: Allocation['missing'];
    for (const family of families) {
      const port = wish.reservation ? { port: this.redeem(wish.reservation), next: undefined } : this.take(family, wish, usage);
      if (typeof port === 'object') {
        taken.push(port.port);
        kept = port.next;
      } else if (families.length === 1) return undefined;
      else missing = { family, code: port };
    }
    if (taken.length === 0) return undefined;
    const { username, signature } = identity;
    const id = this.nextId++;
    const { expiresAt, isMobile } = wish;
    const allocation = new Allocation(
      id,
      client,
      username,
      usage,
      signature,
      transport,
      now,
      expiresAt,
      pending.transactionId,
      isMobile,
    );
    allocation.credentialsEndAt = identity.endsAt;
    allocation.isByToken = identity.isByToken;
    allocation.pending = pending;
    allocation.missing = missing;
    if (kept) allocation.reservationToken = this.reserve(now, kept, usage);
    this.byId.set(id, allocation);
    this.ledger.add(usage, client.remote);
    this.attach(client, allocation);
    for (const port of taken) this.openRelay(allocation, port);
    this.deadlines.schedule(allocation, now + OPENING_TIMEOUT_MS);
    return allocation;
  }

  relayOpened(now: Instant, relay: RelaySocket): OpeningStep {
    relay.state = 'open';
    if (relay.transport === 'udp' && !relay.isShared) this.data.relays.set(0, relay.relayed, relay);
    return this.afterStep(now, relay.allocation);
  }

  /** Tries another port, or does without this family where another is there. */
  relayFailed(now: Instant, relay: RelaySocket): OpeningStep {
    const { allocation } = relay;
    allocation.failedBinds += 1;
    const family = relay.relayed.family;
    // while the port that failed still counts as taken: it is not drawn again
    const again = allocation.failedBinds > MAX_FAILED_BINDS ? undefined : this.ports.take(family, relay.transport, undefined);
    this.dropRelay(relay);
    if (again) {
      this.openRelay(allocation, again.port);
      return 'waiting';
    }
    if (allocation.relays.length === 0) return 'failed';
    allocation.missing = { family, code: 508 };
    return this.afterStep(now, allocation);
  }

  /** Ends it and gives everything back, at once. */
  end(now: Instant, allocation: Allocation, end: AllocationEnd): void {
    if (allocation.state === 'over') return;
    const wasActive = allocation.state === 'active';
    const snapshot = wasActive ? allocation.snapshot() : undefined;
    allocation.state = 'over';
    allocation.pending = undefined;
    addTraffic(this.endedSent, allocation.sent);
    addTraffic(this.endedReceived, allocation.received);
    this.deadlines.cancel(allocation);
    for (const connection of allocation.connections ?? []) this.endConnection(now, connection, true);
    for (const channel of allocation.channels?.values() ?? [])
      this.data.channels.delete(channel.permission.relay.scope, channel.peer.endpoint);
    for (const permission of allocation.permissions) this.data.permissions.delete(permission.relay.scope, permission.address);
    allocation.permissions.length = 0;
    allocation.channels = undefined;
    for (const relay of [...allocation.relays]) this.dropRelay(relay);
    this.byId.delete(allocation.id);
    this.ledger.remove(allocation.usage, allocation.client.remote);
    this.detach(now, allocation.client, end);
    if (snapshot) this.outbox.event({ type: 'allocation-deleted', allocation: snapshot, end });
  }

  /** Closes the relay of one family of two (RFC 8656 §8.2). */
  endFamily(relay: RelaySocket): void {
    const { allocation } = relay;
    const isOf = (permission: Permission): boolean => permission.relay === relay;
    for (const channel of [...(allocation.channels?.values() ?? [])])
      if (isOf(channel.permission)) this.dropChannel(allocation, channel);
    for (const permission of allocation.permissions.filter(isOf)) this.dropPermission(allocation, permission);
    this.dropRelay(relay);
  }

  /** Lets it live until then. */
  extend(allocation: Allocation, expiresAt: Instant): void {
    allocation.expiresAt = expiresAt;
    this.deadlines.schedule(allocation, Math.min(expiresAt, allocation.dueAt));
  }

  /** It is over, or something of it is. */
  advance(now: Instant, allocation: Allocation): void {
    if (allocation.state === 'opening') return this.end(now, allocation, 'relay-lost');
    if (now >= allocation.expiresAt) return this.end(now, allocation, this.endOf(now, allocation));
    this.sweep(now, allocation);
  }

  /** Gives an allocation to another 5-tuple (RFC 8016 §3.2). */
  move(now: Instant, allocation: Allocation, client: Client, transactionId: Uint8Array): void {
    const { client: before, usage } = allocation;
    this.ledger.move(usage, before.remote, client.remote);
    allocation.client = client;
    allocation.generation += 1;
    allocation.transactionId = transactionId.slice();
    this.detach(now, before, undefined);
    this.attach(client, allocation);
    this.outbox.event({ type: 'allocation-moved', id: allocation.id, client: client.remote.toTransportAddress() });
  }

  private endOf(now: Instant, allocation: Allocation): AllocationEnd {
    return now >= allocation.credentialsEndAt ? 'credentials-expired' : 'expired';
  }

  private afterStep(now: Instant, allocation: Allocation): OpeningStep {
    if (allocation.relays.some(({ state }) => state === 'opening')) return 'waiting';
    if (allocation.state !== 'opening') return 'waiting';
    allocation.state = 'active';
    this.created += 1;
    this.extend(allocation, Math.max(allocation.expiresAt, now));
    this.outbox.event({ type: 'allocation-created', allocation: allocation.snapshot() });
    return 'complete';
  }

  private attach(client: Client, allocation: Allocation): void {
    client.allocation = allocation;
    this.deadlines.cancel(client);
    if (client.transport !== 'udp') return;
    client.isKept = true;
    this.clients.set(client.listener.id, client.remote, client);
  }

  private detach(now: Instant, client: Client, end: AllocationEnd | undefined): void {
    client.allocation = undefined;
    if (client.transport === 'udp') {
      client.isKept = false;
      this.clients.delete(client.listener.id, client.remote);
    } else if (end === 'revoked' || end === 'server-closed') this.closeClient(client, 'allocation-ended');
    else if (!client.isClosed) this.deadlines.schedule(client, now + ALLOCATION_TIMEOUT_MS);
  }

  // --- connections of clients ---

  closeClient(client: Client, reason: CloseReason): void {
    if (client.isClosed) return;
    this.forgetClient(client);
    this.outbox.push({ type: 'close-client', path: client, reason });
  }

  forgetClient(client: Client): void {
    client.isClosed = true;
    client.isKept = false;
    this.connected.delete(client);
    this.deadlines.cancel(client);
  }

  // --- ports and relays ---

  private take(family: AddressFamily, { transport, even }: AllocationWish, usage: UserUsage): PortTaken | 440 | 508 {
    if (!this.ports.has(family, transport)) return 440;
    if (usage.allocations > 0 && this.ports.isScarce(family, transport, this.limits.reservedShare)) return 508;
    return this.ports.take(family, transport, even) ?? 508;
  }

  private openRelay(allocation: Allocation, { pool, local, relayed, sharedScope }: TakenPort): void {
    const id = this.freeRelayIds.pop() ?? this.relayCount++;
    const relay = new RelaySocket(id, allocation.relayTransport, local, relayed, pool, allocation, sharedScope ?? id);
    allocation.relays.push(relay);
    this.outbox.push({ type: 'open-relay', relay });
  }

  private dropRelay(relay: RelaySocket): void {
    if (relay.state === 'closed') return;
    relay.state = 'closed';
    const { relays } = relay.allocation;
    relays.splice(relays.indexOf(relay), 1);
    if (this.data.relays.get(0, relay.relayed) === relay) this.data.relays.delete(0, relay.relayed);
    relay.pool.release(relay.local.port);
    this.freeRelayIds.push(relay.id);
    this.outbox.push({ type: 'close-relay', relay });
  }

  // --- reserved ports ---

  /** The port that `token` stands for. */
  reservationOf(token: Uint8Array): Reservation | undefined {
    return this.reservations.get(tokenKey(token));
  }

  lapseAll(): void {
    for (const reservation of [...this.reservations.values()]) this.lapse(reservation);
  }

  get reservationCount(): number {
    return this.reservations.size;
  }

  /** The port comes free: the token was not used in time, or with an allocation that failed. */
  lapse(reservation: Reservation): void {
    reservation.port.pool.release(this.redeem(reservation).local.port);
    this.ledger.forgetIfIdle(reservation.user);
  }

  private reserve(now: Instant, port: TakenPort, user: UserUsage): Uint8Array {
    const token = new Uint8Array(8);
    this.random.fill(token);
    const reservation = new Reservation(token, port, user);
    this.reservations.set(tokenKey(token), reservation);
    user.reservations += 1;
    this.deadlines.schedule(reservation, now + RESERVATION_MS);
    return token;
  }

  private redeem(reservation: Reservation): TakenPort {
    this.reservations.delete(tokenKey(reservation.token));
    this.deadlines.cancel(reservation);
    reservation.user.reservations -= 1;
    return reservation.port;
  }

  // --- permissions and channels ---

  /** Installs or renews a permission (RFC 8656 §9); undefined when there are too many. */
  permit(now: Instant, relay: RelaySocket, endpoint: IpEndpoint): Permission | undefined {
    const { allocation } = relay;
    const expiresAt = now + PERMISSION_LIFETIME_MS;
    const known = this.data.permissions.getAddress(relay.scope, endpoint);
    if (known?.relay === relay) {
      known.expiresAt = expiresAt;
      return known;
    }
    if (known) this.release(known);
    if (!this.hasRoomForPermissions(now, allocation, 1)) return undefined;
    const address = endpoint.copy();
    address.port = 0;
    const permission = new Permission(address, relay, expiresAt);
    allocation.permissions.push(permission);
    this.data.permissions.set(relay.scope, address, permission);
    this.watch(allocation, expiresAt);
    return permission;
  }

  /** It has lapsed, and another allocation on the same port wants the address. */
  private release(permission: Permission): void {
    const { allocation } = permission.relay;
    for (const channel of [...(allocation.channels?.values() ?? [])])
      if (channel.permission === permission) this.dropChannel(allocation, channel);
    this.dropPermission(allocation, permission);
  }

  /** Whether the address belongs to another allocation, at a port that they share. */
  ownedByAnother(now: Instant, relay: RelaySocket, endpoint: IpEndpoint): boolean {
    const known = this.data.permissions.getAddress(relay.scope, endpoint);
    return known !== undefined && known.relay !== relay && known.expiresAt > now;
  }

  /** Whose a packet of this peer is, of those that share the port of `relay`. */
  ownerOf(relay: RelaySocket, peer: IpEndpoint): RelaySocket {
    return this.data.permissions.getAddress(relay.scope, peer)?.relay ?? relay;
  }

  hasPermission(now: Instant, relay: RelaySocket, endpoint: IpEndpoint): boolean {
    return (this.data.permissions.getAddress(relay.scope, endpoint)?.expiresAt ?? 0) > now;
  }

  /** Whether `count` more would fit: those that have lapsed make room first. */
  hasRoomForPermissions(now: Instant, allocation: Allocation, count: number): boolean {
    const limit = this.limits.permissionsPerAllocation;
    if (allocation.permissions.length + count > limit) this.sweep(now, allocation);
    return allocation.permissions.length + count <= limit;
  }

  /** How many of these addresses have no permission yet. */
  countNew(endpoints: readonly { readonly relay: RelaySocket; readonly endpoint: IpEndpoint }[]): number {
    const fresh = endpoints.filter(({ relay, endpoint }) => !this.data.permissions.getAddress(relay.scope, endpoint));
    return fresh.filter(({ endpoint }, i) => fresh.findIndex((other) => other.endpoint.isSameAddress(endpoint)) === i).length;
  }

  /** The live channel of this number or of this peer. */
  channelNumbered(now: Instant, allocation: Allocation, number: number): Channel | undefined {
    const channel = allocation.channels?.get(number);
    return channel && channel.expiresAt > now ? channel : undefined;
  }

  channelOf(now: Instant, relay: RelaySocket, peer: IpEndpoint): Channel | undefined {
    const channel = this.data.channels.get(relay.scope, peer);
    return channel && channel.expiresAt > now ? channel : undefined;
  }

  /** Binds or renews; number and peer are known to fit each other. Undefined when there are too many (RFC 8656 §12.2). */
  bind(now: Instant, relay: RelaySocket, number: number, peer: IpEndpoint): Channel | undefined {
    const { allocation } = relay;
    const permission = this.permit(now, relay, peer);
    if (!permission) return undefined;
    const expiresAt = now + CHANNEL_LIFETIME_MS;
    const known = this.channelNumbered(now, allocation, number);
    if (known) {
      known.expiresAt = expiresAt;
      known.permission = permission;
      return known;
    }
    for (const stale of [allocation.channels?.get(number), this.data.channels.get(relay.scope, peer)])
      if (stale) this.dropChannel(allocation, stale);
    allocation.channels ??= new Map();
    if (allocation.channels.size >= this.limits.channelsPerAllocation) this.sweep(now, allocation);
    if (allocation.channels.size >= this.limits.channelsPerAllocation) return undefined;
    const endpoint = peer.copy();
    const channel = new Channel(number, new PeerEntry(endpoint, this.gate.route(endpoint)), permission, expiresAt);
    allocation.channels.set(number, channel);
    this.data.channels.set(relay.scope, endpoint, channel);
    this.watch(allocation, expiresAt);
    return channel;
  }

  /** Has every peer judged anew: what the policy does not allow any more ends here, on every path. */
  judgeAnew(now: Instant): void {
    for (const allocation of this.byId.values()) {
      for (const channel of [...(allocation.channels?.values() ?? [])]) {
        channel.peer.route = this.gate.route(channel.peer.endpoint);
        if (channel.peer.route === 'refused') this.dropChannel(allocation, channel);
      }
      for (const permission of [...allocation.permissions]) {
        permission.forgetPeers();
        const isInUse = [...(allocation.channels?.values() ?? [])].some((channel) => channel.permission === permission);
        if (!isInUse && this.gate.verdict(permission.address) !== 'allowed') this.dropPermission(allocation, permission);
      }
      for (const connection of [...(allocation.connections ?? [])])
        if (this.gate.route(connection.peer.endpoint) !== 'socket') this.endConnection(now, connection, true);
    }
  }

  private watch(allocation: Allocation, at: Instant): void {
    if (at < allocation.dueAt) this.deadlines.schedule(allocation, at);
  }

  /** Drops what has lapsed. A permission stays while a channel stands on it: packets are refused by its time, not by its absence. */
  private sweep(now: Instant, allocation: Allocation): void {
    let next = allocation.expiresAt;
    const inUse = new Set<Permission>();
    for (const channel of [...(allocation.channels?.values() ?? [])]) {
      if (channel.expiresAt <= now) this.dropChannel(allocation, channel);
      else {
        next = Math.min(next, channel.expiresAt);
        inUse.add(channel.permission);
      }
    }
    for (const permission of [...allocation.permissions]) {
      if (permission.expiresAt > now) next = Math.min(next, permission.expiresAt);
      else if (!inUse.has(permission)) this.dropPermission(allocation, permission);
    }
    this.deadlines.schedule(allocation, next);
  }

  private dropPermission(allocation: Allocation, permission: Permission): void {
    allocation.permissions.splice(allocation.permissions.indexOf(permission), 1);
    this.data.permissions.delete(permission.relay.scope, permission.address);
  }

  private dropChannel(allocation: Allocation, channel: Channel): void {
    allocation.channels?.delete(channel.number);
    this.data.channels.delete(channel.permission.relay.scope, channel.peer.endpoint);
  }

  // --- TCP connections (RFC 6062) ---

  addConnection(connection: TcpConnection, deadline: Instant): void {
    const { allocation } = connection.relay;
    allocation.connections ??= new Set();
    allocation.connections.add(connection);
    this.connections.set(connection.id, connection);
    this.deadlines.schedule(connection, deadline);
  }

  /** Ends a connection with a peer and the client's connection that carries it; `closePeer` unless the peer did it. */
  endConnection(_now: Instant, connection: TcpConnection, closePeer: boolean): void {
    if (!this.connections.delete(connection.id)) return;
    this.deadlines.cancel(connection);
    connection.relay.allocation.connections?.delete(connection);
    if (closePeer) this.outbox.push({ type: 'close-peer', connection });
    if (connection.state.name !== 'bound') return;
    const { client } = connection.state;
    client.spliced = undefined;
    this.closeClient(client, 'peer-closed');
  }
}

export function addTraffic(sum: { packets: number; bytes: number; dropped: number }, { packets, bytes, dropped }: Traffic): void {
  sum.packets += packets;
  sum.bytes += bytes;
  sum.dropped += dropped;
}

/** Eight bytes as a key of a map. */
function tokenKey(token: Uint8Array): string {
  const padded = new Uint8Array(12);
  padded.set(token.subarray(0, 8));
  return transactionKey(padded);
}

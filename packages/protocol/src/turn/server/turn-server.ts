import { assert, assertNever, type CoreContext, type Instant } from '../../core/index.js';
import { ConnectionId, type IcmpError, StunErrorCode, StunMethod } from '../../stun/index.js';
import { LAST_CHANNEL_ONCE } from '../channel-data.js';
import { AllocationTable, type OpeningStep, type Timed } from './allocation-table.js';
import { Authenticator } from './authenticator.js';
import { ALLOCATION_TIMEOUT_MS, Client, MAX_UNPROVEN_MESSAGE_BYTES, MESSAGE_TIMEOUT_MS } from './client.js';
import type {
  AllocationSnapshot,
  ClientPath,
  ClientTransport,
  CloseReason,
  Listener,
  PacketSink,
  PeerConnection,
  Relay,
  TurnServerOutputs,
} from './contract.js';
import { ControlPath } from './control-path.js';
import { Counters } from './counters.js';
import { DataIndicationWriter } from './data-indication.js';
import { DataPath } from './data-path.js';
import { XorPeerEndpoint } from './endpoint-attributes.js';
import type { IpEndpoint } from './ip-endpoint.js';
import { rateOf } from './meter.js';
import { MobilityTickets } from './mobility-tickets.js';
import { Outbox } from './outbox.js';
import { PeerEntry } from './peer-entry.js';
import { PeerGate } from './peer-gate.js';
import { RelayPorts } from './relay-ports.js';
import { RelaySocket } from './relay-socket.js';
import { allocated } from './requests/allocate.js';
import { type RequestScope, refusal, success } from './requests/answer.js';
import { isSendIndication } from './send-indication.js';
import type { TurnServerSettings } from './settings.js';
import { StatelessNonces } from './stateless-nonce.js';
import { type GroupUsage, statisticsOf, type TurnStatistics } from './statistics.js';
import { CONNECTION_TIMEOUT_MS, TcpConnection } from './tcp-connection.js';
import { UsageLedger } from './usage.js';

const ENCODER = new TextEncoder();
const SECRET_BYTES = 32;

/** Whoever comes this way cannot be told from others by 16 bytes: AES-128-GCM. */
const TICKET_KEY_BYTES = 16;

/**
 * A STUN and TURN server without sockets: RFC 8489, RFC 8656, RFC 6062, RFC 8016, RFC 5780, RFC 7635. A driver gives it what arrives
 * and does what it says; see {@link PacketSink} for relayed packets, which leave at once, and {@link TurnServerOutputs} for the rest,
 * which leaves by {@link drain}. Bytes are lent for the call, both ways.
 */
export class TurnServer {
  private readonly listeners: Listener[] = [];
  private readonly refused = new Counters();
  private readonly dropped = new Counters();
  private readonly outbox = new Outbox();
  private readonly ledger: UsageLedger;
  private readonly ports: RelayPorts;
  private readonly data: DataPath;
  private readonly writer: DataIndicationWriter;
  private readonly table: AllocationTable;
  private readonly control: ControlPath;
  private readonly tickets: MobilityTickets;
  private gate: PeerGate;
  private nextListenerId = 0;
  private isDraining = false;
  private toldDrained = false;

  constructor(
    private settings: TurnServerSettings,
    private readonly packets: PacketSink,
    context: CoreContext,
  ) {
    const { random, crypto } = context;
    const secret = settings.secret ?? new Uint8Array(SECRET_BYTES);
    if (!settings.secret) random.fill(secret);
    const keyFor = (purpose: string): Uint8Array => crypto.hmac('sha-256', secret, ENCODER.encode(purpose));
    this.gate = new PeerGate(settings, this.listeners);
    this.ledger = new UsageLedger(random.uint32(), () => this.settings.limits.bytesPerUser !== Number.POSITIVE_INFINITY);
    this.ports = new RelayPorts(settings.relayAddresses, random);
    this.writer = new DataIndicationWriter(random);
    const routeOf = (endpoint: IpEndpoint): PeerEntry['route'] => this.gate.route(endpoint);
    this.data = new DataPath(settings.limits, packets, this.dropped, routeOf, this.writer, random.uint32());
    this.table = new AllocationTable(settings.limits, this.gate, this.ledger, this.ports, this.data, this.outbox, random);
    this.tickets = new MobilityTickets(crypto.aead('aes-128-gcm', keyFor('ticket').subarray(0, TICKET_KEY_BYTES)), random);
    const nonces = new StatelessNonces(keyFor('nonce'), crypto);
    const authenticator = new Authenticator(settings, nonces, crypto);
    this.control = new ControlPath(this.scope, authenticator, () => this.listeners, this.refused, this.dropped, context);
  }

  // --- listeners ---

  /** Tells of a socket that clients reach at `local`. Behaviour discovery needs four for UDP: two addresses, two ports each. */
  addListener(transport: ClientTransport, local: IpEndpoint): Listener {
    const listener: Listener = { id: this.nextListenerId++, transport, local: local.copy(), driverSlot: -1 };
    this.listeners.push(listener);
    this.refresh();
    return listener;
  }

  /** The socket is gone; allocations that came by it live on until they lapse, and UDP clients cannot reach theirs. */
  removeListener(listener: Listener): void {
    const index = this.listeners.indexOf(listener);
    if (index >= 0) this.listeners.splice(index, 1);
    this.refresh();
  }

  // --- clients ---

  /** One datagram at a UDP listener: `length` bytes of `bytes` from `offset`. */
  receive(now: Instant, listener: Listener, remote: IpEndpoint, bytes: Uint8Array, offset: number, length: number): void {
    const client = this.table.clients.get(listener.id, remote);
    if (client !== undefined) return this.take(now, client, bytes, offset, length);
    const first = bytes[offset] ?? 0xff;
    if (length < 20 || first > 3) return this.dropped.count('turn/not-stun-from-stranger');
    this.take(now, new Client(listener, remote.copy()), bytes, offset, length);
  }

  /** A connection was accepted (TCP, TLS) or an association established (DTLS). The path is kept until `clientClosed` or `closeClient`. */
  openClient(now: Instant, listener: Listener, remote: IpEndpoint): ClientPath {
    const client = new Client(listener, remote.copy());
    client.isKept = true;
    client.openedAt = now;
    client.messageDueAt = now + MESSAGE_TIMEOUT_MS;
    this.table.connected.add(client);
    this.armClient(client);
    return client;
  }

  /** Some bytes of the stream of a connection, or one datagram of an association. */
  receiveFromClient(now: Instant, path: ClientPath, bytes: Uint8Array, offset: number, length: number): void {
    const client = clientOf(path);
    if (client.isClosed || client.spliced) return;
    const { framer } = client;
    if (!framer) {
      client.messageDueAt = Number.POSITIVE_INFINITY;
      this.take(now, client, bytes, offset, length);
      return this.armClient(client);
    }
    const startsStrangely = framer.bufferedBytes === 0 && bytes[offset]! > 3;
    if (client.allocation === undefined && startsStrangely) return this.closeClient(now, client, 'not-turn'); // SSH, HTTP …
    const whole = offset === 0 && length === bytes.length ? bytes : bytes.subarray(offset, offset + length);
    framer.feed(whole, (frame) => {
      this.take(now, client, frame, 0, frame.length);
      if (client.spliced || client.isClosed) framer.failed = true; // what follows is no frame any more
    });
    if (client.spliced || client.isClosed) return;
    const isTooLong = client.allocation === undefined && framer.bufferedBytes > MAX_UNPROVEN_MESSAGE_BYTES;
    if (framer.failed || isTooLong) return this.closeClient(now, client, 'not-turn');
    this.watchMessage(now, client);
  }

  /** The connection is over. An allocation ends with it, unless it may move (RFC 8016). */
  clientClosed(now: Instant, path: ClientPath): void {
    const client = clientOf(path);
    if (client.isClosed) return;
    this.table.forgetClient(client);
    const { allocation, spliced } = client;
    if (spliced) this.table.endConnection(now, spliced, true);
    if (allocation && !allocation.isMobile) this.table.end(now, allocation, 'connection-closed');
  }

  // --- relays ---

  /** The driver has bound what `openRelay` asked for. */
  relayOpened(now: Instant, relay: Relay): void {
    const socket = relayOf(relay);
    if (socket.state === 'opening') this.settleOpening(now, socket, this.table.relayOpened(now, socket));
  }

  /** It could not be bound. */
  relayFailed(now: Instant, relay: Relay): void {
    const socket = relayOf(relay);
    if (socket.state === 'opening') this.settleOpening(now, socket, this.table.relayFailed(now, socket));
  }

  /** A bound socket has died: its allocation ends. */
  relayLost(now: Instant, relay: Relay): void {
    const { state, allocation } = relayOf(relay);
    if (state === 'open') this.table.end(now, allocation, 'relay-lost');
  }

  /** A packet at a relayed address. */
  receiveFromPeer(now: Instant, relay: Relay, peer: IpEndpoint, bytes: Uint8Array, offset: number, length: number): void {
    this.data.fromPeer(now, relayOf(relay), peer, bytes, offset, length);
  }

  /** An ICMP error for what was sent to a peer: the client is told, if the peer is one of its own (RFC 8656 §11.5). */
  peerUnreachable(now: Instant, relay: Relay, peer: IpEndpoint, error: IcmpError): void {
    const socket = this.table.ownerOf(relayOf(relay), peer);
    const { client } = socket.allocation;
    if (socket.state !== 'open' || client.isClosed) return;
    if (!this.table.hasPermission(now, socket, peer)) return this.dropped.count('turn/icmp/no-permission');
    const size = this.writer.icmp(peer, error.icmpType, error.icmpCode, error.data);
    this.packets.toClient(client, this.writer.bytes, 0, size);
  }

  // --- TCP connections with peers (RFC 6062) ---

  /**
   * A peer has connected to a TCP relay. The connection is to wait, unread, for `splice` or `closePeer`; undefined: close it, nobody
   * permitted it (RFC 6062 §5.3).
   */
  peerAccepted(now: Instant, relay: Relay, remote: IpEndpoint): PeerConnection | undefined {
    const socket = relayOf(relay);
    const { allocation } = socket;
    const hasRoom = (allocation.connections?.size ?? 0) < this.settings.limits.connectionsPerAllocation;
    if (allocation.state !== 'active' || !hasRoom || !this.table.hasPermission(now, socket, remote)) {
      this.dropped.count(hasRoom ? 'turn/connection/no-permission' : 'turn/connection/too-many');
      return undefined;
    }
    const id = this.control.newConnectionId();
    const connection = new TcpConnection(id, socket, new PeerEntry(remote.copy(), 'socket'), { name: 'unbound' });
    this.table.addConnection(connection, now + CONNECTION_TIMEOUT_MS);
    this.control.indicate(allocation.client, StunMethod.connectionAttempt, (encoder) =>
      encoder.add(ConnectionId, id).add(XorPeerEndpoint, remote),
    );
    return connection;
  }

  peerConnected(now: Instant, connection: PeerConnection): void {
    const known = connectionOf(connection);
    if (known.state.name !== 'connecting' || !this.table.connections.has(known.id)) return;
    const { reply } = known.state;
    known.state = { name: 'unbound' };
    this.table.deadlines.schedule(known, now + CONNECTION_TIMEOUT_MS);
    this.control.answer(
      reply,
      success((encoder) => encoder.add(ConnectionId, known.id)),
    );
  }

  peerFailed(now: Instant, connection: PeerConnection): void {
    this.failConnection(now, connectionOf(connection), false);
  }

  /** The connection with the peer is over: the client's that carries it ends as well. */
  peerClosed(now: Instant, connection: PeerConnection): void {
    this.failConnection(now, connectionOf(connection), false);
  }

  /**
   * Counts a chunk of a spliced connection: 'sent' is from the client. Returns for how many milliseconds that side is not to be read
   * from, so that the rate holds; a connection whose user has no bytes left is closed.
   */
  meterStream(now: Instant, connection: PeerConnection, direction: 'sent' | 'received', bytes: number): number {
    const known = connectionOf(connection);
    const { allocation } = known.relay;
    const { limits } = this.settings;
    const { usage } = allocation;
    if (usage.bytes + bytes > limits.bytesPerUser) {
      this.dropped.count('turn/limit/bytes');
      this.table.endConnection(now, known, true);
      return 0;
    }
    const [own, users] = [allocation[direction], usage[direction]];
    const [ownRate, userRate] = [rateOf(limits.allocationBps), rateOf(limits.userBps)];
    own.fits(now, bytes, ownRate);
    users.fits(now, bytes, userRate);
    own.count(bytes);
    users.count(bytes);
    return Math.max(own.debtMs(ownRate), users.debtMs(userRate));
  }

  // --- time ---

  get deadline(): Instant {
    return this.table.deadlines.next;
  }

  advance(now: Instant): void {
    for (let item = this.table.deadlines.take(now); item; item = this.table.deadlines.take(now)) this.expire(now, item);
  }

  /** Hands over everything but relayed packets. Call after each input, or after a batch of them. */
  drain(outputs: TurnServerOutputs): void {
    if (this.isDraining && !this.toldDrained && this.table.byId.size === 0) {
      this.toldDrained = true;
      this.outbox.event({ type: 'drained' });
    }
    this.outbox.drain(outputs);
  }

  // --- operation ---

  /** Takes other settings from now on. No allocation ends; what a new peer policy forbids does. `secret` stays as it is. */
  reconfigure(now: Instant, settings: TurnServerSettings): void {
    this.settings = settings;
    this.data.limits = settings.limits;
    this.table.limits = settings.limits;
    this.control.authenticator.settings = settings;
    this.ports.reconfigure(settings.relayAddresses);
    this.refresh();
    this.table.judgeAnew(now);
  }

  /** Takes no new allocations: 300 with an alternate server, else 508. 'drained' tells when the last has ended. */
  startDraining(): void {
    this.isDraining = true;
    this.toldDrained = false;
    this.refresh();
  }

  stopDraining(): void {
    this.isDraining = false;
    this.refresh();
  }

  /** Ends every allocation and closes every client's connection. */
  close(now: Instant): void {
    for (const allocation of [...this.table.byId.values()]) this.table.end(now, allocation, 'server-closed');
    for (const client of [...this.table.connected]) this.closeClient(now, client, 'allocation-ended');
    this.table.lapseAll();
  }

  /** Ends what a group has: its credentials were taken back. Returns how many allocations ended. */
  revoke(now: Instant, group: string): number {
    const theirs = [...this.table.byId.values()].filter(({ usage }) => usage.group === group);
    for (const allocation of theirs) this.table.end(now, allocation, 'revoked');
    return theirs.length;
  }

  /** Ends one allocation by its id; false when there is none. */
  end(now: Instant, allocationId: number): boolean {
    const allocation = this.table.byId.get(allocationId);
    if (allocation) this.table.end(now, allocation, 'revoked');
    return allocation !== undefined;
  }

  /** Those that are there. */
  *allocations(): Iterable<AllocationSnapshot> {
    for (const allocation of this.table.byId.values()) if (allocation.state === 'active') yield allocation.snapshot();
  }

  get statistics(): TurnStatistics {
    const { table, ledger, ports, control, refused, dropped, settings } = this;
    return statisticsOf(table, ledger, ports, settings.limits, control.requests, refused, dropped);
  }

  /** What each group has used; groups without allocations are there while their bytes count. */
  *usersUsage(): Iterable<GroupUsage> {
    for (const { group, allocations, sent, received, bytes } of this.ledger.groups)
      yield { group, allocations, sent: sent.snapshot(), received: received.snapshot(), bytes };
  }

  /** Lets `bytes` count against a group that were relayed before this server began: what {@link usersUsage} said of it then. */
  restoreUsage(now: Instant, group: string, bytes: number): void {
    this.ledger.restore(group, bytes, now);
  }

  /** Starts the counts that `bytesPerUser` bounds anew. */
  resetUsage(): void {
    this.ledger.reset();
  }

  // --- inside ---

  private get scope(): RequestScope {
    const { settings, table, gate, tickets, outbox, isDraining } = this;
    return { settings, table, gate, tickets, outbox, isDraining };
  }

  private take(now: Instant, client: Client, bytes: Uint8Array, offset: number, length: number): void {
    const first = bytes[offset] ?? 0xff;
    const { allocation } = client;
    const isActive = allocation !== undefined && allocation.state === 'active';
    if (first >= 0x40 && first <= LAST_CHANNEL_ONCE >>> 8) {
      if (isActive) this.data.channelData(now, allocation, bytes, offset, length);
      else this.dropped.count('turn/channel-data/no-allocation');
      return;
    }
    if (isSendIndication(bytes, offset, length)) {
      if (isActive) this.data.sendIndication(now, allocation, bytes, offset, length);
      else this.dropped.count('turn/send/no-allocation');
      return;
    }
    this.control.receive(now, client, bytes.subarray(offset, offset + length));
  }

  private settleOpening(now: Instant, relay: RelaySocket, step: OpeningStep): void {
    const { allocation } = relay;
    const { pending } = allocation;
    if (step === 'waiting' || !pending) return;
    allocation.pending = undefined;
    if (step === 'complete') return this.control.answer(pending, allocated(now, allocation, this.tickets), allocation.username);
    this.table.end(now, allocation, 'relay-lost');
    this.control.answer(pending, refusal(StunErrorCode.insufficientCapacity, 'turn/quota/ports'), allocation.username);
  }

  private failConnection(now: Instant, connection: TcpConnection, closePeer: boolean): void {
    if (!this.table.connections.has(connection.id)) return;
    const { state } = connection;
    this.table.endConnection(now, connection, closePeer);
    if (state.name !== 'connecting') return;
    this.control.answer(state.reply, refusal(StunErrorCode.connectionTimeoutOrFailure, 'turn/connect/failed'));
  }

  private expire(now: Instant, item: Timed): void {
    switch (item.kind) {
      case 'allocation':
        return this.table.advance(now, item);
      case 'client':
        return this.closeClient(now, item, item.messageDueAt <= now ? 'header-timeout' : 'idle');
      case 'connection':
        return this.failConnection(now, item, true);
      case 'reservation':
        return this.table.lapse(item);
      default:
        return assertNever(item);
    }
  }

  /** A message that has begun must be whole in time, and who has nothing here must get something in time. */
  private armClient(client: Client): void {
    const idleAt = client.allocation || client.spliced ? Number.POSITIVE_INFINITY : client.openedAt + ALLOCATION_TIMEOUT_MS;
    const at = Math.min(idleAt, client.messageDueAt);
    if (at !== client.dueAt) this.table.deadlines.schedule(client, at);
  }

  private watchMessage(now: Instant, client: Client): void {
    const isPartial = (client.framer?.bufferedBytes ?? 0) > 0;
    const patienceMs = client.allocation ? ALLOCATION_TIMEOUT_MS : MESSAGE_TIMEOUT_MS;
    if (!isPartial) client.messageDueAt = Number.POSITIVE_INFINITY;
    else if (client.messageDueAt === Number.POSITIVE_INFINITY) client.messageDueAt = now + patienceMs;
    this.armClient(client);
  }

  private closeClient(now: Instant, client: Client, reason: CloseReason): void {
    if (client.isClosed) return;
    this.dropped.count(`turn/client/${reason}`);
    this.table.closeClient(client, reason);
    if (client.allocation) this.table.end(now, client.allocation, 'connection-closed');
  }

  /** What depends on settings and listeners, made anew. */
  private refresh(): void {
    this.gate = new PeerGate(this.settings, this.listeners);
    this.table.gate = this.gate;
    this.control.scope = this.scope;
  }
}

function clientOf(path: ClientPath): Client {
  assert(path instanceof Client, 'client paths are made by the server');
  return path;
}

function relayOf(relay: Relay): RelaySocket {
  assert(relay instanceof RelaySocket, 'relays are made by the server');
  return relay;
}

function connectionOf(connection: PeerConnection): TcpConnection {
  assert(connection instanceof TcpConnection, 'connections are made by the server');
  return connection;
}

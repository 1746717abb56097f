import { type CoreContext, type Instant, Malformed, NEVER, type Path } from '../core/index.js';
import {
  ErrorCode,
  familyOf,
  MappedAddress,
  newTransactionId,
  type RetransmitPolicy,
  StunEncoder,
  type StunMessage,
  StunMethod,
  StunTransaction,
  type TransportAddress,
  transactionKey,
  XorMappedAddress,
} from '../stun/index.js';
import type { UdpBase } from './base.js';
import { UNREACHABLE } from './candidate-failure.js';
import type { IceServer } from './options.js';
import { isSamePath, UdpRoute } from './route.js';

/** Every agent's: what it writes is copied before the next message. */
const encoder = new StunEncoder();

/** A STUN server gets 9.5 s: 0, 0.5, 1.5, 3.5, 7.5 s and two seconds after. */
const SERVER_RETRANSMIT: RetransmitPolicy = { rtoMs: 500, rc: 5, rm: 4 };

/** How often a reflexive mapping is kept alive while no pair is selected (RFC 8445 §5.1.1.4, RFC 4787 REQ-5). */
const MAPPING_KEEPALIVE_MS = 15_000;

/** A Binding request to a STUN server (RFC 8445 §5.1.1.2). */
interface Query {
  readonly server: IceServer;
  readonly base: UdpBase;
  readonly route: UdpRoute;
  readonly bytes: Uint8Array;
  readonly transaction: StunTransaction;
  /** Only keeps the mapping open: its answer is no news. */
  readonly isKeepalive: boolean;
}

export interface ReflexiveOwner {
  transmit(bytes: Uint8Array, route: UdpRoute): void;
  /** The server sees `base` as `mapped`. */
  onMapped(now: Instant, base: UdpBase, mapped: TransportAddress, server: IceServer): void;
  onQueryFailed(server: IceServer, base: UdpBase, code: number, reason: string): void;
  /** There may be nothing left to wait for. */
  checkComplete(now: Instant): void;
}

/** Asks STUN servers over UDP how our sockets look from outside, one question each Ta, and keeps what they saw that way. */
export class ReflexiveQueries {
  private readonly queries = new Map<string, Query>();
  private readonly waiting: Query[] = [];
  private pacingAt: Instant = NEVER;
  private lastQueryAt: Instant = -NEVER;
  private keepaliveAt: Instant = NEVER;

  constructor(
    private readonly owner: ReflexiveOwner,
    private readonly pacingMs: number,
    private readonly context: CoreContext,
  ) {}

  get deadline(): Instant {
    let earliest = Math.min(this.pacingAt, this.keepaliveAt);
    for (const { transaction } of this.queries.values()) earliest = Math.min(earliest, transaction.deadline);
    return earliest;
  }

  /** Whether an answer is awaited that could be a candidate. */
  get isAsking(): boolean {
    return [...this.queries.values(), ...this.waiting].some(({ isKeepalive }) => !isKeepalive);
  }

  ask(now: Instant, server: IceServer, base: UdpBase, addresses: readonly string[]): void {
    const address = addresses.find((one) => familyOf(one) === base.family);
    if (address !== undefined) this.enqueue(now, server, base, base.socket.pathTo(address, server.port), false);
  }

  /** What is asked for the generation before is no longer wanted. */
  cancel(): void {
    this.waiting.length = 0;
    for (const [key, { isKeepalive }] of this.queries) if (!isKeepalive) this.queries.delete(key);
  }

  startKeepalives(now: Instant): void {
    this.keepaliveAt = now + MAPPING_KEEPALIVE_MS;
  }

  stopKeepalives(): void {
    this.keepaliveAt = NEVER;
  }

  /** Whether `message` answers a question of ours; it is dealt with then. */
  receive(now: Instant, message: StunMessage, path: Path): boolean {
    const key = transactionKey(message.transactionId);
    const query = this.queries.get(key);
    if (!query) return false;
    if (!isSamePath(query.route.path, path)) return true;
    this.queries.delete(key);
    query.transaction.finish(now);
    if (!query.isKeepalive) this.onAnswer(now, query, message);
    this.owner.checkComplete(now);
    return true;
  }

  advance(now: Instant, bases: Iterable<UdpBase>): void {
    if (now >= this.pacingAt) this.sendNext(now);
    for (const [key, query] of this.queries) this.poll(now, key, query);
    if (now >= this.keepaliveAt) this.keepMappings(now, bases);
  }

  /** Servers that have not answered by now are left alone. */
  giveUp(): void {
    for (const [key, { server, base, isKeepalive }] of this.queries) {
      if (isKeepalive) continue;
      this.queries.delete(key);
      this.owner.onQueryFailed(server, base, UNREACHABLE, 'the STUN server did not answer');
    }
  }

  close(): void {
    this.queries.clear();
    this.waiting.length = 0;
    this.pacingAt = this.keepaliveAt = NEVER;
  }

  private enqueue(now: Instant, server: IceServer, base: UdpBase, path: Path, isKeepalive: boolean): void {
    const id = newTransactionId(this.context.random);
    const bytes = encoder.start('request', StunMethod.binding, id).fingerprint().finish().slice();
    const route = new UdpRoute(base, path);
    this.waiting.push({ server, base, route, bytes, transaction: new StunTransaction(now, SERVER_RETRANSMIT), isKeepalive });
    if (this.pacingAt === NEVER) this.pacingAt = Math.max(now, this.lastQueryAt + this.pacingMs);
    if (now >= this.pacingAt) this.sendNext(now);
  }

  /** One question each Ta (RFC 8445 §14.2). */
  private sendNext(now: Instant): void {
    const query = this.waiting.shift();
    this.pacingAt = this.waiting.length > 0 ? now + this.pacingMs : NEVER;
    if (!query) return;
    this.lastQueryAt = now;
    const sent: Query = { ...query, transaction: new StunTransaction(now, SERVER_RETRANSMIT) };
    const key = transactionKey(query.bytes.subarray(8, 20));
    this.queries.set(key, sent);
    this.poll(now, key, sent);
  }

  private poll(now: Instant, key: string, query: Query): void {
    const due = query.transaction.poll(now);
    if (due === 'send') this.owner.transmit(query.bytes, query.route);
    if (due !== 'timeout') return;
    this.queries.delete(key);
    if (!query.isKeepalive) this.owner.onQueryFailed(query.server, query.base, UNREACHABLE, 'the STUN server did not answer');
    this.owner.checkComplete(now);
  }

  private onAnswer(now: Instant, { server, base, route }: Query, message: StunMessage): void {
    if (message.messageClass !== 'success') {
      const { code, reason } = message.value(ErrorCode) ?? { code: UNREACHABLE, reason: 'the server sent no reason' };
      return this.owner.onQueryFailed(server, base, code, reason);
    }
    const mapped = mappedAddressOf(message);
    if (!mapped || familyOf(mapped.address) !== base.family)
      return this.owner.onQueryFailed(server, base, UNREACHABLE, 'the STUN server told no address of ours');
    base.mappedBy = { server, path: route.path };
    this.owner.onMapped(now, base, mapped, server);
  }

  private keepMappings(now: Instant, bases: Iterable<UdpBase>): void {
    this.startKeepalives(now);
    for (const base of bases) if (base.mappedBy) this.enqueue(now, base.mappedBy.server, base, base.mappedBy.path, true);
  }
}

/** As whom a server sees us. */
export function mappedAddressOf(message: StunMessage): TransportAddress | undefined {
  const mapped = message.read(XorMappedAddress) ?? message.read(MappedAddress);
  return mapped instanceof Malformed ? undefined : mapped;
}

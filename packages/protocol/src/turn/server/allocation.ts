import { type Instant, NEVER, type Waiting } from '../../core/index.js';
import type { AddressFamily } from '../../stun/index.js';
import type { Channel } from './channel.js';
import type { Client } from './client.js';
import type { AllocationSnapshot, RelayTransport } from './contract.js';
import { Meter } from './meter.js';
import type { Permission } from './permission.js';
import type { RelaySocket } from './relay-socket.js';
import type { Reply } from './reply.js';
import type { Signature } from './signature.js';
import type { TcpConnection } from './tcp-connection.js';
import type { UserUsage } from './usage.js';

/** What a client has here (RFC 8656 §3.2): relayed addresses, leave to talk to peers, and a time. */
export class Allocation implements Waiting {
  readonly kind = 'allocation';
  dueAt: Instant = NEVER;
  heapIndex = -1;
  readonly relays: RelaySocket[] = [];
  readonly permissions: Permission[] = [];
  /** Made with the first channel. */
  channels: Map<number, Channel> | undefined;
  connections: Set<TcpConnection> | undefined;
  readonly sent: Meter;
  readonly received: Meter;
  state: 'opening' | 'active' | 'over' = 'opening';
  /** Counts moves to other 5-tuples: a mobility ticket is good for one (RFC 8016 §3.2). */
  generation = 0;
  /** The Allocate that waits for its relays to open. */
  pending: Reply | undefined;
  /** Relays that could not be bound so far: ports that somebody else has. */
  failedBinds = 0;
  /** Why one of two families was not to be had (RFC 8656 §7.3). */
  missing: { readonly family: AddressFamily; readonly code: 440 | 508 } | undefined;
  /** The token of the port that EVEN-PORT kept. */
  reservationToken: Uint8Array | undefined;
  /** When the credentials end, and whether they are an access token, which later requests need not repeat (RFC 7635 §4). */
  credentialsEndAt: Instant = NEVER;
  isByToken = false;
  /** The Allocate or moving Refresh that this 5-tuple began with: its retransmission gets the same answer. */
  transactionId: Uint8Array;

  constructor(
    readonly id: number,
    public client: Client,
    readonly username: string,
    readonly usage: UserUsage,
    /** Of the credentials that it was made with, brought up to date by each Refresh. */
    public signature: Signature,
    readonly relayTransport: RelayTransport,
    readonly createdAt: Instant,
    public expiresAt: Instant,
    transactionId: Uint8Array,
    readonly isMobile: boolean,
  ) {
    this.transactionId = transactionId.slice();
    this.sent = new Meter(createdAt);
    this.received = new Meter(createdAt);
  }

  relayOf(isIpv4: boolean): RelaySocket | undefined {
    for (const relay of this.relays) if (relay.relayed.isIpv4 === isIpv4) return relay;
    return undefined;
  }

  snapshot(): AllocationSnapshot {
    const { id, username, client, createdAt, expiresAt, relayTransport } = this;
    return {
      id,
      username,
      group: this.usage.group,
      transport: client.transport,
      relayTransport,
      client: client.remote.toTransportAddress(),
      listener: client.listener.local.toTransportAddress(),
      relayed: this.relays.map(({ relayed }) => relayed.toTransportAddress()),
      createdAt,
      expiresAt,
      permissions: this.permissions.length,
      channels: this.channels?.size ?? 0,
      connections: this.connections?.size ?? 0,
      sent: this.sent.snapshot(),
      received: this.received.snapshot(),
    };
  }
}

import { type Instant, NEVER, type Waiting } from '../../core/index.js';
import type { Client } from './client.js';
import type { PeerConnection } from './contract.js';
import type { PeerEntry } from './peer-entry.js';
import type { RelaySocket } from './relay-socket.js';
import type { Reply } from './reply.js';

/** A peer must answer a connect in this time, and the client bind the connection (RFC 6062 §5.2, §5.3, §5.4). */
export const CONNECTION_TIMEOUT_MS = 30_000;

/** Where a connection with a peer stands (RFC 6062 §4.3 to §5.4). */
export type TcpConnectionState =
  | { readonly name: 'connecting'; readonly reply: Reply }
  | { readonly name: 'unbound' }
  | { readonly name: 'bound'; readonly client: Client };

export class TcpConnection implements PeerConnection, Waiting {
  readonly kind = 'connection';
  driverSlot = -1;
  dueAt: Instant = NEVER;
  heapIndex = -1;

  constructor(
    readonly id: number,
    readonly relay: RelaySocket,
    readonly peer: PeerEntry,
    public state: TcpConnectionState,
  ) {}
}

import type { Instant } from '../../core/index.js';
import type { IpEndpoint } from './ip-endpoint.js';
import type { PeerEntry } from './peer-entry.js';
import type { RelaySocket } from './relay-socket.js';

/** Permissions last so long without being asked for again (RFC 8656 §9). */
export const PERMISSION_LIFETIME_MS = 300_000;

/** Peers that Send indications of one address remember; a client that scans ports makes new objects, and no more of them. */
const MAX_PEERS = 8;

/** Leave of one allocation to exchange data with one IP address (RFC 8656 §9). */
export class Permission {
  /** Endpoints of this address that were sent to without a channel. */
  private readonly peers: PeerEntry[] = [];
  private nextPeer = 0;

  constructor(
    /** The address; port 0. */
    readonly address: IpEndpoint,
    readonly relay: RelaySocket,
    public expiresAt: Instant,
  ) {}

  /** The peer at this port, if it is remembered. */
  peerAt(port: number): PeerEntry | undefined {
    for (const peer of this.peers) if (peer.endpoint.port === port) return peer;
    return undefined;
  }

  remember(peer: PeerEntry): PeerEntry {
    this.peers[this.nextPeer] = peer;
    this.nextPeer = (this.nextPeer + 1) % MAX_PEERS;
    return peer;
  }

  /** Has every port judged anew: the policy changed. */
  forgetPeers(): void {
    this.peers.length = 0;
    this.nextPeer = 0;
  }
}

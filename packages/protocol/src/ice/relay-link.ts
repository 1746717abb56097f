import type { DatagramSocket, Path, StreamSocket } from '../core/index.js';
import type { TransportAddress } from '../stun/index.js';
import type { RelayProtocol } from './candidate.js';
import type { IceTransmitter } from './events.js';
import type { IceServer } from './options.js';
import type { RelayClient, RelayPeer } from './relay.js';
import type { RelayRenewal } from './relay-renewal.js';
import type { RelayRoute } from './route.js';

/** What carries a relay's packets to its server. */
export type RelayCarrier =
  | { readonly kind: 'datagram'; readonly socket: DatagramSocket; readonly path: Path; readonly isOwned: boolean }
  | { readonly kind: 'stream'; readonly stream: StreamSocket };

/** A TURN client together with its way to the server. */
export class RelayLink {
  /** The server lent us an address. */
  isAllocated = false;
  /** A new generation wants to use it, and asked whether it still works. */
  isVerifying = false;
  /** Another server sent us here. */
  isRedirected = false;
  /** From where the server sees us. */
  mapped: TransportAddress | undefined;
  /** The routes through this relay that are in use. */
  readonly routes = new Map<RelayPeer, RelayRoute>();
  private transmitter: IceTransmitter | undefined;
  private discardedBytes = 0;

  constructor(
    readonly client: RelayClient,
    readonly carrier: RelayCarrier,
    readonly server: IceServer,
    readonly relayProtocol: RelayProtocol,
    readonly localPreference: number,
    readonly networkType: string | undefined,
    /** It is to replace an allocation that was lost. */
    readonly renewal: RelayRenewal | undefined,
  ) {}

  get path(): Path {
    return this.carrier.kind === 'datagram' ? this.carrier.path : this.carrier.stream.path;
  }

  overheadBytes(peer: RelayPeer): number {
    return this.client.overheadBytes(peer);
  }

  /** Sends `bytes` through the relay now. */
  relay(bytes: Uint8Array, peer: RelayPeer, transmitter: IceTransmitter): boolean {
    this.transmitter = transmitter;
    return this.client.send(bytes, peer, this);
  }

  /** What the client has for its server; called by the client from within {@link relay}. */
  transmit(bytes: Uint8Array): void {
    if (!this.transmitter) return;
    this.send(bytes, this.transmitter);
  }

  send(bytes: Uint8Array, transmitter: IceTransmitter): boolean {
    const { carrier } = this;
    if (carrier.kind === 'datagram') transmitter.transmit(bytes, carrier.path, carrier.socket);
    else if (carrier.stream.bufferedBytes > MAX_STREAM_BACKLOG_BYTES) this.discardedBytes += bytes.length;
    else transmitter.write(bytes, carrier.stream);
    return true;
  }
}

const MAX_STREAM_BACKLOG_BYTES = 1 << 20;

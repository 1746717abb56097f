import type { TransportAddress } from '../../stun/index.js';
import type { IpEndpoint } from './ip-endpoint.js';

/** What carries a client's bytes. UDP and DTLS are datagrams; TCP and TLS are streams. */
export type ClientTransport = 'udp' | 'tcp' | 'tls' | 'dtls';

/** What a relayed address speaks (RFC 8656 §18.7, RFC 6062). */
export type RelayTransport = 'udp' | 'tcp';

/** A socket that clients reach. Made by `TurnServer.addListener`. */
export interface Listener {
  /** Small, unique among the listeners of a server. */
  readonly id: number;
  readonly transport: ClientTransport;
  /** The address that clients send to; never a wildcard where behaviour discovery is wanted. */
  readonly local: IpEndpoint;
  /** The driver's own: what this listener is to it. The server does not touch it. */
  driverSlot: number;
}

/**
 * One way to one client: a 5-tuple. For UDP the server makes and forgets these; for connections the driver asks for one with
 * `openClient` and says when it is over. An object that an output names is valid during that call; it stays the same object, and
 * may be kept, for as long as {@link isKept}.
 */
export interface ClientPath {
  readonly transport: ClientTransport;
  /** The listener that its bytes come in by and go out by. */
  readonly listener: Listener;
  /** The client's end. */
  readonly remote: IpEndpoint;
  /** Whether the server knows it beyond this call: a connection, or a UDP source that has an allocation. */
  readonly isKept: boolean;
  /** The driver's own (an index of its connections). -1 at first. */
  driverSlot: number;
}

/** A peer of one allocation, as it is sent to: the same object for as long as the allocation keeps it. */
export interface Peer {
  readonly endpoint: IpEndpoint;
  /** The driver's own, for a socket address made once. -1 at first; a peer that is forgotten takes it along. */
  driverSlot: number;
}

/** A relayed transport address: one socket of the driver. */
export interface Relay {
  /** Small, unique among the relays that are open; used again later. */
  readonly id: number;
  readonly transport: RelayTransport;
  /** Where the driver binds. */
  readonly local: IpEndpoint;
  /** What clients and peers are told: differs from {@link local} behind a 1:1 NAT. */
  readonly relayed: IpEndpoint;
  /** Whether other allocations have the same relayed address: the driver has one socket for all of them. */
  readonly isShared: boolean;
  /** The driver's own: its socket. -1 at first. */
  driverSlot: number;
}

/** A TCP connection between a relayed address and a peer (RFC 6062). */
export interface PeerConnection {
  /** CONNECTION-ID. */
  readonly id: number;
  readonly relay: Relay;
  readonly peer: Peer;
  driverSlot: number;
}

/**
 * Where relayed packets go, at once, in the middle of `receive` and `receiveFromPeer`: the hot path. Nothing here allocates.
 *
 * `bytes` of {@link toPeer} and {@link toChannel} are those that the driver gave to the call (or a frame that the server put
 * together, on streams), from `offset` on: a driver that receives into a slab sends from it without a copy. Those of
 * {@link toClient} are the server's own and are used again after the call. Implementations must not call back into the server.
 */
export interface PacketSink {
  /** Send `length` bytes from the relay's socket to the peer; `dontFragment` sets DF where the driver can (RFC 8656 §11.2). */
  toPeer(relay: Relay, peer: Peer, bytes: Uint8Array, offset: number, length: number, dontFragment: boolean): void;
  /**
   * Send ChannelData: the driver writes the four bytes of header (channel, length) before the data, and over streams up to
   * three zero bytes after it: `encodeChannelData` does both.
   */
  toChannel(path: ClientPath, channel: number, bytes: Uint8Array, offset: number, length: number): void;
  /**
   * Send to a relayed address that this server has not, where others (of other threads) have the rest of its ports. False when it is
   * none of theirs.
   */
  toSibling?(from: Relay, to: IpEndpoint, bytes: Uint8Array, offset: number, length: number): boolean;
  /** Send a whole Data indication. */
  toClient(path: ClientPath, bytes: Uint8Array, offset: number, length: number): void;
}

/** Everything else the server wants, in order, by `drain`: call it after each input (or batch of inputs). */
export interface TurnServerOutputs {
  /**
   * Send a whole STUN message. `bytes` are lent. For UDP it leaves by `path.listener`, which behaviour discovery may have
   * chosen to be another than the request came by (RFC 5780 §7.2), to `path.remote`.
   */
  transmit(bytes: Uint8Array, path: ClientPath): void;
  /**
   * Bind a socket for `relay.transport` at `relay.local` (for TCP: listen). Answer with `relayOpened` or `relayFailed`, now or
   * later. The port is chosen already; a failure makes the server try another. A port that EVEN-PORT keeps is asked for when
   * somebody comes with its token.
   */
  openRelay(relay: Relay): void;
  /** Close it, whether it was answered or not. The port may be asked for again at once. */
  closeRelay(relay: Relay): void;
  /** Connect by TCP from `connection.relay.local` to `connection.peer.endpoint`. Answer with `peerConnected` or `peerFailed`. */
  connectPeer(connection: PeerConnection): void;
  /** Close or give up a connection with a peer. */
  closePeer(connection: PeerConnection): void;
  /**
   * Join the two: from now on `path` carries the raw bytes of `connection` both ways. Ask `meterStream` for each chunk; end
   * both when one ends, with `peerClosed` or `clientClosed`. Comes after the response that tells the client.
   */
  splice(connection: PeerConnection, path: ClientPath): void;
  /** Close this client's connection (TCP, TLS) or association (DTLS). No `clientClosed` is expected. */
  closeClient(path: ClientPath, reason: CloseReason): void;
  /** What happened, for metrics, logs and the live page. */
  event(event: TurnServerEvent): void;
}

/** Why the server ends a client's connection. */
export type CloseReason =
  /** The first message, or the rest of one, did not come in time. */
  | 'header-timeout'
  /** It had no allocation in time. */
  | 'idle'
  /** It sent what is neither STUN nor ChannelData. */
  | 'not-turn'
  /** Its allocation is over. */
  | 'allocation-ended'
  /** The data connection that it carried is over. */
  | 'peer-closed';

/** Counts of one direction. */
export interface Traffic {
  readonly packets: number;
  readonly bytes: number;
  /** Not relayed because a limit of bandwidth or bytes was reached. */
  readonly dropped: number;
}

/** An allocation, as the live page shows it. Values, made when asked for. */
export interface AllocationSnapshot {
  /** Unique for the life of the server, also after the allocation. */
  readonly id: number;
  readonly username: string;
  /** Whose quota it counts against. */
  readonly group: string;
  readonly transport: ClientTransport;
  readonly relayTransport: RelayTransport;
  readonly client: TransportAddress;
  readonly listener: TransportAddress;
  readonly relayed: readonly TransportAddress[];
  /** Instants. */
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly permissions: number;
  readonly channels: number;
  readonly connections: number;
  /** From the client to peers. */
  readonly sent: Traffic;
  /** From peers to the client. */
  readonly received: Traffic;
}

/** Why an allocation ended. */
export type AllocationEnd =
  | 'refreshed-to-zero'
  | 'expired'
  | 'connection-closed'
  | 'revoked'
  | 'credentials-expired'
  | 'server-closed'
  | 'relay-lost';

export type TurnServerEvent =
  | { readonly type: 'allocation-created'; readonly allocation: AllocationSnapshot }
  | { readonly type: 'allocation-refreshed'; readonly id: number; readonly expiresAt: number }
  /** It moved to another 5-tuple (RFC 8016). */
  | { readonly type: 'allocation-moved'; readonly id: number; readonly client: TransportAddress }
  | { readonly type: 'allocation-deleted'; readonly allocation: AllocationSnapshot; readonly end: AllocationEnd }
  /** A request got an error other than a first 401 or a 438. `reason` is a stable word: `turn/quota/user`. `username` is from the wire: escape it. */
  | {
      readonly type: 'refused';
      readonly code: number;
      readonly reason: string;
      readonly method: number;
      readonly client: TransportAddress;
      readonly username: string | undefined;
    }
  /** The last allocation is gone after `startDraining`. */
  | { readonly type: 'drained' };

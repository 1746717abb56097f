import type { CoreContext, Instant } from '../core/index.js';

/** Where a relay sends: the same peer is the same object. */
export interface RelayPeer {
  readonly address: string;
  readonly port: number;
}

/** What a peer sent through the relay. The object is used again for the next datagram. */
export interface RelayedData {
  readonly peer: RelayPeer;
  /** A view of the bytes that were received. */
  readonly bytes: Uint8Array;
}

export type RelayEvent =
  /** The relay has an address for us (RFC 8656 §7.3); one event for each family that was allocated. */
  | {
      readonly type: 'allocated';
      readonly relayedAddress: string;
      readonly relayedPort: number;
      readonly mappedAddress: string;
      readonly mappedPort: number;
    }
  /** The allocation still is: the answer to {@link RelayClient.verify}. */
  | { readonly type: 'verified' }
  /** The server left {@link RelayClient.verify} without an answer so far; it is asked on and on. */
  | { readonly type: 'unanswered' }
  /** Nothing was allocated, or it is gone. `code` is STUN's, or 701 when the server cannot be reached (W3C webrtc). */
  | { readonly type: 'failed'; readonly code: number; readonly reason: string }
  /** The server sends us elsewhere (RFC 8489 §10): ask there. */
  | { readonly type: 'try-alternate'; readonly address: string; readonly port: number; readonly domain: string | undefined }
  /** The server relays to and from this peer's address now. */
  | { readonly type: 'peer-permitted'; readonly peer: RelayPeer }
  /** The server refuses to relay to this peer's address. */
  | { readonly type: 'peer-refused'; readonly peer: RelayPeer; readonly code: number };

export interface RelayOutputs {
  /** To the server, over whatever the relay was made for. Lent. */
  transmit(bytes: Uint8Array): void;
  event(event: RelayEvent): void;
}

/** What an agent needs of a TURN client; `TurnClient` of `@maru/protocol/turn` is one. */
export interface RelayClient {
  readonly deadline: Instant;
  start(now: Instant): void;
  /** One datagram from the server. What a peer sent is returned, lent as `bytes` are. */
  receive(now: Instant, bytes: Uint8Array): RelayedData | undefined;
  /** Some bytes of the stream from the server. `take` gets what peers sent, before this returns. */
  receiveStream(now: Instant, bytes: Uint8Array, take: (data: RelayedData) => void): void;
  advance(now: Instant): void;
  drain(outputs: RelayOutputs): void;
  /** The one object for this peer. */
  peerOf(address: string, port: number): RelayPeer;
  /**
   * The agent will talk with `peer`: have a permission, and where `isHot` a channel, ready and keep them so. Answered by
   * 'peer-permitted' or 'peer-refused', at once where it is known.
   */
  permit(now: Instant, peer: RelayPeer, isHot: boolean): void;
  /** Whether the server relays to `peer` now. */
  isPermitted(peer: RelayPeer): boolean;
  /** Relays `bytes` to `peer` at once, as ChannelData where a channel is bound. False when nothing was allocated. */
  send(bytes: Uint8Array, peer: RelayPeer, outputs: Pick<RelayOutputs, 'transmit'>): boolean;
  /** Bytes that relaying to `peer` adds to each packet now. */
  overheadBytes(peer: RelayPeer): number;
  /** Asks the server whether the allocation still is: 'verified' or 'failed' says so. */
  verify(now: Instant): void;
  /** Gives the allocation back. */
  close(now: Instant): void;
}

export interface RelayRequest {
  readonly username: string;
  readonly password: string;
  /** Streams are framed, not retransmitted, and padded. */
  readonly transport: 'datagram' | 'stream';
  /** The family of the relayed address: 'both' where the server can. */
  readonly families: 'ipv4' | 'ipv6' | 'both';
}

/** Makes the TURN client for one server. ICE does not know TURN: its owner introduces them. */
export type RelayFactory = (request: RelayRequest, context: CoreContext) => RelayClient;

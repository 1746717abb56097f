import type { DatagramSocket, Path, StreamSocket, TlsOptions } from '../core/index.js';
import type { LocalCandidate, RemoteCandidate } from './candidate.js';
import type { IceGatheringState, IceRole, IceTransportState } from './state.js';

/** Numbers what the agent asks of its driver; the answer names it. */
export type RequestId = number;

/** The pair that application data travels on. */
export interface SelectedPair {
  readonly local: LocalCandidate;
  readonly remote: RemoteCandidate;
}

/** Why a server gave us no candidate (W3C webrtc, RTCPeerConnectionIceErrorEvent). */
export interface CandidateError {
  /** The local address that asked, when policy lets it be told. */
  readonly address: string | undefined;
  readonly port: number | undefined;
  readonly url: string;
  /** A STUN error code, or 701 when the server could not be reached. */
  readonly errorCode: number;
  readonly errorText: string;
}

/** What an agent tells its owner. */
export type IceNotice =
  | { readonly type: 'state-changed'; readonly state: IceTransportState }
  /** `usernameFragment` is the generation that gathers. With 'complete', no more candidates follow for it. */
  | { readonly type: 'gathering-state-changed'; readonly state: IceGatheringState; readonly usernameFragment: string }
  | { readonly type: 'candidate'; readonly candidate: LocalCandidate }
  | { readonly type: 'candidate-error'; readonly error: CandidateError }
  | { readonly type: 'pair-selected'; readonly pair: SelectedPair }
  /** A conflict was resolved against us (RFC 8445 §7.3.1.1). */
  | { readonly type: 'role-changed'; readonly role: IceRole }
  /** The peer proved that it is behind this path: a demultiplexer of a shared socket may remember it. */
  | { readonly type: 'path-verified'; readonly path: Path }
  /**
   * An allocation was lost, another took its place, and no pair is sure to work without it; but the peer was told that there are
   * no more candidates. Checks go from the new one; a restart tells the peer of it, where they cannot reach the peer.
   */
  | { readonly type: 'relay-replaced' }
  /** A signalled candidate is not used; `reason` is stable and holds no address. */
  | { readonly type: 'remote-candidate-ignored'; readonly reason: string };

/** What an agent asks its driver to do. Each `open-`, `connect-`, `listen-`, `resolve-`, `register-` gets an answer by its `request`. */
export type IceRequest =
  /** Bind a UDP socket: answer {@link IceAgent.datagramOpened}. */
  | { readonly type: 'open-udp'; readonly request: RequestId; readonly address: string }
  /**
   * Open DTLS over UDP to a TURN server and offer it as a datagram socket: answer {@link IceAgent.datagramOpened} once
   * the handshake is done.
   */
  | {
      readonly type: 'open-dtls';
      readonly request: RequestId;
      readonly address: string;
      readonly port: number;
      readonly serverName: string;
    }
  /** Connect over TCP, or TLS where `tls` is there: answer {@link IceAgent.streamOpened}. */
  | {
      readonly type: 'connect-tcp';
      readonly request: RequestId;
      readonly address: string;
      readonly port: number;
      readonly localAddress: string | undefined;
      readonly tls: TlsOptions | undefined;
    }
  /** Accept TCP connections: answer {@link IceAgent.listenerOpened}, then {@link IceAgent.streamAccepted} for each. */
  | { readonly type: 'listen-tcp'; readonly request: RequestId; readonly address: string }
  /** Look up a server's name or a peer's `.local` name: answer {@link IceAgent.hostResolved}. */
  | { readonly type: 'resolve-host'; readonly request: RequestId; readonly name: string; readonly kind: 'server' | 'mdns' }
  /** Answer for this address under a new name below `.local`: answer {@link IceAgent.mdnsRegistered}. */
  | { readonly type: 'register-mdns'; readonly request: RequestId; readonly address: string }
  | { readonly type: 'close-datagram'; readonly socket: DatagramSocket }
  | { readonly type: 'close-stream'; readonly stream: StreamSocket }
  | { readonly type: 'close-listener'; readonly request: RequestId };

export type IceEvent = IceNotice | IceRequest;

/** The part of {@link IceOutputs} that carries packets. */
export interface IceTransmitter {
  /** Send this datagram from `socket`. Lent. */
  transmit(bytes: Uint8Array, path: Path, socket: DatagramSocket): void;
  /** Write these bytes, framed already, to `stream`. Lent. */
  write(bytes: Uint8Array, stream: StreamSocket): void;
}

/** Where an agent's outputs go: those of every core, by the kind of socket, and application data that came in streams. */
export interface IceOutputs extends IceTransmitter {
  event(event: IceEvent): void;
  /** Application bytes that arrived over a stream (datagrams hand theirs back from `receive`). Lent. */
  data(bytes: Uint8Array): void;
}

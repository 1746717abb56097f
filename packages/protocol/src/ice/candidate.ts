/** How a transport address was learnt (RFC 8445 §4). */
export type CandidateType = 'host' | 'srflx' | 'prflx' | 'relay';

/** What a candidate is reached over. */
export type CandidateProtocol = 'udp' | 'tcp';

/** Who opens the connection of a TCP candidate (RFC 6544 §4.5). */
export type TcpType = 'active' | 'passive' | 'so';

/** A transport address that might reach an agent, as it travels in signalling (RFC 8445 §5.3, RFC 8839 §5.1). */
export interface IceCandidate {
  /** Equal for candidates of one type, base address, protocol and server: 1 to 32 ice-chars. */
  readonly foundation: string;
  /** 1; whoever offers another component is ignored, since media is always multiplexed (RFC 8834 §4.5). */
  readonly component: number;
  readonly protocol: CandidateProtocol;
  /** 1 to 2^31 - 1; higher is preferred. */
  readonly priority: number;
  /** An IP address, or a name below `.local` that stands for one. */
  readonly address: string;
  readonly port: number;
  readonly type: CandidateType;
  readonly tcpType: TcpType | undefined;
  /** The base of a reflexive, or the mapped address of a relayed candidate: for diagnosis only. */
  readonly relatedAddress: string | undefined;
  readonly relatedPort: number | undefined;
  /** Which ICE generation it belongs to, where the text says so. */
  readonly usernameFragment: string | undefined;
  /** Extensions nobody here knows, in order (RFC 8839 §5.1). */
  readonly extensions: readonly CandidateExtension[];
}

export interface CandidateExtension {
  readonly name: string;
  readonly value: string;
}

/** What a relayed candidate's packets travel over between us and the TURN server (W3C webrtc, RTCIceServerTransportProtocol). */
export type RelayProtocol = 'udp' | 'tcp' | 'tls' | 'dtls';

/** A candidate of ours, with what only we know of it. */
export interface LocalCandidate extends IceCandidate {
  /** Unique within the agent. */
  readonly id: string;
  /** The STUN or TURN server that it came from. */
  readonly url: string | undefined;
  readonly relayProtocol: RelayProtocol | undefined;
  /** The interface below it, where known. */
  readonly networkType: string | undefined;
}

/** A candidate of the peer, signalled or found by its checks. */
export interface RemoteCandidate extends IceCandidate {
  /** Unique within the agent. */
  readonly id: string;
}

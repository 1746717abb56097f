import { type CoreContext, type Instant, NEVER, type Path, type StreamSocket } from '../core/index.js';
import type { ChannelKey, DataChannelEvent, DataChannelOutputs, MessageKind } from '../datachannel/index.js';
import {
  DtlsConnection,
  type DtlsEvent,
  type DtlsOutputs,
  type DtlsRole,
  type Fingerprint,
  type LocalCertificate,
  type SrtpProfile,
} from '../dtls/index.js';
import { IceAgent, type IceEvent, type IceOptions, type IceOutputs, type IceTransmitter } from '../ice/index.js';
import type { MediaLayer, MediaOutputs } from './media-layer.js';
import { packetKind } from './packet-kind.js';
import { SrtpPath } from './srtp-path.js';

export interface PeerTransportOptions {
  readonly ice: IceOptions;
  readonly certificate: LocalCertificate;
  /** Profiles for media; empty where none is wanted. */
  readonly srtpProfiles?: readonly SrtpProfile[];
}

/** What the transport needs of data channels; `DataChannels` of `@maru/protocol/datachannel` is one. */
export interface ChannelLayer {
  readonly deadline: Instant;
  /** The association may begin: DTLS is up. `role` decides who has which stream ids (RFC 8832 §6). */
  connect(now: Instant, role: DtlsRole): void;
  receive(now: Instant, bytes: Uint8Array, path: Path): void;
  advance(now: Instant): void;
  drain(outputs: DataChannelOutputs): void;
  /** ICE selected another pair: what was learnt of the old path counts no more. */
  pathChanged(now: Instant): void;
  /** Ends the association at once; nothing more needs to be sent when DTLS is gone. */
  abort(now: Instant): void;
}

/** What signalling has agreed on for DTLS. */
export interface DtlsAgreement {
  readonly role: DtlsRole;
  readonly remoteFingerprints: readonly Fingerprint[];
}

/** Where a transport's outputs go: packets by socket, and what each layer has to tell. */
export interface TransportOutputs extends IceTransmitter {
  iceEvent(event: IceEvent): void;
  dtlsEvent(event: DtlsEvent): void;
  channelEvent(event: DataChannelEvent): void;
  /** A message of a channel; `bytes` are the receiver's to keep. */
  message(channel: ChannelKey, kind: MessageKind, bytes: Uint8Array): void;
}

/** DTLS labels its datagrams with a path; here ICE chooses the way, so the label means nothing. */
const BY_ICE: Path = { localAddress: '', localPort: 0, remoteAddress: '', remotePort: 0 };

/** Datagrams that DTLS is given before there is a pair to answer over: each may have it say something that must wait. */
const MAX_AHEAD = 16;

/**
 * One ICE agent, one DTLS association over it, and data channels and media over that: what is under a BUNDLE
 * group. It drives its layers as a driver would, and carries bytes between them; they do not know of each other.
 *
 * A handshake may begin before signalling has caught up: a ClientHello that comes over a pair that ICE has validated is
 * kept until {@link agree} says which part we play (RFC 8842 §5.5). What comes from anywhere else never reaches DTLS (S-29).
 * A server works on it while our own check is still under way; its answer leaves when there is a pair.
 */
export class PeerTransport {
  readonly ice: IceAgent;
  private connection: DtlsConnection;
  private channelLayer: ChannelLayer | undefined;
  private mediaLayer: MediaLayer | undefined;
  /** DTLS has given keys for media. */
  private hasKeys = false;
  /** Made of the keys with the first packet: most connections that could carry media carry none. */
  private srtp: SrtpPath | undefined;
  private agreement: DtlsAgreement | undefined;
  private isClosing = false;
  /** DTLS works on a ClientHello that overtook the end of our checks; what it says waits for a pair. */
  private isAhead = false;
  private datagramsAhead = 0;
  private now: Instant = 0;

  private outputs: TransportOutputs | undefined;
  /** Made with the layers that speak through them. */
  private toDtls: DataChannelOutputs | undefined;
  private toSrtp: MediaOutputs | undefined;
  private isDraining = false;
  /** Something was handed on during the pass of {@link drain} that runs, so that another is needed. */
  private hasProgressed = false;
  private droppedPackets = 0;

  constructor(
    private readonly options: PeerTransportOptions,
    private readonly context: CoreContext,
  ) {
    this.ice = new IceAgent(options.ice, context);
    this.connection = this.newConnection();
  }

  /** The association of now; {@link replaceAssociation} makes another. */
  get dtls(): DtlsConnection {
    return this.connection;
  }

  get deadline(): Instant {
    const layers = Math.min(this.channelLayer?.deadline ?? NEVER, this.mediaLayer?.deadline ?? NEVER);
    return Math.min(this.ice.deadline, this.isAhead ? NEVER : this.connection.deadline, layers);
  }

  /** What SRTP has sealed, opened and refused; undefined before the first packet. */
  get srtpStats(): ReturnType<SrtpPath['stats']> | undefined {
    return this.srtp?.stats();
  }

  /** Packets from the peer that no layer here wants: media without keys or a layer for it, and what is nothing known. */
  get unknownPackets(): number {
    return this.droppedPackets;
  }

  /** Says who begins the handshake and which certificates count. May come before or after ICE connects. */
  agree(now: Instant, agreement: DtlsAgreement): void {
    this.now = now;
    this.agreement = agreement;
    this.connection.expectFingerprints(now, agreement.remoteFingerprints);
    this.startIfReady();
  }

  /** Puts data channels on top; they connect as soon as DTLS has. */
  attach(now: Instant, channels: ChannelLayer): void {
    this.now = now;
    this.channelLayer = channels;
    this.connectChannelsIfReady();
  }

  /** Puts media on top; it may flow as soon as DTLS has given keys. */
  attachMedia(now: Instant, media: MediaLayer): void {
    this.now = now;
    this.mediaLayer = media;
    this.takeKeys();
  }

  /**
   * Another certificate or another peer on the same ICE agent: ends the association and what is on it, and waits for a new
   * agreement (RFC 8842 §5.5). Drain before, so that the old channels can tell.
   */
  replaceAssociation(now: Instant): void {
    this.now = now;
    this.connection.close(now);
    this.channelLayer = undefined;
    this.dropKeys();
    this.agreement = undefined;
    this.isAhead = false;
    this.connection = this.newConnection();
  }

  /** One datagram of one of the agent's sockets. */
  receive(now: Instant, bytes: Uint8Array, path: Path): void {
    this.now = now;
    const application = this.ice.receive(now, bytes, path);
    if (application) this.receiveApplication(application);
  }

  /** Some bytes of one of the agent's streams. */
  receiveStream(now: Instant, bytes: Uint8Array, stream: StreamSocket): void {
    this.now = now;
    this.ice.receiveStream(now, bytes, stream);
  }

  advance(now: Instant): void {
    this.now = now;
    this.ice.advance(now);
    if (!this.isAhead) this.connection.advance(now);
    this.channelLayer?.advance(now);
    this.mediaLayer?.advance(now);
  }

  /** Hands out everything, layer by layer from the top, until no layer has more. Nested calls leave the work to the outer one. */
  drain(outputs: TransportOutputs): void {
    if (this.isDraining) return;
    this.isDraining = true;
    this.outputs = outputs;
    try {
      do {
        this.hasProgressed = false;
        this.mediaLayer?.drain((this.toSrtp ??= this.newToSrtp()));
        this.channelLayer?.drain((this.toDtls ??= this.newToDtls()));
        if (this.isClosing) this.connection.close(this.now);
        if (!this.isAhead) this.connection.drain(this.toIce);
        this.ice.drain(this.fromIce);
      } while (this.hasProgressed);
    } finally {
      this.isDraining = false;
      this.outputs = undefined;
    }
  }

  /** Says goodbye on every layer; {@link drain} then sends it. */
  close(now: Instant): void {
    this.now = now;
    this.channelLayer?.abort(now);
    this.isAhead = false;
    this.isClosing = true; // DTLS says goodbye when the ABORT has passed through it
  }

  /** Ends the agent, after what {@link close} queued has been drained. */
  closeIce(now: Instant): void {
    this.now = now;
    this.ice.close(now);
  }

  private newConnection(): DtlsConnection {
    const { certificate, srtpProfiles } = this.options;
    return new DtlsConnection({ certificate, path: BY_ICE, ...(srtpProfiles && { srtpProfiles }) }, this.context);
  }

  private receiveApplication(bytes: Uint8Array): void {
    const kind = packetKind(bytes);
    if (kind === 'dtls') this.receiveDtls(bytes);
    else if (kind !== 'rtp' || !this.mediaLayer || !this.receiveMedia(this.mediaLayer, bytes)) this.droppedPackets += 1;
  }

  private receiveDtls(bytes: Uint8Array): void {
    if (this.isAhead && this.datagramsAhead++ >= MAX_AHEAD) this.droppedPackets += 1;
    else this.connection.receive(this.now, bytes, BY_ICE);
    this.startIfReady();
  }

  /** False when there are no keys for it. */
  private receiveMedia(media: MediaLayer, bytes: Uint8Array): boolean {
    const srtp = this.srtp ?? this.openSrtp();
    if (!srtp) return false;
    const { length, isControl } = srtp.open(bytes);
    if (length === 0) return true;
    if (isControl) media.receiveRtcp(this.now, srtp.opened, 0, length);
    else media.receiveRtp(this.now, srtp.opened, 0, length);
    return true;
  }

  private takeKeys(): void {
    this.hasKeys = this.connection.state === 'connected' && this.connection.stats().srtpProfile !== undefined;
    if (this.hasKeys) this.mediaLayer?.connect(this.now);
  }

  private openSrtp(): SrtpPath | undefined {
    const material = this.hasKeys ? this.connection.srtpKeyingMaterial() : undefined;
    this.srtp = material && new SrtpPath(material, this.context.crypto);
    return this.srtp;
  }

  private dropKeys(): void {
    if (!this.hasKeys) return;
    this.hasKeys = false;
    this.srtp = undefined;
    this.mediaLayer?.disconnect(this.now);
  }

  private startIfReady(): void {
    const { agreement, connection, ice } = this;
    if (!agreement || connection.state !== 'new') return;
    const hasPair = ice.selectedPair !== undefined;
    if (!hasPair && (agreement.role === 'client' || !connection.hasHeard)) return;
    this.isAhead = !hasPair;
    this.datagramsAhead = 0;
    // What ICE has measured keeps DTLS from retransmitting before an answer can come.
    connection.start(this.now, agreement.role, ice.roundTripMs);
  }

  /** There is a way to the peer. */
  private pairSelected(): void {
    this.startIfReady();
    if (!this.isAhead) return;
    this.isAhead = false;
    this.connection.pathFound(this.now, this.ice.roundTripMs);
  }

  private connectChannelsIfReady(): void {
    const { role, state } = this.connection;
    if (state === 'connected' && role) this.channelLayer?.connect(this.now, role);
  }

  private newToDtls(): DataChannelOutputs {
    return {
      transmit: (bytes) => {
        this.hasProgressed = true;
        this.connection.send(bytes);
        this.connection.drain(this.toIce); // record by record: a flight leaves through one warm slot
      },
      event: (event) => {
        this.hasProgressed = true;
        this.outputs?.channelEvent(event);
      },
      message: (channel, kind, bytes) => {
        this.hasProgressed = true;
        this.outputs?.message(channel, kind, bytes);
      },
    };
  }

  private newToSrtp(): MediaOutputs {
    return {
      rtp: (bytes, offset, length) => this.sendSealed((this.srtp ?? this.openSrtp())?.sealRtp(bytes, offset, length)),
      rtcp: (bytes, offset, length) => this.sendSealed((this.srtp ?? this.openSrtp())?.sealRtcp(bytes, offset, length)),
    };
  }

  private sendSealed(packet: Uint8Array | undefined): void {
    if (!packet || !this.outputs) return;
    this.hasProgressed = true;
    this.ice.send(this.now, packet, this.outputs);
  }

  private readonly toIce: DtlsOutputs = {
    transmit: (bytes) => {
      this.hasProgressed = true;
      if (this.outputs) this.ice.send(this.now, bytes, this.outputs);
    },
    event: (event) => {
      this.hasProgressed = true;
      if (event.type === 'connected') {
        this.takeKeys();
        this.connectChannelsIfReady();
      }
      if (event.type === 'failed' || event.type === 'closed') {
        this.channelLayer?.abort(this.now);
        this.dropKeys();
      }
      this.outputs?.dtlsEvent(event);
    },
    data: (bytes) => {
      this.hasProgressed = true;
      this.channelLayer?.receive(this.now, bytes, BY_ICE);
    },
  };

  private readonly fromIce: IceOutputs = {
    transmit: (bytes, path, socket) => this.outputs?.transmit(bytes, path, socket),
    write: (bytes, stream) => this.outputs?.write(bytes, stream),
    data: (bytes) => {
      this.hasProgressed = true;
      this.receiveApplication(bytes);
    },
    event: (event) => {
      this.hasProgressed = true;
      if (event.type === 'pair-selected' && this.connection.state === 'connected') {
        this.channelLayer?.pathChanged(this.now);
        this.mediaLayer?.pathChanged(this.now);
      }
      if (event.type === 'pair-selected') this.pairSelected();
      this.outputs?.iceEvent(event);
    },
  };
}

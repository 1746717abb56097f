import type { CoreContext, DatagramSocket, Instant, Path, SrtpKeyingMaterial } from '@maru/protocol/core';
import { type ChannelKey, type DataChannelEvent, DataChannels, type MessageKind } from '@maru/protocol/datachannel';
import type { DtlsEvent, LocalCertificate } from '@maru/protocol/dtls';
import type { IceCredentials, IceEvent, IceTransportState } from '@maru/protocol/ice';
import type { DataOutcome, TransportOutcome } from '@maru/protocol/jsep';
import { PeerTransport, type TransportOutputs } from '@maru/protocol/transport';

/** What a transport tells its participant, never in the middle of an input. */
export interface TransportListener {
  /** The peer proved that it is at the other end of this path: what comes from there is its. */
  pathVerified(path: Path): void;
  /** Packets go this way from now on. */
  pathSelected(path: Path): void;
  keysAgreed(material: SrtpKeyingMaterial): void;
  iceChanged(state: IceTransportState): void;
  /** DTLS is over: nothing comes and nothing goes any more. */
  associationEnded(reason: string): void;
  channelEvent(event: DataChannelEvent): void;
  message(channel: ChannelKey, kind: MessageKind, bytes: Uint8Array): void;
}

/** Firefox sends consent checks every 4 to 6 s, and media does not pass through the agent: less silence than this says nothing. */
const SILENCE_MS = 15_000;

/** Of all agents. */
const ICE = { role: 'controlled', mode: 'lite', resolveMdns: false, timing: { disconnectedMs: SILENCE_MS } } as const;

/** The SDK's own channel, agreed on by everybody: it keeps the application section alive. */
const CONTROL_CHANNEL = { label: 'maru-media', negotiatedId: 0 };

/** The data channels, and the one that is there from the start. */
export interface ControlChannel {
  readonly channels: DataChannels;
  readonly key: ChannelKey;
  readonly properties: { readonly label: string; readonly protocol: string; readonly isReliable: true; readonly isOrdered: true };
}

/**
 * One participant's ICE-lite agent, DTLS association and data channels, over paths that a driver interned. Media goes around it: it only says
 * where to, and with which keys.
 */
export class ParticipantTransport implements TransportOutputs {
  private readonly transport: PeerTransport;
  /** Once data channels were agreed on. */
  control: ControlChannel | undefined;
  private isAgreed = false;

  constructor(
    now: Instant,
    certificate: LocalCertificate,
    sockets: readonly DatagramSocket[],
    private readonly context: CoreContext,
    private readonly listener: TransportListener,
  ) {
    this.transport = new PeerTransport({ ice: ICE, certificate }, context);
    for (const socket of sockets) this.transport.ice.addHostSocket(now, socket);
    this.transport.ice.gather(now, []);
  }

  get deadline(): Instant {
    return this.transport.deadline;
  }

  /** Of the newest generation. */
  get credentials(): IceCredentials {
    return this.transport.ice.localCredentials;
  }

  /** Begins another ICE generation; the old pair goes on until the new one works. */
  restart(now: Instant): IceCredentials {
    const credentials = this.transport.ice.restart(now);
    this.transport.ice.gather(now, []);
    return credentials;
  }

  /** An offer was answered. */
  agree(now: Instant, { remoteIce, remoteFingerprints, dtlsRole }: TransportOutcome, data: DataOutcome | undefined): void {
    this.transport.ice.setRemote(now, remoteIce);
    if (!this.isAgreed) this.transport.agree(now, { role: dtlsRole, remoteFingerprints });
    this.isAgreed = true;
    if (!data || this.control) return;
    const { localPort, remotePort, remoteMaxMessageSize } = data;
    const channels = new DataChannels({ localPort, remotePort, remoteMaxMessageBytes: remoteMaxMessageSize }, this.context);
    const properties = { label: CONTROL_CHANNEL.label, protocol: '', isReliable: true, isOrdered: true } as const;
    this.control = { channels, key: channels.open(now, CONTROL_CHANNEL), properties };
    this.transport.attach(now, channels);
  }

  receive(now: Instant, bytes: Uint8Array, path: Path): void {
    this.transport.receive(now, bytes, path);
  }

  advance(now: Instant): void {
    this.transport.advance(now);
  }

  /** Hands out what the layers have to say and to send. */
  settle(): void {
    this.transport.drain(this);
  }

  /** Says goodbye on every layer. Nothing comes of it afterwards. */
  close(now: Instant): void {
    this.transport.close(now);
    this.transport.drain(this);
    this.transport.closeIce(now);
    this.transport.drain(this);
  }

  // From the layers.

  transmit(bytes: Uint8Array, path: Path, socket: DatagramSocket): void {
    socket.send(bytes, path);
  }

  write(): void {} // streams are addresses here: the agent knows none

  iceEvent(event: IceEvent): void {
    switch (event.type) {
      case 'path-verified':
        return this.listener.pathVerified(event.path);
      case 'pair-selected': {
        const path = this.transport.ice.selectedPath;
        return path && this.listener.pathSelected(path);
      }
      case 'state-changed':
        return this.listener.iceChanged(event.state);
    }
  }

  dtlsEvent(event: DtlsEvent): void {
    if (event.type === 'connected') {
      const material = this.transport.dtls.srtpKeyingMaterial();
      if (material) this.listener.keysAgreed(material);
    }
    if (event.type === 'failed') this.listener.associationEnded(event.failure.code);
    if (event.type === 'closed') this.listener.associationEnded('dtls/closed');
  }

  channelEvent(event: DataChannelEvent): void {
    this.listener.channelEvent(event);
  }

  message(channel: ChannelKey, kind: MessageKind, bytes: Uint8Array): void {
    this.listener.message(channel, kind, bytes);
  }
}

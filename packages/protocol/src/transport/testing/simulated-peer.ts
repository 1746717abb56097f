import type { VirtualHost } from '@maru/netsim';
import { generateCertificateSync, nodeCrypto } from '@maru/node';
import {
  type CoreContext,
  type DatagramReceiver,
  type DatagramSocket,
  NEVER,
  type Path,
  SeededRandom,
  SILENT_LOG,
} from '../../core/index.js';
import { type ChannelKey, type DataChannelEvent, DataChannels, type MessageKind } from '../../datachannel/index.js';
import { type DtlsEvent, type DtlsRole, type Fingerprint, fingerprintOf } from '../../dtls/index.js';
import type { IceCandidate, IceEvent } from '../../ice/index.js';
import { PeerTransport, type TransportOutputs } from '../index.js';

/** A transport on a virtual host, with the smallest driver there can be. */
export class SimulatedPeer implements TransportOutputs, DatagramReceiver {
  readonly transport: PeerTransport;
  readonly fingerprint: Fingerprint;
  readonly candidates: IceCandidate[] = [];
  readonly dtlsEvents: DtlsEvent[] = [];
  readonly channelEvents: DataChannelEvent[] = [];
  readonly messages: string[] = [];
  channels: DataChannels;
  /** Runs before each event is recorded: for inputs from within a drain. */
  onChannelEvent: (event: DataChannelEvent) => void = () => {};
  private readonly context: CoreContext;
  private readonly sockets = new Set<DatagramSocket>();
  private cancelTimer = (): void => {};

  constructor(
    private readonly host: VirtualHost,
    role: 'controlling' | 'controlled',
    seed: number,
  ) {
    this.context = { random: new SeededRandom(seed), crypto: nodeCrypto, log: SILENT_LOG };
    const certificate = generateCertificateSync();
    this.fingerprint = fingerprintOf(nodeCrypto, certificate.chain[0]!);
    this.transport = new PeerTransport({ ice: { role }, certificate }, this.context);
    this.channels = this.newChannels();
    this.transport.attach(this.now, this.channels);
  }

  get now(): number {
    return this.host.clock.now();
  }

  newChannels(): DataChannels {
    return new DataChannels({ maxMessageBytes: 262_144 }, this.context);
  }

  gather(): void {
    this.transport.ice.gather(this.now, this.host.hostAddresses());
    this.settle();
  }

  /** Signalling tells us of `peer`'s ICE agent; DTLS is agreed on separately. */
  connectTo(peer: SimulatedPeer): void {
    this.transport.ice.setRemote(this.now, peer.transport.ice.localCredentials);
    for (const candidate of peer.candidates) this.transport.ice.addRemoteCandidate(this.now, candidate);
    this.settle();
  }

  agree(peer: SimulatedPeer, role: DtlsRole): void {
    this.transport.agree(this.now, { role, remoteFingerprints: [peer.fingerprint] });
    this.settle();
  }

  send(channel: ChannelKey, text: string): void {
    this.channels.send(this.now, channel, 'text', new TextEncoder().encode(text));
    this.settle();
  }

  close(): void {
    this.transport.close(this.now);
    this.settle();
    this.transport.closeIce(this.now);
    this.settle();
  }

  settle(): void {
    this.transport.drain(this);
    this.cancelTimer();
    const { deadline } = this.transport;
    const onTimer = (): void => {
      this.transport.advance(this.now);
      this.settle();
    };
    this.cancelTimer = deadline === NEVER ? () => {} : this.host.clock.schedule(deadline, onTimer);
  }

  datagram(bytes: Uint8Array, path: Path): void {
    this.transport.receive(this.now, bytes, path);
  }

  settled(): void {
    this.settle();
  }

  transmit(bytes: Uint8Array, path: Path, socket: DatagramSocket): void {
    socket.send(bytes, path);
  }

  write(): void {}

  iceEvent(event: IceEvent): void {
    if (event.type === 'open-udp') {
      const socket = this.host.bindDatagram(event.address);
      socket.receiver = this;
      this.sockets.add(socket);
      this.transport.ice.datagramOpened(this.now, event.request, socket);
    }
    if (event.type === 'close-datagram') event.socket.close();
    if (event.type === 'candidate') this.candidates.push(event.candidate);
  }

  dtlsEvent(event: DtlsEvent): void {
    this.dtlsEvents.push(event);
  }

  channelEvent(event: DataChannelEvent): void {
    this.channelEvents.push(event);
    this.onChannelEvent(event);
  }

  message(_channel: ChannelKey, kind: MessageKind, bytes: Uint8Array): void {
    this.messages.push(kind === 'text' ? new TextDecoder().decode(bytes) : `${bytes.length} bytes`);
  }
}

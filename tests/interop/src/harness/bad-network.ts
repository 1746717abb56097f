import { LinkDirection, type LinkProfile, type Packet } from '@maru/netsim';
import { type DatagramReceiver, type DatagramSocket, type NetworkStack, type Path, SeededRandom } from '@maru/protocol/core';
import { nodeEnvironment, peerConnectionIn, type RTCPeerConnection } from '@maru/webrtc';

/** The two directions of a bad network; a test may change their profiles while it runs. */
export class BadNetwork implements NetworkStack {
  readonly clock = nodeEnvironment.network.clock;
  readonly out: LinkDirection;
  readonly in: LinkDirection;

  constructor(profile: LinkProfile, seed = 1) {
    const direction = (n: number): LinkDirection => new LinkDirection(this.clock, new SeededRandom(seed + n), profile, () => {});
    this.out = direction(0);
    this.in = direction(1);
  }

  hostAddresses: NetworkStack['hostAddresses'] = () => nodeEnvironment.network.hostAddresses();
  resolveHost: NetworkStack['resolveHost'] = (name) => nodeEnvironment.network.resolveHost(name);

  async openDatagram(options: { readonly address: string; readonly port?: number }): Promise<DatagramSocket> {
    return new BadSocket(await nodeEnvironment.network.openDatagram(options), this.out, this.in);
  }

  /** Nothing goes around the bad link. */
  openStream: NetworkStack['openStream'] = () => Promise.reject(new Error('there is no TCP on this network'));
  listenStream: NetworkStack['listenStream'] = () => Promise.reject(new Error('there is no TCP on this network'));
}

/** A socket of this machine whose datagrams pass a {@link LinkDirection} each way. */
class BadSocket implements DatagramSocket, DatagramReceiver {
  receiver: DatagramReceiver | undefined;

  constructor(
    private readonly socket: DatagramSocket,
    private readonly out: LinkDirection,
    private readonly inward: LinkDirection,
  ) {
    socket.receiver = this;
  }

  get localAddress(): string {
    return this.socket.localAddress;
  }

  get localPort(): number {
    return this.socket.localPort;
  }

  pathTo(remoteAddress: string, remotePort: number): Path {
    return this.socket.pathTo(remoteAddress, remotePort);
  }

  send(bytes: Uint8Array, path: Path): void {
    this.out.carry(packetOf(bytes, path), (packet) => {
      if (packet.protocol !== 'udp') return;
      this.socket.send(packet.bytes, path);
      this.socket.flush();
    });
  }

  flush(): void {}

  close(): void {
    this.receiver = undefined;
    this.socket.close();
  }

  datagram(bytes: Uint8Array, path: Path): void {
    this.inward.carry(packetOf(bytes, path), (packet) => {
      if (packet.protocol === 'udp') this.receiver?.datagram(packet.bytes, path);
      this.receiver?.settled();
    });
  }

  settled(): void {}

  unreachable(path: Path): void {
    this.receiver?.unreachable?.(path);
  }
}

function packetOf(bytes: Uint8Array, { localAddress, localPort, remoteAddress, remotePort }: Path): Packet {
  return {
    protocol: 'udp',
    source: { address: localAddress, port: localPort },
    destination: { address: remoteAddress, port: remotePort },
    bytes: new Uint8Array(bytes),
  };
}

/** A connection of ours on a bad network. */
export function connectionOver(network: BadNetwork): RTCPeerConnection {
  return new (peerConnectionIn({ ...nodeEnvironment, network }))();
}

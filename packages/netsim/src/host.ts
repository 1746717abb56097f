import type {
  Clock,
  DatagramReceiver,
  DatagramSocket,
  HostAddress,
  NetworkStack,
  Path,
  SeededRandom,
  StreamListener,
  StreamSocket,
} from '@maru/protocol/core';
import type { DropReason } from './link.js';
import { familyOf, type Packet } from './packet.js';
import { type TcpSegment, VirtualTcpConnection } from './tcp.js';
import type { Attachment, Zone } from './zone.js';

/** What lent bytes are filled with once the call is over, so that a kept reference shows at once. */
const POISON = 0xdb;
const FIRST_EPHEMERAL_PORT = 49_152;
const EPHEMERAL_PORTS = 16_384;

interface Attached {
  readonly hostAddress: HostAddress;
  readonly zone: Zone | undefined;
  readonly attachment: Attachment | undefined;
}

interface Listener {
  readonly accept: (socket: StreamSocket) => void;
}

/** A machine in the virtual network, as code that runs on it sees the world. */
export class VirtualHost implements NetworkStack {
  private readonly attached = new Map<string, Attached>();
  private readonly datagramSockets = new Map<string, VirtualDatagramSocket>();
  private readonly listeners = new Map<string, Listener>();
  private readonly connections = new Map<string, VirtualTcpConnection>();
  private nextPort: number;

  constructor(
    readonly name: string,
    readonly clock: Clock,
    random: SeededRandom,
    private readonly resolve: (name: string) => readonly string[] | undefined,
    private readonly dropped: (packet: Packet, reason: DropReason) => void,
  ) {
    this.nextPort = random.uint32() % EPHEMERAL_PORTS;
    for (const [address, family] of [
      ['127.0.0.1', 'ipv4'],
      ['::1', 'ipv6'],
    ] as const) {
      const hostAddress: HostAddress = { interfaceName: 'lo', address, family, networkType: 'unknown', isLoopback: true };
      this.attached.set(address, { hostAddress, zone: undefined, attachment: undefined });
    }
  }

  /** Gives this host `address` in `zone`, over links of its own. */
  attach(zone: Zone, hostAddress: HostAddress, links: Omit<Attachment, 'deliver'>): void {
    const attachment: Attachment = { ...links, deliver: (packet) => this.arrive(packet) };
    zone.attach(hostAddress.address, attachment);
    this.attached.set(hostAddress.address, { hostAddress, zone, attachment });
  }

  /** Takes `address` away, as when a cable is pulled or the Wi-Fi changes. Sockets bound to it go silent. */
  detach(address: string): void {
    this.attached.get(address)?.zone?.detach(address);
    this.attached.delete(address);
  }

  hostAddresses(): readonly HostAddress[] {
    return [...this.attached.values()].map(({ hostAddress }) => hostAddress);
  }

  /** Sockets, listeners and connections that are open: zero when everything was closed. */
  get openHandles(): number {
    return this.datagramSockets.size + this.listeners.size + this.connections.size;
  }

  async openDatagram({ address, port = 0 }: { readonly address: string; readonly port?: number }): Promise<DatagramSocket> {
    return this.bindDatagram(address, port);
  }

  /** {@link openDatagram} at once, for tests that await nothing. Throws where that one rejects. */
  bindDatagram(address: string, port = 0): DatagramSocket {
    this.requireAddress(address);
    const bound = this.claimPort(address, port, (key) => this.datagramSockets.has(key));
    const socket = new VirtualDatagramSocket(
      address,
      bound,
      (packet) => this.send(packet),
      () => this.datagramSockets.delete(`${address} ${bound}`),
    );
    this.datagramSockets.set(`${address} ${bound}`, socket);
    return socket;
  }

  openStream(options: {
    readonly address: string;
    readonly port: number;
    readonly localAddress?: string;
  }): Promise<StreamSocket> {
    const family = familyOf(options.address);
    const localAddress = options.localAddress ?? this.defaultAddress(family, options.address);
    if (localAddress === undefined) return Promise.reject(new Error(`${this.name} has no ${family} address to connect from`));
    const localPort = this.claimPort(localAddress, 0, (key) => this.listeners.has(key));
    const path: Path = { localAddress, localPort, remoteAddress: options.address, remotePort: options.port };
    return new Promise((opened, failed) => {
      const connection = this.connection(path, (error) => (error ? failed(error) : opened(connection)));
      connection.connect();
    });
  }

  async listenStream(
    { address, port = 0 }: { readonly address: string; readonly port?: number },
    accept: (socket: StreamSocket) => void,
  ): Promise<StreamListener> {
    this.requireAddress(address);
    const bound = this.claimPort(address, port, (key) => this.listeners.has(key));
    const key = `${address} ${bound}`;
    this.listeners.set(key, { accept });
    return { localAddress: address, localPort: bound, close: () => this.listeners.delete(key) };
  }

  async resolveHost(name: string): Promise<readonly string[]> {
    const addresses = this.resolve(name);
    if (!addresses || addresses.length === 0) throw new Error(`no address for ${name}`);
    return addresses;
  }

  private requireAddress(address: string): void {
    const isWildcard = address === '0.0.0.0' || address === '::';
    if (!isWildcard && !this.attached.has(address)) throw new Error(`${this.name} has no address ${address}`);
  }

  private claimPort(address: string, port: number, isTaken: (key: string) => boolean): number {
    if (port !== 0) {
      if (isTaken(`${address} ${port}`)) throw new Error(`port ${port} of ${address} is taken`);
      return port;
    }
    for (let tries = 0; tries < EPHEMERAL_PORTS; tries++) {
      const candidate = FIRST_EPHEMERAL_PORT + (this.nextPort++ % EPHEMERAL_PORTS);
      if (!isTaken(`${address} ${candidate}`)) return candidate;
    }
    throw new Error(`no port of ${address} is free`);
  }

  private defaultAddress(family: HostAddress['family'], remote: string): string | undefined {
    if (this.attached.has(remote)) return remote;
    for (const { hostAddress } of this.attached.values()) {
      if (hostAddress.family === family && !hostAddress.isLoopback) return hostAddress.address;
    }
    return undefined;
  }

  private send(packet: Packet): void {
    const { source, destination } = packet;
    const isWildcard = source.address === '0.0.0.0' || source.address === '::';
    const address = isWildcard ? this.defaultAddress(familyOf(destination.address), destination.address) : source.address;
    const from = address === undefined ? undefined : this.attached.get(address);
    if (!from || address === undefined) return this.dropped(packet, 'unroutable');
    const sent: Packet = isWildcard ? { ...packet, source: { address, port: source.port } } : packet;
    if (this.attached.has(destination.address)) {
      this.clock.schedule(this.clock.now(), () => this.arrive(sent));
    } else if (from.attachment && from.zone) {
      const { zone } = from;
      from.attachment.up.carry(sent, (arrived) => zone.route(arrived));
    } else {
      this.dropped(packet, 'unroutable');
    }
  }

  private arrive(packet: Packet): void {
    if (packet.protocol === 'tcp') return this.arriveSegment(packet, packet.segment);
    const { address, port } = packet.destination;
    const wildcard = familyOf(address) === 'ipv4' ? '0.0.0.0' : '::';
    const socket = this.datagramSockets.get(`${address} ${port}`) ?? this.datagramSockets.get(`${wildcard} ${port}`);
    if (!socket) return this.dropped(packet, 'no-socket');
    socket.arrive(packet.bytes, packet.source.address, packet.source.port);
  }

  private arriveSegment(packet: Packet, segment: TcpSegment): void {
    const { source, destination } = packet;
    const path: Path = {
      localAddress: destination.address,
      localPort: destination.port,
      remoteAddress: source.address,
      remotePort: source.port,
    };
    const known = this.connections.get(keyOf(path));
    if (known) return known.arrive(segment);
    const wildcard = familyOf(destination.address) === 'ipv4' ? '0.0.0.0' : '::';
    const listener =
      this.listeners.get(`${destination.address} ${destination.port}`) ?? this.listeners.get(`${wildcard} ${destination.port}`);
    if (segment.kind === 'syn' && listener) {
      const connection = this.connection(path, (error) => {
        if (!error) listener.accept(connection);
      });
      connection.accept(segment);
    } else if (segment.kind === 'syn' || segment.kind === 'data') {
      const reset: TcpSegment = { kind: 'reset', sequence: 0, acknowledged: 0, bytes: new Uint8Array(0) };
      this.send({ protocol: 'tcp', source: destination, destination: source, segment: reset });
    }
  }

  private connection(path: Path, opened: (error: Error | undefined) => void): VirtualTcpConnection {
    const source = { address: path.localAddress, port: path.localPort };
    const destination = { address: path.remoteAddress, port: path.remotePort };
    const connection = new VirtualTcpConnection(
      this.clock,
      path,
      (segment) => this.send({ protocol: 'tcp', source, destination, segment }),
      opened,
      () => this.connections.delete(keyOf(path)),
    );
    this.connections.set(keyOf(path), connection);
    return connection;
  }
}

function keyOf(path: Path): string {
  return `${path.localAddress} ${path.localPort} ${path.remoteAddress} ${path.remotePort}`;
}

class VirtualDatagramSocket implements DatagramSocket {
  receiver: DatagramReceiver | undefined;
  private readonly paths = new Map<string, Path>();
  private isClosed = false;

  constructor(
    readonly localAddress: string,
    readonly localPort: number,
    private readonly transmit: (packet: Packet) => void,
    private readonly closed: () => void,
  ) {}

  pathTo(remoteAddress: string, remotePort: number): Path {
    const key = `${remoteAddress} ${remotePort}`;
    let path = this.paths.get(key);
    if (!path) {
      path = { localAddress: this.localAddress, localPort: this.localPort, remoteAddress, remotePort };
      this.paths.set(key, path);
    }
    return path;
  }

  send(bytes: Uint8Array, path: Path): void {
    if (this.isClosed) return;
    this.transmit({
      protocol: 'udp',
      source: { address: this.localAddress, port: this.localPort },
      destination: { address: path.remoteAddress, port: path.remotePort },
      bytes: new Uint8Array(bytes), // not slice(): a Buffer would share its memory
    });
  }

  flush(): void {}

  close(): void {
    this.isClosed = true;
    this.receiver = undefined;
    this.closed();
  }

  arrive(bytes: Uint8Array, remoteAddress: string, remotePort: number): void {
    const { receiver } = this;
    if (!receiver) return;
    receiver.datagram(bytes, this.pathTo(remoteAddress, remotePort));
    bytes.fill(POISON);
    receiver.settled();
  }
}

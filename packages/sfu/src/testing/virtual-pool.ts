import type { VirtualHost } from '@maru/netsim';
import type { BindOptions, PoolEndpoint, PoolReceiver } from '@maru/node';
import type { LendingPool } from '@maru/node/media';
import type { DatagramSocket, Path } from '@maru/protocol/core';
import { IpEndpoint } from '@maru/protocol/turn/server';

/** The UDP sockets of a virtual host, as a pool: what a media driver stands on in a simulation. */
export class VirtualPool implements LendingPool {
  receiver: PoolReceiver | undefined;
  readonly lost = 0;
  /** What is sent is copied at once. */
  readonly queuedDatagrams = 0;
  private readonly sockets: (DatagramSocket | undefined)[] = [];
  private readonly source = new IpEndpoint();

  /** `ports` are what the pools of one host share. */
  constructor(
    private readonly host: VirtualHost,
    private readonly ports = new VirtualPorts(),
  ) {}

  bind(address: string, port: number, { sharesPort = false }: BindOptions = {}): number {
    const bound = sharesPort ? this.ports.bind(this.host, address, port) : this.host.bindDatagram(address, port);
    const socket = this.sockets.push(bound) - 1;
    bound.receiver = {
      datagram: (bytes, path) => {
        this.source.setText(path.remoteAddress, path.remotePort);
        this.receiver?.datagram(socket, this.source, bytes, 0, bytes.length);
      },
      settled: () => this.receiver?.settled(),
    };
    return socket;
  }

  port(socket: number): number {
    return this.sockets[socket]?.localPort ?? 0;
  }

  close(socket: number): void {
    this.sockets[socket]?.close();
    this.sockets[socket] = undefined;
  }

  send(socket: number, to: PoolEndpoint, bytes: Uint8Array, offset: number, length: number): void {
    const bound = this.sockets[socket];
    bound?.send(bytes.slice(offset, offset + length), bound.pathTo(to.address, to.port));
  }

  sendLent(socket: number, to: PoolEndpoint, bytes: Uint8Array): void {
    this.send(socket, to, bytes, 0, bytes.length);
  }

  flush(): void {
    for (const socket of this.sockets) socket?.flush();
  }

  end(): void {
    for (const socket of this.sockets) socket?.close();
    this.sockets.length = 0;
  }
}

interface SharedEnd {
  readonly bound: DatagramSocket;
  readonly sharers: SharingSocket[];
}

/** Ports that several pools of a host have: senders are dealt out to them by their address, as SO_REUSEPORT does. */
export class VirtualPorts {
  private readonly ends = new Map<string, SharedEnd>();

  bind(host: VirtualHost, address: string, port: number): DatagramSocket {
    const name = `${address} ${port}`;
    let end = port === 0 ? undefined : this.ends.get(name);
    if (!end) {
      const bound = host.bindDatagram(address, port);
      const sharers: SharingSocket[] = [];
      end = { bound, sharers };
      this.ends.set(`${address} ${bound.localPort}`, end);
      bound.receiver = {
        datagram: (bytes, path) => sharers[dealt(path, sharers.length)]?.receiver?.datagram(bytes, path),
        settled: () => {
          for (const sharer of sharers) sharer.receiver?.settled();
        },
      };
    }
    const { bound, sharers } = end;
    const socket = new SharingSocket(bound, () => {
      sharers.splice(sharers.indexOf(socket), 1);
      if (sharers.length > 0) return;
      this.ends.delete(`${address} ${bound.localPort}`);
      bound.close();
    });
    sharers.push(socket);
    return socket;
  }
}

/** One pool's socket at a port that it shares. */
class SharingSocket implements DatagramSocket {
  receiver: DatagramSocket['receiver'];
  private isClosed = false;

  constructor(
    private readonly bound: DatagramSocket,
    private readonly closed: () => void,
  ) {}

  get localAddress(): string {
    return this.bound.localAddress;
  }

  get localPort(): number {
    return this.bound.localPort;
  }

  pathTo(remoteAddress: string, remotePort: number): Path {
    return this.bound.pathTo(remoteAddress, remotePort);
  }

  send(bytes: Uint8Array, path: Path): void {
    if (!this.isClosed) this.bound.send(bytes, path);
  }

  flush(): void {
    this.bound.flush();
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.closed();
  }
}

function dealt({ remoteAddress, remotePort }: Path, among: number): number {
  let sum = remotePort;
  for (const character of remoteAddress) sum = Math.imul(sum, 31) + character.charCodeAt(0);
  return (sum >>> 0) % among;
}

import type { VirtualHost } from '@maru/netsim';
import type { BindOptions, PoolEndpoint, PoolReceiver } from '@maru/node';
import type { LendingPool } from '@maru/node/media';
import type { DatagramSocket } from '@maru/protocol/core';
import { IpEndpoint } from '@maru/protocol/turn/server';

/** The UDP sockets of a virtual host, as a pool: what a media driver stands on in a simulation. */
export class VirtualPool implements LendingPool {
  receiver: PoolReceiver | undefined;
  readonly lost = 0;
  /** What is sent is copied at once. */
  readonly queuedDatagrams = 0;
  private readonly sockets: (DatagramSocket | undefined)[] = [];
  private readonly source = new IpEndpoint();

  constructor(private readonly host: VirtualHost) {}

  bind(address: string, port: number, _options?: BindOptions): number {
    const bound = this.host.bindDatagram(address, port);
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

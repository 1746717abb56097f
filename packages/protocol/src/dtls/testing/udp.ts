import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { systemClock } from '@maru/node';
import type { Peer } from './peers.js';

/** Puts a peer on a real UDP socket of 127.0.0.1, for foreign implementations. */
export class UdpPeer {
  private cancelTimer: (() => void) | undefined;
  private readonly waiting: (() => void)[] = [];
  private remotePort: number | undefined;

  private constructor(
    readonly peer: Peer,
    private readonly socket: Socket,
  ) {
    socket.on('message', (bytes, from) => {
      this.remotePort = from.port;
      peer.receive(systemClock.now(), new Uint8Array(bytes));
      this.settle();
    });
  }

  static async open(peer: Peer): Promise<UdpPeer> {
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    await once(socket, 'listening');
    return new UdpPeer(peer, socket);
  }

  get port(): number {
    return (this.socket.address() as AddressInfo).port;
  }

  start(remotePort?: number): void {
    this.remotePort = remotePort;
    this.peer.connection.start(systemClock.now(), this.peer.role);
    this.settle();
  }

  settle(): void {
    for (const datagram of this.peer.take()) {
      if (this.remotePort !== undefined) this.socket.send(datagram, this.remotePort, '127.0.0.1');
    }
    for (const check of this.waiting.splice(0)) check();
    this.cancelTimer?.();
    const { deadline } = this.peer.connection;
    if (deadline === Infinity) return;
    this.cancelTimer = systemClock.schedule(deadline, () => {
      this.peer.connection.advance(systemClock.now());
      this.settle();
    });
  }

  /** Resolves once `isTrue`, which is asked after every input. */
  until(isTrue: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const check = (): void => {
        if (isTrue()) resolve();
        else this.waiting.push(check);
      };
      check();
    });
  }

  close(): void {
    this.cancelTimer?.();
    this.socket.close();
  }
}

/** A UDP port that is free at the moment. */
export async function freeUdpPort(): Promise<number> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address() as AddressInfo;
  await new Promise<void>((resolve) => socket.close(() => resolve()));
  return port;
}

import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import type { DatagramReceiver, DatagramSocket, Path } from '@maru/protocol/core';
import { PathTable } from './path-table.js';

/** Asked of the system for each direction; what it grants may be less (`net.core.rmem_max`). */
const SOCKET_BUFFER_BYTES = 4 * 1024 * 1024;
const SLAB_BYTES = 256 * 1024;
/** Slabs that no socket sends from now: an idle socket keeps none. */
const spareSlabs: Buffer<ArrayBuffer>[] = [];
const MAX_SPARE = 4;
const NO_SLAB = Buffer.alloc(0);

/** Addresses are always literal here: without this, each send would wait for a turn of the event loop. */
const literally = (address: string, _options: unknown, done: (error: null, address: string, family: number) => void): void =>
  done(null, address, address.includes(':') ? 6 : 4);

/**
 * A UDP socket over node:dgram. node:dgram keeps a buffer until its send is through, and callers lend theirs for the call:
 * what is sent is copied into a slab that is used again once nothing of it waits.
 */
export class NodeDatagramSocket implements DatagramSocket {
  receiver: DatagramReceiver | undefined;
  private readonly paths: PathTable;
  private slab = NO_SLAB;
  private slabUsed = 0;
  private settling = false;
  private isClosed = false;

  private constructor(
    private readonly socket: Socket,
    readonly localAddress: string,
    readonly localPort: number,
  ) {
    this.paths = new PathTable(localAddress, localPort);
    socket.on('message', this.onMessage);
    socket.on('error', this.onError);
  }

  /** Binds `address` and `port`; port 0 is any free one. Rejects with the system's error. */
  static open(address: string, port: number): Promise<NodeDatagramSocket> {
    const family = isIPv6(address) ? ({ type: 'udp6', ipv6Only: true } as const) : ({ type: 'udp4' } as const);
    const socket = createSocket({ ...family, lookup: literally });
    return new Promise((opened, failed) => {
      const onError = (cause: Error): void => {
        socket.close();
        failed(new Error(`cannot bind UDP ${address} port ${port}: ${cause.message}`, { cause }));
      };
      socket.once('error', onError);
      socket.bind({ address, port, exclusive: true }, () => {
        socket.removeListener('error', onError);
        enlargeBuffers(socket);
        opened(new NodeDatagramSocket(socket, address, socket.address().port));
      });
    });
  }

  pathTo(remoteAddress: string, remotePort: number): Path {
    return this.paths.get(remoteAddress, remotePort);
  }

  send(bytes: Uint8Array, path: Path): void {
    if (this.isClosed) return;
    const copy = this.reserve(bytes.length);
    copy.set(bytes);
    this.socket.send(copy, path.remotePort, path.remoteAddress);
  }

  /** What was sent is with the system already, nearly always: then the slab is free for any socket. */
  flush(): void {
    if (this.slab.length !== SLAB_BYTES || this.isClosed || this.socket.getSendQueueCount() > 0) return;
    if (spareSlabs.length < MAX_SPARE) spareSlabs.push(this.slab);
    this.slab = NO_SLAB;
    this.slabUsed = 0;
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.receiver = undefined;
    this.socket.close();
  }

  private reserve(length: number): Buffer {
    if (this.slabUsed + length > this.slab.length) {
      const isIdle = this.slab.length >= length && this.socket.getSendQueueCount() === 0;
      if (!isIdle) this.slab = newSlab(length);
      this.slabUsed = 0;
    }
    const at = this.slabUsed;
    this.slabUsed += length;
    return this.slab.subarray(at, at + length);
  }

  private readonly onMessage = (bytes: Buffer, from: RemoteInfo): void => {
    this.receiver?.datagram(bytes, this.paths.get(from.address, from.port));
    if (this.settling) return;
    // node:dgram hands over one datagram a call; whatever else is there comes before the next setImmediate
    this.settling = true;
    setImmediate(this.settle);
  };

  private readonly settle = (): void => {
    this.settling = false;
    this.receiver?.settled();
  };

  /** On UDP, errors are news of other hosts (ICMP) or of full buffers: losses, which every protocol above expects. */
  private readonly onError = (): void => {};
}

function newSlab(length: number): Buffer<ArrayBuffer> {
  if (length > SLAB_BYTES) return Buffer.allocUnsafeSlow(length);
  return spareSlabs.pop() ?? Buffer.allocUnsafeSlow(SLAB_BYTES);
}

function enlargeBuffers(socket: Socket): void {
  try {
    socket.setRecvBufferSize(SOCKET_BUFFER_BYTES);
    socket.setSendBufferSize(SOCKET_BUFFER_BYTES);
  } catch {
    // the system's own sizes serve too, only less far: nothing to act on
  }
}

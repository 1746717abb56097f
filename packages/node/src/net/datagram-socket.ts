import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import type { DatagramReceiver, DatagramSocket, Path } from '@maru/protocol/core';
import { PathTable } from './path-table.js';

/** Asked of the system for each direction; what it grants may be less (`net.core.rmem_max`). */
const SOCKET_BUFFER_BYTES = 4 * 1024 * 1024;
/** Of what fits an Ethernet frame; larger datagrams are copied to memory of their own. */
const SLOT_BYTES = 1_536;
const SLOTS = 170;

/** Memory that datagrams are sent from, and views of its slots: each is as long as the last datagram there, mostly that of the next, too. */
class SendSlab {
  private readonly bytes = new Uint8Array(SLOTS * SLOT_BYTES);
  private readonly views = new Array<Uint8Array | undefined>(SLOTS).fill(undefined);

  copy(slot: number, from: Uint8Array): Uint8Array {
    const { length } = from;
    const known = this.views[slot];
    const at = slot * SLOT_BYTES;
    const view = known?.length === length ? known : (this.views[slot] = this.bytes.subarray(at, at + length));
    view.set(from);
    return view;
  }
}

/** Slabs that no socket sends from now: an idle socket keeps none. */
const spareSlabs: SendSlab[] = [];
const MAX_SPARE = 4;

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
  private slab: SendSlab | undefined;
  private slotsUsed = 0;
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
    const copy = bytes.length > SLOT_BYTES ? new Uint8Array(bytes) : this.nextSlab().copy(this.slotsUsed++, bytes);
    this.socket.send(copy, path.remotePort, path.remoteAddress);
  }

  /** What was sent is with the system already, nearly always: then the slab is free for any socket. */
  flush(): void {
    if (!this.slab || this.isClosed || this.socket.getSendQueueCount() > 0) return;
    if (spareSlabs.length < MAX_SPARE) spareSlabs.push(this.slab);
    this.slab = undefined;
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.receiver = undefined;
    this.socket.close();
  }

  /** One with a slot that nothing waits in. */
  private nextSlab(): SendSlab {
    if (this.slab && this.slotsUsed < SLOTS) return this.slab;
    const isIdle = this.slab && this.socket.getSendQueueCount() === 0;
    this.slotsUsed = 0;
    return isIdle ? this.slab! : (this.slab = spareSlabs.pop() ?? new SendSlab());
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

function enlargeBuffers(socket: Socket): void {
  try {
    socket.setRecvBufferSize(SOCKET_BUFFER_BYTES);
    socket.setSendBufferSize(SOCKET_BUFFER_BYTES);
  } catch {
    // the system's own sizes serve too, only less far: nothing to act on
  }
}

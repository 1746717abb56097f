import { type Addon, addon, type NativeSocket } from '@maru/native';
import type { DatagramReceiver, DatagramSocket, Path } from '@maru/protocol/core';
import { PathTable } from './path-table.js';

const RECEIVE_SLAB_BYTES = 16 * 65_536;
const MAX_RECEIVED = 2_048;
const SEND_SLAB_BYTES = 128 * 1024;
const MAX_SENT = 512;
/** Numbers a descriptor has: offset, length, peer. */
const DESCRIPTOR = 3;
const SOCKET_BUFFER_BYTES = 4 * 1024 * 1024;

/** What waits to be sent: bytes one behind another, and for each datagram where it is and to whom it goes. */
interface Outbox {
  readonly slab: Uint8Array;
  readonly descriptors: Int32Array;
}

/** What every native socket of this thread receives into: batches are handed over before the next one comes. */
let received: { readonly slab: Uint8Array; readonly descriptors: Int32Array } | undefined;
/** Outboxes that no socket uses now: an idle socket keeps none. */
const spareOutboxes: Outbox[] = [];
const MAX_SPARE = 4;

function prepare(native: Addon): NonNullable<typeof received> {
  if (!received) {
    received = { slab: new Uint8Array(RECEIVE_SLAB_BYTES), descriptors: new Int32Array(MAX_RECEIVED * DESCRIPTOR) };
    native.receiveInto(received.slab, received.descriptors);
  }
  return received;
}

/** A UDP socket over @maru/native: batches in (recvmmsg, UDP_GRO), batches out (UDP_SEGMENT). */
export class NativeDatagramSocket implements DatagramSocket {
  receiver: DatagramReceiver | undefined;
  readonly localPort: number;
  private readonly socket: NativeSocket;
  private readonly paths: PathTable;
  private pathOfPeer: (Path | undefined)[] = [];
  private peerOfPath = new Map<Path, number>();
  private generation = 0;
  private outbox: Outbox | undefined;
  private usedBytes = 0;
  private queued = 0;
  private sent = 0;
  private isBlocked = false;
  private isClosed = false;
  private readonly inbox: NonNullable<typeof received>;

  private constructor(
    private readonly native: Addon,
    readonly localAddress: string,
    port: number,
  ) {
    this.inbox = prepare(native);
    this.socket = native.openSocket(localAddress, port, SOCKET_BUFFER_BYTES, this.onBatch, this.onWritable);
    this.localPort = native.localPort(this.socket);
    this.paths = new PathTable(localAddress, this.localPort);
  }

  /** Binds `address` and `port`; port 0 is any free one. Throws with what the system said. */
  static open(address: string, port: number): NativeDatagramSocket {
    if (!addon) throw new Error('@maru/native is not there');
    try {
      return new NativeDatagramSocket(addon, address, port);
    } catch (cause) {
      throw new Error(`cannot bind UDP ${address} port ${port}: bind ${cause instanceof Error ? cause.message : cause}`, {
        cause,
      });
    }
  }

  /** What of batching the kernel grants: segments sent by one call, segments received by one. */
  get offload(): { readonly send: boolean; readonly receive: boolean } {
    const bits = this.native.offload(this.socket);
    return { send: (bits & 1) !== 0, receive: (bits & 2) !== 0 };
  }

  pathTo(remoteAddress: string, remotePort: number): Path {
    return this.paths.get(remoteAddress, remotePort);
  }

  send(bytes: Uint8Array, path: Path): void {
    if (this.isClosed || bytes.length > SEND_SLAB_BYTES) return;
    const peer = this.peerOf(path);
    if (peer < 0) return;
    if (this.usedBytes + bytes.length > SEND_SLAB_BYTES || this.queued === MAX_SENT) {
      this.flush();
      if (this.isBlocked) return; // the socket's own buffer and ours are full: a loss, as in any queue
    }
    this.outbox ??= spareOutboxes.pop() ?? {
      slab: new Uint8Array(SEND_SLAB_BYTES),
      descriptors: new Int32Array(MAX_SENT * DESCRIPTOR),
    };
    const { slab, descriptors } = this.outbox;
    slab.set(bytes, this.usedBytes);
    const at = this.queued * DESCRIPTOR;
    descriptors[at] = this.usedBytes;
    descriptors[at + 1] = bytes.length;
    descriptors[at + 2] = peer;
    this.usedBytes += bytes.length;
    this.queued += 1;
  }

  flush(): void {
    const { outbox } = this;
    if (!outbox || this.isBlocked || this.isClosed) return;
    this.sent += this.native.sendBatch(this.socket, outbox.slab, outbox.descriptors, this.sent, this.queued);
    if (this.sent < this.queued) {
      this.isBlocked = true;
      return;
    }
    this.releaseOutbox();
  }

  close(): void {
    if (this.isClosed) return;
    this.flush();
    this.isClosed = true;
    this.receiver = undefined;
    this.releaseOutbox();
    this.native.closeSocket(this.socket);
  }

  private releaseOutbox(): void {
    if (this.outbox && spareOutboxes.length < MAX_SPARE) spareOutboxes.push(this.outbox);
    this.outbox = undefined;
    this.sent = this.queued = this.usedBytes = 0;
  }

  private peerOf(path: Path): number {
    const known = this.peerOfPath.get(path);
    if (known !== undefined) return known;
    const peer = this.native.peerIndex(this.socket, path.remoteAddress, path.remotePort);
    this.follow(this.native.generation(this.socket));
    this.peerOfPath.set(path, peer);
    return peer;
  }

  /** The addon forgot its peers: what is still queued for old integers is lost, what comes is looked up anew. */
  private follow(generation: number): void {
    if (generation === this.generation) return;
    this.generation = generation;
    this.pathOfPeer = [];
    this.peerOfPath = new Map();
    this.isBlocked = false;
    this.releaseOutbox();
  }

  private pathOf(peer: number): Path {
    const known = this.pathOfPeer[peer];
    if (known) return known;
    const [address = '', port = '0'] = this.native.peerAddress(this.socket, peer).split(' ');
    const path = this.paths.get(address, Number(port));
    this.pathOfPeer[peer] = path;
    this.peerOfPath.set(path, peer);
    return path;
  }

  private readonly onBatch = (from: number, to: number, generation: number): void => {
    this.follow(generation);
    const { slab, descriptors } = this.inbox;
    for (let at = from * DESCRIPTOR; at < to * DESCRIPTOR; at += DESCRIPTOR) {
      const { receiver } = this;
      if (!receiver) return;
      const offset = descriptors[at]!;
      receiver.datagram(slab.subarray(offset, offset + descriptors[at + 1]!), this.pathOf(descriptors[at + 2]!));
    }
    this.receiver?.settled();
  };

  private readonly onWritable = (): void => {
    this.isBlocked = false;
    this.flush();
  };
}

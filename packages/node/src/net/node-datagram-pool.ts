import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { BindError, type BindOptions, type DatagramPool, type PoolEndpoint, type PoolReceiver } from './datagram-pool.js';

/** Addresses are always literal here: with this, binding and sending are done when the call returns. */
const literally = (address: string, _options: unknown, done: (error: null, address: string, family: number) => void): void =>
  done(null, address, address.includes(':') ? 6 : 4);

/**
 * How sockets of several threads share a port: SO_REUSEPORT since Node.js 22.12 and 23.1, where the system deals senders out to them. Before, there
 * is SO_REUSEADDR only: everything comes to the one that was bound last, to the one before it once that is closed, and so on.
 */
const SHARING = knowsReusePort(process.versions.node) ? ({ reusePort: true } as const) : ({ reuseAddr: true } as const);

/** Holds any datagram, and is small enough to come from memory that was used before. */
const SLAB_BYTES = 65_536;
/** Addresses whose text is remembered; a power of two. */
const TEXTS = 4_096;

/** The same over node:dgram, one datagram at a time. */
export class NodeDatagramPool implements DatagramPool {
  receiver: PoolReceiver | undefined;
  lost = 0;
  private readonly sockets: (Socket | undefined)[] = [];
  private readonly free: number[] = [];
  private readonly texts = new AddressTexts();
  private slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
  private slabUsed = 0;
  /** What is being received: it belongs to nobody else, so it can be sent as it is. */
  private incoming: Uint8Array | undefined;
  private isSettling = false;

  constructor(private readonly source: PoolEndpoint) {}

  bind(address: string, port: number, options: BindOptions = {}): number {
    const type = address.includes(':') ? ({ type: 'udp6', ipv6Only: true } as const) : ({ type: 'udp4' } as const);
    const socket = createSocket({ ...type, lookup: literally, ...(options.sharesPort && SHARING) });
    let failure: (Error & { code?: string }) | undefined;
    const onError = (error: Error): void => {
      failure = error;
    };
    socket.on('error', onError);
    socket.bind({ address, port, exclusive: true }); // done when it returns: the address is literal
    socket.removeListener('error', onError);
    if (failure) {
      socket.close();
      throw new BindError(failure.code ?? failure.message, `UDP ${address}`, port);
    }
    const index = this.free.pop() ?? this.sockets.length;
    this.sockets[index] = socket;
    socket.on('error', ignore);
    socket.on('message', (bytes, from) => this.onMessage(index, bytes, from));
    if (options.bufferBytes !== undefined) enlarge(socket, options.bufferBytes);
    return index;
  }

  port(socket: number): number {
    return this.sockets[socket]!.address().port;
  }

  close(index: number): void {
    const socket = this.sockets[index];
    if (!socket) return;
    this.sockets[index] = undefined;
    this.free.push(index);
    socket.close();
  }

  send(socket: number, to: PoolEndpoint, bytes: Uint8Array, offset: number, length: number, header: number): void {
    const open = this.sockets[socket];
    if (!open) {
      this.lost += 1;
      return;
    }
    if (header === 0 && bytes === this.incoming) {
      open.send(bytes.subarray(offset, offset + length), to.port, this.texts.of(to));
      return;
    }
    const room = this.reserve(length + 4);
    let at = 0;
    if (header !== 0) at = room.writeInt32BE(header | 0, 0);
    room.set(bytes.subarray(offset, offset + length), at);
    open.send(room.subarray(0, at + length), to.port, this.texts.of(to));
  }

  /** Sends bytes that stay as they are while {@link queuedDatagrams} is not 0. */
  sendLent(socket: number, to: PoolEndpoint, bytes: Uint8Array): void {
    const open = this.sockets[socket];
    if (open) open.send(bytes, to.port, this.texts.of(to));
    else this.lost += 1;
  }

  /** What node:dgram keeps because a socket's buffer is full. */
  get queuedDatagrams(): number {
    let queued = 0;
    for (const socket of this.sockets) queued += socket?.getSendQueueCount() ?? 0;
    return queued;
  }

  flush(): void {}

  end(): void {
    this.receiver = undefined;
    for (const [index] of this.sockets.entries()) this.close(index);
  }

  /** node:dgram keeps what it sends until that is through, and does not say when cheaply: each part of a slab is used once. */
  private reserve(length: number): Buffer {
    if (this.slabUsed + length > SLAB_BYTES) {
      this.slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
      this.slabUsed = 0;
    }
    const at = this.slabUsed;
    this.slabUsed += length;
    return this.slab.subarray(at, at + length);
  }

  private onMessage(socket: number, bytes: Buffer, from: RemoteInfo): void {
    const { receiver, source } = this;
    if (!receiver || !source.setText(from.address, from.port)) return;
    this.incoming = bytes;
    receiver.datagram(socket, source, bytes, 0, bytes.length);
    this.incoming = undefined;
    if (this.isSettling) return;
    this.isSettling = true;
    setImmediate(this.settle);
  }

  private readonly settle = (): void => {
    this.isSettling = false;
    this.receiver?.settled();
  };
}

function knowsReusePort(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 23 || (major === 23 && minor >= 1) || (major === 22 && minor >= 12);
}

const ignore = (): void => {}; // news of other hosts or of full buffers: losses, which every protocol above expects

function enlarge(socket: Socket, bytes: number): void {
  try {
    socket.setRecvBufferSize(bytes);
    socket.setSendBufferSize(bytes);
  } catch {
    // the system's own sizes serve too, only less far: nothing to act on
  }
}

/** Texts of addresses that were sent to lately, so that a packet costs no formatting. A slot holds the latest of those that share it. */
class AddressTexts {
  private readonly words = new Int32Array(TEXTS * 4);
  private readonly texts: (string | undefined)[] = new Array<string | undefined>(TEXTS).fill(undefined);

  of(endpoint: PoolEndpoint): string {
    const { w0, w1, w2, w3 } = endpoint;
    const mixed = Math.imul(w3 ^ Math.imul(w2, 31) ^ Math.imul(w1, 17) ^ w0, 0x9e3779b1);
    const slot = (mixed >>> 16) & (TEXTS - 1);
    const { words } = this;
    const at = slot * 4;
    const known = this.texts[slot];
    if (known !== undefined && words[at] === w0 && words[at + 1] === w1 && words[at + 2] === w2 && words[at + 3] === w3)
      return known;
    words[at] = w0;
    words[at + 1] = w1;
    words[at + 2] = w2;
    words[at + 3] = w3;
    return (this.texts[slot] = endpoint.address);
  }
}

import { type Addon, addon, type NativePool } from '@maru/native';
import { BindError, type BindOptions, type DatagramPool, type PoolEndpoint, type PoolReceiver } from './datagram-pool.js';

/** As the addon wants it: slots, and some bytes more in each so that they do not compete for the same cache lines. */
const RECEIVE_SLAB_BYTES = 64 * (65_536 + 1_088);
const MAX_RECEIVED = 128;
/** Numbers that describe a train received: socket, offset, length, step, address, port. */
const RECEIVED = 10;
const SEND_SLAB_BYTES = 128 * 1024;
const MAX_SENT = 1_024;
/** Numbers that describe a datagram to send: socket, offset, length, header, flags, address, port. */
const SENT = 10;
/** How long datagrams may gather while many come. A call does not notice; below it, waking up costs more than relaying. */
const REST_NS = 250_000;
const SHARES_PORT = 1;
const REPORTS_ERRORS = 2;
const MAY_FRAGMENT = 4;
const RECEIVES_SINGLY = 8;
const RECEIVES_WHEN_ASKED = 16;
const STAMPS_ARRIVAL = 32;
const DONT_FRAGMENT = 1;

/** Datagrams that wait for {@link NativeDatagramPool.flush}, all of them in one slab. */
class Outbox {
  readonly table = new Int32Array(MAX_SENT * SENT);
  count = 0;

  add(socket: number, to: PoolEndpoint, offset: number, length: number, header: number, flags: number): void {
    const { table } = this;
    const at = this.count * SENT;
    table[at] = socket;
    table[at + 1] = offset;
    table[at + 2] = length;
    table[at + 3] = header;
    table[at + 4] = flags;
    table[at + 5] = to.w0;
    table[at + 6] = to.w1;
    table[at + 7] = to.w2;
    table[at + 8] = to.w3;
    table[at + 9] = to.port;
    this.count += 1;
  }
}

/**
 * A pool over @maru/native: one wake-up reads every socket that has something (recvmmsg, UDP_GRO), and what goes from one socket
 * to one end leaves in one call (UDP_SEGMENT), straight from where it was received.
 */
export class NativeDatagramPool implements DatagramPool {
  receiver: PoolReceiver | undefined;
  lost = 0;
  /** For how many microseconds the datagram that is being told of had lain with the system, where its socket `stampsArrival`. */
  waitedUs = 0;
  /** For other parts of the addon that send through the same sockets. */
  readonly handle: NativePool;
  /** What comes in, and behind it the room that was asked for. */
  readonly inbox: Uint8Array;
  private readonly received = new Int32Array(MAX_RECEIVED * RECEIVED);
  private readonly forwarded = new Outbox();
  private readonly copied = new Outbox();
  private readonly slab = new Uint8Array(SEND_SLAB_BYTES);
  private slabUsed = 0;
  private hasEnded = false;
  private isReceiving = false;
  /** Sockets that are to be closed when the batch is through. */
  private readonly closing: number[] = [];

  private constructor(
    private readonly native: Addon,
    /** Filled anew for each datagram. */
    private readonly source: PoolEndpoint,
    rests: boolean,
    roomBytes: number,
  ) {
    this.inbox = new Uint8Array(RECEIVE_SLAB_BYTES + roomBytes);
    this.handle = native.openPool(this.inbox, this.received, rests ? REST_NS : 0, this.onBatch);
  }

  /**
   * Throws where the addon is not there: `driver.name` says so. `rests`: under load it lets datagrams gather for
   * {@link REST_NS}, as network cards do with their interrupts. `roomBytes`: kept behind what comes in, for its owner.
   */
  static open(
    source: PoolEndpoint,
    { rests = true, roomBytes = 0 }: { readonly rests?: boolean; readonly roomBytes?: number } = {},
  ): NativeDatagramPool {
    if (!addon) throw new Error('@maru/native is not there');
    return new NativeDatagramPool(addon, source, rests, roomBytes);
  }

  bind(address: string, port: number, options: BindOptions = {}): number {
    const flags =
      (options.sharesPort ? SHARES_PORT : 0) |
      (options.reportsErrors ? REPORTS_ERRORS : 0) |
      (options.mayFragment ? MAY_FRAGMENT : 0) |
      (options.receivesSingly ? RECEIVES_SINGLY : 0) |
      (options.receivesWhenAsked ? RECEIVES_WHEN_ASKED : 0) |
      (options.stampsArrival ? STAMPS_ARRIVAL : 0);
    const socket = this.native.poolBind(this.handle, address, port, options.bufferBytes ?? 0, flags);
    if (socket < 0) throw new BindError(this.native.errorName(socket), `UDP ${address}`, port);
    return socket;
  }

  port(socket: number): number {
    return this.native.poolPort(this.handle, socket);
  }

  close(socket: number): void {
    if (this.hasEnded) return;
    this.flush(); // its number may mean another socket by then
    if (this.isReceiving)
      this.closing.push(socket); // so may what was received for it
    else this.native.poolClose(this.handle, socket);
  }

  send(
    socket: number,
    to: PoolEndpoint,
    bytes: Uint8Array,
    offset: number,
    length: number,
    header: number,
    dontFragment: boolean,
  ): void {
    const flags = dontFragment ? DONT_FRAGMENT : 0;
    if (bytes === this.inbox) {
      if (this.forwarded.count === MAX_SENT) this.flushForwarded();
      this.forwarded.add(socket, to, offset, length, header, flags);
      return;
    }
    if (length > SEND_SLAB_BYTES) return;
    if (this.slabUsed + length > SEND_SLAB_BYTES || this.copied.count === MAX_SENT) this.flushCopied();
    this.slab.set(length === bytes.length ? bytes : bytes.subarray(offset, offset + length), this.slabUsed);
    this.copied.add(socket, to, this.slabUsed, length, header, flags);
    this.slabUsed += length;
  }

  flush(): void {
    this.flushForwarded();
    this.flushCopied();
  }

  /** Hands over what has come to sockets that were bound with `receivesWhenAsked`. */
  receiveNow(): void {
    if (this.hasEnded || this.isReceiving) return;
    this.native.poolReceive(this.handle);
  }

  end(): void {
    if (this.hasEnded) return;
    this.flush();
    this.hasEnded = true;
    this.receiver = undefined;
    this.native.closePool(this.handle);
  }

  private flushForwarded(): void {
    if (this.forwarded.count > 0) this.hand(this.inbox, this.forwarded);
  }

  private flushCopied(): void {
    if (this.copied.count > 0) this.hand(this.slab, this.copied);
    this.slabUsed = 0;
  }

  private hand(slab: Uint8Array, outbox: Outbox): void {
    if (!this.hasEnded) this.lost += this.native.poolSend(this.handle, slab, outbox.table, outbox.count);
    outbox.count = 0;
  }

  private readonly onBatch = (count: number): void => {
    this.isReceiving = true;
    for (let row = 0; row < count; row++) this.deliver(row);
    this.receiver?.settled();
    this.isReceiving = false;
    this.flush();
    while (this.closing.length > 0 && !this.hasEnded) this.native.poolClose(this.handle, this.closing.pop()!);
  };

  private deliver(row: number): void {
    const { received, source, inbox, receiver } = this;
    if (!receiver) return;
    const at = row * RECEIVED;
    const socket = received[at]!;
    const offset = received[at + 1]!;
    const length = received[at + 2]!;
    const step = received[at + 3]!;
    source.w0 = received[at + 4]!;
    source.w1 = received[at + 5]!;
    source.w2 = received[at + 6]!;
    source.w3 = received[at + 7]!;
    source.port = received[at + 8]!;
    this.waitedUs = received[at + 9]!;
    if (offset < 0) {
      receiver.unreachable(socket, source, length >>> 8, length & 0xff, step);
      return;
    }
    const end = offset + length;
    let start = offset;
    do {
      receiver.datagram(socket, source, inbox, start, Math.min(step, end - start));
      start += step;
    } while (start < end);
  }
}

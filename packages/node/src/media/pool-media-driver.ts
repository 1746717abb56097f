import { assert, type SrtpMasterKey, type SrtpProfile } from '@maru/protocol/core';
import type { OpenBatch, SealBatch } from '@maru/protocol/srtp';
import { IpEndpoint } from '@maru/protocol/turn/server';
import { systemRandom } from '../crypto/random.js';
import type { BindOptions, DatagramPool, PoolEndpoint, PoolReceiver } from '../net/datagram-pool.js';
import { AddressTable, STREAM_SOCKET } from './address-table.js';
import { INBOX_SLAB, type MediaCounters, type MediaDriver, type MediaReceiver, RECEIVED_INTS } from './media-driver.js';

/** Datagrams told at once. */
const MAX_RECEIVED = 4_096;
/** The inbox and what `addSlab` adds to it. */
const MAX_SLABS = 16;

/** What packets of streams may wait in: some hundred of them. */
export const INJECTED_BYTES = 256 * 1024;

const NO_BYTES = new Uint8Array(0);

/** What both drivers do in the same way, over a pool of UDP sockets: addresses, batches of what came in, streams. */
export abstract class PoolMediaDriver implements MediaDriver, PoolReceiver {
  abstract readonly name: 'native' | 'node';
  readonly received = new Int32Array(MAX_RECEIVED * RECEIVED_INTS);
  readonly addresses = new AddressTable(systemRandom.uint32() | 0);
  readonly counters: MediaCounters = { packetsReceived: 0, packetsSent: 0, bytesSent: 0, sends: 0, packetsLost: 0 };
  receiver: MediaReceiver | undefined;
  /** By their integers; a gap is empty memory. */
  protected readonly slabs: Uint8Array[];
  protected readonly endpoint = new IpEndpoint();
  protected hasEnded = false;
  private receivedCount = 0;
  private injectedBytes = 0;
  private willTell = false;
  private isTelling = false;

  /** The last {@link INJECTED_BYTES} of `inbox` are for what comes over streams. */
  protected constructor(
    protected readonly pool: DatagramPool,
    readonly inbox: Uint8Array,
  ) {
    this.slabs = [inbox];
    pool.receiver = this;
  }

  abstract addKey(profile: SrtpProfile, master: SrtpMasterKey): number;
  abstract removeKey(key: number): void;
  abstract open(batch: OpenBatch): void;
  abstract send(batch: SealBatch): void;

  bind(address: string, port: number, options?: BindOptions): number {
    const socket = this.pool.bind(address, port, options);
    this.addresses.setLocal(socket, address, this.pool.port(socket));
    return socket;
  }

  port(socket: number): number {
    return this.pool.port(socket);
  }

  close(socket: number): void {
    this.pool.close(socket);
  }

  addSlab(bytes: Uint8Array): number {
    const gap = this.slabs.indexOf(NO_BYTES);
    const slab = gap < 0 ? this.slabs.length : gap;
    assert(slab < MAX_SLABS, `a driver takes bodies from ${MAX_SLABS} slabs at most`);
    this.slabs[slab] = bytes;
    return slab;
  }

  removeSlab(slab: number): void {
    assert(slab !== INBOX_SLAB, 'the inbox stays');
    if (slab < this.slabs.length) this.slabs[slab] = NO_BYTES;
  }

  transmit(address: number, bytes: Uint8Array, offset = 0, length = bytes.length - offset): void {
    const socket = this.addresses.read(address, this.endpoint);
    if (socket === STREAM_SOCKET) this.receiver?.toStream(address, bytes, offset, length);
    else if (socket < 0 || this.hasEnded) this.counters.packetsLost += 1;
    else this.pool.send(socket, this.endpoint, bytes, offset, length, 0, false);
  }

  flush(): void {
    if (!this.hasEnded) this.pool.flush();
  }

  inject(address: number, bytes: Uint8Array, offset = 0, length = bytes.length - offset): boolean {
    if (this.receivedCount === MAX_RECEIVED) this.settled();
    if (this.isTelling || !this.hasRoomFor(length)) {
      this.counters.packetsLost += 1;
      return false;
    }
    const at = this.inbox.length - INJECTED_BYTES + this.injectedBytes;
    this.inbox.set(bytes.subarray(offset, offset + length), at);
    this.injectedBytes += length;
    this.append(at, length, address, 0);
    if (this.willTell) return true;
    this.willTell = true;
    setImmediate(this.onWillTell);
    return true;
  }

  hasRoomFor(length: number): boolean {
    return this.injectedBytes + length <= INJECTED_BYTES;
  }

  tellInjected(): void {
    if (this.isTelling) return;
    this.settled();
    this.flush();
  }

  end(): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    this.receiver = undefined;
    this.pool.end();
  }

  abstract datagram(socket: number, from: PoolEndpoint, bytes: Uint8Array, offset: number, length: number): void;

  unreachable(): void {} // consent (RFC 7675) says who is gone: an ICMP error can be forged

  settled(): void {
    const { receivedCount } = this;
    if (receivedCount === 0) return;
    this.counters.packetsReceived += receivedCount;
    this.isTelling = true;
    this.receiver?.received(receivedCount);
    this.isTelling = false;
    this.receivedCount = this.injectedBytes = 0;
  }

  /** Takes note of a datagram that lies in the inbox. */
  protected append(offset: number, length: number, address: number, waitedUs: number): void {
    if (this.receivedCount === MAX_RECEIVED) this.settled();
    const { received } = this;
    const at = this.receivedCount * RECEIVED_INTS;
    received[at] = offset;
    received[at + 1] = length;
    received[at + 2] = address;
    received[at + 3] = waitedUs;
    this.receivedCount += 1;
  }

  private readonly onWillTell = (): void => {
    this.willTell = false;
    this.tellInjected();
  };
}

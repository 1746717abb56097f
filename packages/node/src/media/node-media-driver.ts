import type { SrtpMasterKey, SrtpProfile } from '@maru/protocol/core';
import {
  OPEN_INTS,
  OPENED,
  type OpenBatch,
  OpenField,
  SEAL_INTS,
  type SealBatch,
  SealField,
  SrtpRefusal,
  type SrtpTransform,
} from '@maru/protocol/srtp';
import { IpEndpoint } from '@maru/protocol/turn/server';
import type { DatagramPool, PoolEndpoint } from '../net/datagram-pool.js';
import { NodeDatagramPool } from '../net/node-datagram-pool.js';
import { NO_SOCKET, STREAM_SOCKET } from './address-table.js';
import { BatchOrder } from './batch-order.js';
import { Integers } from './integers.js';
import { LOT, LotSealer, type LotSource } from './lot-sealer.js';
import { MediaKey } from './media-key.js';
import { INJECTED_BYTES, PoolMediaDriver } from './pool-media-driver.js';

/** What the event loop may hand over between two turns. */
const DATAGRAM_BYTES = 2 * 1024 * 1024;

/** A pool of UDP sockets that sends bytes which it is only lent: node:dgram's, or one of a simulation. */
export interface LendingPool extends DatagramPool {
  /** The bytes stay as they are while {@link queuedDatagrams} is not 0. */
  sendLent(socket: number, to: PoolEndpoint, bytes: Uint8Array): void;
  readonly queuedDatagrams: number;
}

/** The batch path over node:dgram and node:crypto. Packets are sealed together and cross the border to the system one by one. */
export class NodeMediaDriver extends PoolMediaDriver implements LotSource {
  readonly name = 'node';
  private readonly keys = new Integers<MediaKey>();
  private inboxUsed = 0;
  private readonly order = new BatchOrder();
  private readonly sealer = new LotSealer(this);

  private constructor(private readonly dgrams: LendingPool) {
    super(dgrams, new Uint8Array(DATAGRAM_BYTES + INJECTED_BYTES));
  }

  static open(): NodeMediaDriver {
    return NodeMediaDriver.over(new NodeDatagramPool(new IpEndpoint()));
  }

  /** On sockets of another network, such as a simulated one. */
  static over(pool: LendingPool): NodeMediaDriver {
    return new NodeMediaDriver(pool);
  }

  addKey(profile: SrtpProfile, master: SrtpMasterKey): number {
    return this.keys.add(new MediaKey(profile, master));
  }

  removeKey(key: number): void {
    this.keys.remove(key);
  }

  keyOf(key: number): MediaKey | undefined {
    return this.keys.get(key);
  }

  slabOf(slab: number): Uint8Array | undefined {
    return this.slabs[slab];
  }

  open({ table, count }: OpenBatch): void {
    for (let at = 0; at < count * OPEN_INTS; at += OPEN_INTS) {
      const key = table[at + OpenField.key]!;
      if (key === OPENED) continue;
      table[at + OpenField.length] = this.openOne(
        this.keys.get(key)?.transform,
        table[at + OpenField.offset]!,
        table[at + OpenField.length]!,
        table[at + OpenField.headerBytes]!,
        table[at + OpenField.rollover]!,
      );
    }
  }

  send(batch: SealBatch): void {
    const { order, sealer } = this;
    const { count } = batch;
    if (this.hasEnded) this.counters.packetsLost += count;
    else {
      order.sort(batch);
      for (let first = 0; first < count; first += LOT) {
        const end = Math.min(count, first + LOT);
        if (this.dgrams.queuedDatagrams > 0) sealer.renew();
        sealer.seal(batch, order.rows, first, end);
        for (let i = first; i < end; i++) this.sendOne(batch.table[order.rows[i]! * SEAL_INTS + SealField.address]!, i - first);
      }
    }
    batch.clear();
  }

  datagram(socket: number, from: PoolEndpoint, bytes: Uint8Array, _offset: number, length: number): void {
    if (this.inboxUsed + length > DATAGRAM_BYTES) this.settled();
    this.inbox.set(bytes, this.inboxUsed);
    this.append(this.inboxUsed, length, this.addresses.intern(socket, from), 0);
    this.inboxUsed += length;
  }

  override settled(): void {
    super.settled();
    this.inboxUsed = 0;
  }

  private openOne(key: SrtpTransform | undefined, offset: number, length: number, headerBytes: number, rollover: number): number {
    const { inbox } = this;
    if (!key?.checkRtp(rollover, inbox, offset, length)) return SrtpRefusal.unauthentic;
    const plainBytes = length - key.rtpOverheadBytes;
    const textAt = offset + headerBytes;
    const textBytes = plainBytes - headerBytes;
    const ssrc = readI32(inbox, offset + 8);
    const sequence = readU16(inbox, offset + 2);
    const isAuthentic = key.decryptRtp(ssrc, rollover, sequence, inbox, offset, textAt, textBytes, inbox, textAt);
    return isAuthentic ? plainBytes : SrtpRefusal.unauthentic;
  }

  private sendOne(address: number, index: number): void {
    const { counters, endpoint, sealer } = this;
    const length = sealer.lengths[index]!;
    const socket = length === 0 ? NO_SOCKET : this.addresses.read(address, endpoint);
    if (socket < STREAM_SOCKET) {
      counters.packetsLost += 1;
      return;
    }
    const packet = sealer.packet(index);
    if (socket === STREAM_SOCKET) this.receiver?.toStream(address, packet, 0, length);
    else {
      this.dgrams.sendLent(socket, endpoint, packet);
      counters.sends += 1;
    }
    counters.packetsSent += 1;
    counters.bytesSent += length;
  }
}

function readI32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
}

function readU16(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!;
}

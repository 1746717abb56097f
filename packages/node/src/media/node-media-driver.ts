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
  transformOf,
} from '@maru/protocol/srtp';
import { IpEndpoint } from '@maru/protocol/turn/server';
import { pureCrypto } from '../crypto/provider.js';
import type { DatagramPool, PoolEndpoint } from '../net/datagram-pool.js';
import { NodeDatagramPool } from '../net/node-datagram-pool.js';
import { STREAM_SOCKET } from './address-table.js';
import { Integers } from './integers.js';
import { INJECTED_BYTES, PoolMediaDriver } from './pool-media-driver.js';

/** What the event loop may hand over between two turns. */
const DATAGRAM_BYTES = 2 * 1024 * 1024;
const OUT_BYTES = 256 * 1024;
/** Of what is sent at once: the largest UDP datagram. */
const MAX_PACKET_BYTES = 65_507;

/** A pool of UDP sockets that sends bytes which it is only lent: node:dgram's, or one of a simulation. */
export interface LendingPool extends DatagramPool {
  /** The bytes stay as they are while {@link queuedDatagrams} is not 0. */
  sendLent(socket: number, to: PoolEndpoint, bytes: Uint8Array): void;
  readonly queuedDatagrams: number;
}

/** The batch path over node:dgram and node:crypto. Packets cross it one by one; what a batch saves here is the turns between them. */
export class NodeMediaDriver extends PoolMediaDriver {
  readonly name = 'node';
  private readonly keys = new Integers<SrtpTransform>();
  private inboxUsed = 0;
  private out = Buffer.allocUnsafeSlow(OUT_BYTES);
  private outUsed = 0;

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
    return this.keys.add(transformOf(profile, master, pureCrypto));
  }

  removeKey(key: number): void {
    this.keys.remove(key);
  }

  open({ table, count }: OpenBatch): void {
    for (let at = 0; at < count * OPEN_INTS; at += OPEN_INTS) {
      const key = table[at + OpenField.key]!;
      if (key === OPENED) continue;
      table[at + OpenField.length] = this.openOne(
        this.keys.get(key),
        table[at + OpenField.offset]!,
        table[at + OpenField.length]!,
        table[at + OpenField.headerBytes]!,
        table[at + OpenField.rollover]!,
      );
    }
  }

  send(batch: SealBatch): void {
    const { table, count, heads } = batch;
    for (let at = 0; at < count * SEAL_INTS; at += SEAL_INTS) this.sendOne(heads, table, at);
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

  private sendOne(heads: Uint8Array, table: Int32Array, at: number): void {
    const { counters, endpoint } = this;
    const address = table[at + SealField.address]!;
    const key = this.keys.get(table[at + SealField.key]!);
    const body = this.slabs[table[at + SealField.slab]!];
    const socket = this.addresses.read(address, endpoint);
    const headBytes = table[at + SealField.headBytes]!;
    const bodyBytes = table[at + SealField.bodyBytes]!;
    if (
      !key ||
      !body ||
      this.hasEnded ||
      socket < STREAM_SOCKET ||
      headBytes + bodyBytes + key.rtpOverheadBytes > MAX_PACKET_BYTES
    ) {
      counters.packetsLost += 1;
      return;
    }
    const length = headBytes + bodyBytes + key.rtpOverheadBytes;
    const start = this.reserve(length);
    this.seal(key, heads, body, table, at, start);
    if (socket === STREAM_SOCKET) this.receiver?.toStream(address, this.out, start, length);
    else {
      this.dgrams.sendLent(socket, endpoint, this.out.subarray(start, start + length));
      counters.sends += 1;
    }
    counters.packetsSent += 1;
    counters.bytesSent += length;
  }

  /** Head and body are put together where the packet leaves from, and encrypted there. */
  private seal(key: SrtpTransform, heads: Uint8Array, body: Uint8Array, table: Int32Array, at: number, start: number): void {
    const { out } = this;
    const headOffset = table[at + SealField.headOffset]!;
    const headBytes = table[at + SealField.headBytes]!;
    const bodyOffset = table[at + SealField.bodyOffset]!;
    const bodyBytes = table[at + SealField.bodyBytes]!;
    for (let i = 0; i < headBytes; i++) out[start + i] = heads[headOffset + i]!;
    out.set(body.subarray(bodyOffset, bodyOffset + bodyBytes), start + headBytes);
    const length = headBytes + bodyBytes;
    const textAt = start + table[at + SealField.clearBytes]!;
    const rollover = table[at + SealField.rollover]!;
    key.encryptRtp(
      readI32(out, start + 8),
      rollover,
      readU16(out, start + 2),
      out,
      textAt,
      start + length - textAt,
      out,
      start,
      textAt,
    );
    key.tagRtp(rollover, out, start, length);
  }

  /** Room in the slab that packets leave from, which begins anew where node:dgram keeps nothing of it. */
  private reserve(length: number): number {
    if (this.outUsed + length > OUT_BYTES) {
      if (this.dgrams.queuedDatagrams > 0) this.out = Buffer.allocUnsafeSlow(OUT_BYTES);
      this.outUsed = 0;
    }
    const start = this.outUsed;
    this.outUsed += length;
    return start;
  }
}

function readI32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
}

function readU16(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!;
}

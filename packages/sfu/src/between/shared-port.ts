import { ADDRESS_INTS, type MediaDriver } from '@maru/node/media';
import type { Instant } from '@maru/protocol/core';
import { IpEndpoint } from '@maru/protocol/turn/server';
import { CheckBudget } from './check-budget.js';
import { Directory, type DirectoryKey } from './directory.js';
import { RecordKind } from './records.js';
import type { RingWriter } from './shared-ring.js';

/** Words of a record before the packet: kind, our end, the four words of the remote address, its port. */
const PACKET_WORDS = 7;
const MAX_PACKET_BYTES = 65_535;

/** What a worker knows of the port that it shares with others. */
export interface PortSharer {
  readonly worker: number;
  /** The driver's integers for the bound ends, in the order that all workers have. */
  readonly sockets: readonly number[];
}

/**
 * One UDP port for all workers: the system deals datagrams out to their sockets by the address of the sender, and what comes to another worker
 * than its own is handed over. A stranger's packet costs one look into a table.
 */
export class SharedPort {
  /** Packets handed to others, and taken from them. */
  handedOver = 0;
  taken = 0;
  private readonly directory: Directory;
  private readonly budget = new CheckBudget();
  private readonly endOf: number[] = [];
  private readonly claimed = new Map<number, DirectoryKey>();
  private readonly remote = new IpEndpoint();

  constructor(
    memory: SharedArrayBuffer,
    private readonly driver: MediaDriver,
    private readonly sharer: PortSharer,
    private readonly writers: readonly (RingWriter | undefined)[],
  ) {
    this.directory = new Directory(memory);
    sharer.sockets.forEach((socket, end) => {
      this.endOf[socket] = end;
    });
  }

  claimUfrag(ufrag: string): void {
    this.directory.claim(this.directory.keyOfUfrag(ufrag), this.sharer.worker);
  }

  releaseUfrag(ufrag: string): void {
    this.directory.release(this.directory.keyOfUfrag(ufrag), this.sharer.worker);
  }

  /** What comes from there is for this worker. Streams are nobody else's anyway. */
  claimAddress(address: number): void {
    const key = this.keyOf(address);
    if (key < 0) return;
    this.claimed.set(address, key);
    this.directory.claim(key, this.sharer.worker);
  }

  releaseAddress(address: number): void {
    const key = this.claimed.get(address);
    if (key === undefined) return;
    this.claimed.delete(address);
    this.directory.release(key, this.sharer.worker);
  }

  /** Hands a check to the worker whose ufrag it names; false where that is nobody, or this one, or there were too many. */
  handCheck(now: Instant, ufrag: string, offset: number, length: number, address: number): boolean {
    const key = this.directory.keyOfUfrag(ufrag);
    const owner = this.directory.ownerOf(key);
    if (owner < 0 || owner === this.sharer.worker) return false;
    const from = this.keyOf(address);
    if (from < 0) return false;
    const isProven = this.directory.ownerOf(from) === owner;
    return (isProven || this.budget.take(now, key)) && this.hand(owner, offset, length, address);
  }

  /** Hands a packet to the worker that knows who sends from there; false where none does. */
  handPacket(offset: number, length: number, address: number): boolean {
    const key = this.keyOf(address);
    const owner = key < 0 ? -1 : this.directory.ownerOf(key);
    return owner >= 0 && owner !== this.sharer.worker && this.hand(owner, offset, length, address);
  }

  /** A record of another worker: its packet joins what comes in. False where it makes no sense or there is no room. */
  take(words: Int32Array, bytes: Uint8Array, offset: number, length: number): boolean {
    const at = offset >> 2;
    const packetBytes = length - 4 * PACKET_WORDS;
    const socket = this.sharer.sockets[words[at + 1] ?? -1];
    if (socket === undefined || packetBytes < 1 || packetBytes > MAX_PACKET_BYTES) return false;
    const { remote, driver } = this;
    remote.w0 = words[at + 2]!;
    remote.w1 = words[at + 3]!;
    remote.w2 = words[at + 4]!;
    remote.w3 = words[at + 5]!;
    remote.port = words[at + 6]! & 0xffff;
    this.taken += 1;
    const address = driver.addresses.intern(socket, remote);
    const packetAt = offset + 4 * PACKET_WORDS;
    if (driver.hasRoomFor(packetBytes)) return driver.inject(address, bytes, packetAt, packetBytes);
    driver.tellInjected();
    return driver.inject(address, bytes, packetAt, packetBytes);
  }

  private hand(owner: number, offset: number, length: number, address: number): boolean {
    const writer = this.writers[owner];
    const place = writer?.take(4 * PACKET_WORDS + length) ?? -1;
    if (!writer || place < 0) return false;
    const { words } = writer;
    const { inbox, addresses } = this.driver;
    const row = address * ADDRESS_INTS;
    const at = place >> 2;
    words[at] = RecordKind.packet;
    words[at + 1] = this.endOf[addresses.rows[row]!]!;
    for (let i = 1; i < PACKET_WORDS - 1; i++) words[at + 1 + i] = addresses.rows[row + i]!;
    writer.bytes.set(inbox.subarray(offset, offset + length), place + 4 * PACKET_WORDS);
    this.handedOver += 1;
    return true;
  }

  /** -1 for what is no UDP address. */
  private keyOf(address: number): DirectoryKey {
    const { rows } = this.driver.addresses;
    const row = address * ADDRESS_INTS;
    const end = this.endOf[rows[row]!];
    if (end === undefined) return -1;
    return this.directory.keyOfAddress(end, rows[row + 1]!, rows[row + 2]!, rows[row + 3]!, rows[row + 4]!, rows[row + 5]!);
  }
}

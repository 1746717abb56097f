import { assert, type Path } from '@maru/protocol/core';
import { formatIpAddress } from '@maru/protocol/stun';
import type { PoolEndpoint } from '../net/datagram-pool.js';

/** Integers of a row of {@link AddressTable.rows}: socket, the four words of the remote address, its port, generation, holders. */
export const ADDRESS_INTS = 8;

const PORT = 5;
const GENERATION = 6;
const HOLDERS = 7;

/** In place of a socket: the address is a stream's, and only its owner can send there. */
export const STREAM_SOCKET = -1;
/** In place of a socket: the row means nothing. */
export const NO_SOCKET = -2;

/** Addresses that nobody holds are good at least for as many others, so for the batch that they came in. */
const MIN_STRANGERS = 8_192;

/** The ends of a path, and the integer for it. */
export interface AddressedPath extends Path {
  readonly address: number;
}

/**
 * The 5-tuples that datagrams come from and go to, each as one integer: interned once, compared and looked up as such. Strangers can send
 * from anywhere, so the table is bounded: an address that nobody {@link hold}s gives way to another in the end, the oldest first.
 */
export class AddressTable {
  /** Rows of {@link ADDRESS_INTS} integers, for drivers. */
  readonly rows: Int32Array;
  private readonly nextInBucket: Int32Array;
  private readonly buckets: Int32Array;
  private readonly paths: (AddressedPath | undefined)[] = [];
  private readonly locals: { readonly address: string; readonly port: number }[] = [];
  private readonly integers = new Map<Path, number>();
  private used = 0;
  private held = 0;
  private hand = 0;
  private latest = 0;

  /** `seed` keeps strangers from choosing addresses that are slow to tell apart. */
  constructor(
    private readonly seed: number,
    private readonly capacity = 32_768,
  ) {
    assert(capacity >= 2 * MIN_STRANGERS, `a table has ${2 * MIN_STRANGERS} addresses or more`);
    this.rows = new Int32Array(capacity * ADDRESS_INTS);
    for (let at = 0; at < this.rows.length; at += ADDRESS_INTS) this.rows[at] = NO_SOCKET;
    this.nextInBucket = new Int32Array(capacity).fill(-1);
    this.buckets = new Int32Array(2 ** Math.ceil(Math.log2(capacity))).fill(-1);
  }

  /** Addresses that are held; {@link hold} refuses when no more can be. */
  get heldAddresses(): number {
    return this.held;
  }

  /** Where `socket` is bound: what paths say of our own end. */
  setLocal(socket: number, address: string, port: number): void {
    if (this.locals[socket]) this.forgetSocket(socket);
    this.locals[socket] = { address, port };
  }

  /** The integer for what comes to `socket` from `remote`. It is good until the batch is through, and longer for those who {@link hold} it. */
  intern(socket: number, remote: PoolEndpoint): number {
    if (this.is(this.latest, socket, remote)) return this.latest;
    const bucket = this.bucketOf(socket, remote.w0, remote.w1, remote.w2, remote.w3, remote.port);
    for (let address = this.buckets[bucket]!; address >= 0; address = this.nextInBucket[address]!) {
      if (this.is(address, socket, remote)) return (this.latest = address);
    }
    const address = this.takeRow();
    const { rows } = this;
    const at = address * ADDRESS_INTS;
    rows[at] = socket;
    rows[at + 1] = remote.w0;
    rows[at + 2] = remote.w1;
    rows[at + 3] = remote.w2;
    rows[at + 4] = remote.w3;
    rows[at + PORT] = remote.port;
    this.nextInBucket[address] = this.buckets[bucket]!;
    this.buckets[bucket] = address;
    return (this.latest = address);
  }

  /** An integer for a stream, a TCP connection, held by the caller. -1 when the table is full of held ones. */
  addStream(path: Path): number {
    if (this.isFull) return -1;
    const address = this.takeRow();
    this.rows[address * ADDRESS_INTS] = STREAM_SOCKET;
    this.rows[address * ADDRESS_INTS + HOLDERS] = 1;
    this.held += 1;
    const { localAddress, localPort, remoteAddress, remotePort } = path;
    this.setPath({ localAddress, localPort, remoteAddress, remotePort, address });
    return address;
  }

  isStream(address: number): boolean {
    return this.rows[address * ADDRESS_INTS] === STREAM_SOCKET;
  }

  /** Keeps `address` from meaning another until {@link release} was called as often. False when the table is full of held ones. */
  hold(address: number): boolean {
    const at = address * ADDRESS_INTS + HOLDERS;
    if (this.rows[at] === 0) {
      if (this.isFull) return false;
      this.held += 1;
    }
    this.rows[at] = this.rows[at]! + 1;
    return true;
  }

  release(address: number): void {
    const at = address * ADDRESS_INTS;
    assert(this.rows[at + HOLDERS]! > 0, `address ${address} is not held`);
    const holders = this.rows[at + HOLDERS]! - 1;
    this.rows[at + HOLDERS] = holders;
    if (holders > 0) return;
    this.held -= 1;
    if (this.isStream(address)) this.forget(address);
  }

  /** Changes each time that `address` begins to mean something else. */
  generation(address: number): number {
    return this.rows[address * ADDRESS_INTS + GENERATION]!;
  }

  /** The path to `address`: the same object as long as the integer means the same. */
  pathOf(address: number): AddressedPath {
    const known = this.paths[address];
    if (known) return known;
    const at = address * ADDRESS_INTS;
    const local = this.locals[this.rows[at]!];
    const path: AddressedPath = {
      localAddress: local?.address ?? '',
      localPort: local?.port ?? 0,
      remoteAddress: textOf(this.rows, at + 1),
      remotePort: this.rows[at + PORT]!,
      address,
    };
    this.setPath(path);
    return path;
  }

  /** The integer of a path that {@link pathOf} gave; -1 when it means something else by now. */
  addressOf(path: Path): number {
    return this.integers.get(path) ?? -1;
  }

  /** Reads where `address` is into `endpoint`; returns its socket, negative for what is none. */
  read(address: number, endpoint: PoolEndpoint): number {
    const { rows } = this;
    const at = address * ADDRESS_INTS;
    endpoint.w0 = rows[at + 1]!;
    endpoint.w1 = rows[at + 2]!;
    endpoint.w2 = rows[at + 3]!;
    endpoint.w3 = rows[at + 4]!;
    endpoint.port = rows[at + PORT]!;
    return address >= 0 && address < this.capacity ? rows[at]! : NO_SOCKET;
  }

  private get isFull(): boolean {
    return this.held + MIN_STRANGERS >= this.capacity;
  }

  private is(address: number, socket: number, remote: PoolEndpoint): boolean {
    const { rows } = this;
    const at = address * ADDRESS_INTS;
    return (
      rows[at + 4] === remote.w3 &&
      rows[at + PORT] === remote.port &&
      rows[at] === socket &&
      rows[at + 3] === remote.w2 &&
      rows[at + 2] === remote.w1 &&
      rows[at + 1] === remote.w0
    );
  }

  /** A row that means nothing, for a new generation. */
  private takeRow(): number {
    const address = this.used < this.capacity ? this.used++ : this.oldestStranger();
    const at = address * ADDRESS_INTS;
    if (this.rows[at] !== NO_SOCKET) this.forget(address);
    this.rows[at + GENERATION] = (this.rows[at + GENERATION]! + 1) | 0;
    this.rows[at + HOLDERS] = 0;
    return address;
  }

  private oldestStranger(): number {
    for (;;) {
      const address = this.hand;
      this.hand = (this.hand + 1) % this.capacity;
      if (this.rows[address * ADDRESS_INTS + HOLDERS] === 0) return address;
    }
  }

  /** Its number is another socket's by now: addresses of the one before mean nothing. */
  private forgetSocket(socket: number): void {
    for (let address = 0; address < this.used; address++) {
      if (this.rows[address * ADDRESS_INTS] === socket) this.forget(address);
    }
  }

  private forget(address: number): void {
    const { rows, nextInBucket } = this;
    const at = address * ADDRESS_INTS;
    const path = this.paths[address];
    if (path) this.integers.delete(path);
    this.paths[address] = undefined;
    if (rows[at]! >= 0) {
      const bucket = this.bucketOf(rows[at]!, rows[at + 1]!, rows[at + 2]!, rows[at + 3]!, rows[at + 4]!, rows[at + PORT]!);
      let before = -1;
      for (let one = this.buckets[bucket]!; one !== address; one = nextInBucket[one]!) before = one;
      if (before < 0) this.buckets[bucket] = nextInBucket[address]!;
      else nextInBucket[before] = nextInBucket[address]!;
    }
    rows[at] = NO_SOCKET;
  }

  private setPath(path: AddressedPath): void {
    this.paths[path.address] = path;
    this.integers.set(path, path.address);
  }

  private bucketOf(socket: number, w0: number, w1: number, w2: number, w3: number, port: number): number {
    let mixed = this.seed ^ socket;
    mixed = Math.imul(mixed ^ w3, 0x9e37_79b1);
    mixed = Math.imul((mixed ^ (mixed >>> 15)) + port, 0x85eb_ca6b);
    mixed = Math.imul((mixed ^ (mixed >>> 13)) + w2, 0xc2b2_ae35);
    mixed = Math.imul((mixed ^ (mixed >>> 16)) + w1, 0x27d4_eb2f);
    mixed = Math.imul((mixed ^ (mixed >>> 15)) + w0, 0x1656_67b1);
    return (mixed ^ (mixed >>> 16)) & (this.buckets.length - 1);
  }
}

/** The text of four words, `::ffff:a.b.c.d` as `a.b.c.d`. */
function textOf(rows: Int32Array, at: number): string {
  const bytes = new Uint8Array(16);
  for (let i = 0; i < 16; i++) bytes[i] = rows[at + (i >> 2)]! >>> (24 - 8 * (i & 3));
  const isIpv4 = rows[at] === 0 && rows[at + 1] === 0 && rows[at + 2] === 0xffff;
  return formatIpAddress(isIpv4 ? bytes.subarray(12) : bytes);
}

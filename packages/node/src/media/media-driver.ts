import type { SrtpMasterKey, SrtpProfile } from '@maru/protocol/core';
import type { OpenBatch, SealBatch } from '@maru/protocol/srtp';
import type { BindOptions } from '../net/datagram-pool.js';
import type { AddressTable } from './address-table.js';

/**
 * Integers of a row of {@link MediaDriver.received}: offset in the inbox, length, address, and for how many microseconds it had lain with the
 * system before it was taken (0 where the system was not asked, or does not say).
 */
export const RECEIVED_INTS = 4;

/** The slab of {@link MediaDriver.inbox}, among those that bodies are taken from. */
export const INBOX_SLAB = 0;

/** Takes what arrives at a {@link MediaDriver}. */
export interface MediaReceiver {
  /**
   * `count` datagrams have come: {@link MediaDriver.received} says where each is. All of it is lent until this returns; what is sent
   * meanwhile leaves then.
   */
  received(count: number): void;
  /** These bytes go to an address that is a stream's. Lent for the call. */
  toStream(address: number, bytes: Uint8Array, offset: number, length: number): void;
}

/** What a driver has done since it began. */
export interface MediaCounters {
  packetsReceived: number;
  packetsSent: number;
  bytesSent: number;
  /** System calls that sent them: fewer where several went to one address. */
  sends: number;
  /** Packets that the system did not take, its buffer being full, or that had no address or key. */
  packetsLost: number;
}

/**
 * The batch path of media: datagrams come into one slab, are opened where they lie, and are sealed and sent to many, a whole batch at a
 * call. It decides nothing: indexes, replay and who gets what are TypeScript's that is the same for all drivers.
 */
export interface MediaDriver {
  readonly name: 'native' | 'node';
  /** Where datagrams come to lie. */
  readonly inbox: Uint8Array;
  /** Rows of {@link RECEIVED_INTS} integers. */
  readonly received: Int32Array;
  readonly addresses: AddressTable;
  readonly counters: Readonly<MediaCounters>;
  receiver: MediaReceiver | undefined;
  /** A UDP socket at a literal `address`; port 0 is any free one. Throws a `BindError`. */
  bind(address: string, port: number, options?: BindOptions): number;
  port(socket: number): number;
  close(socket: number): void;
  /** An integer for a key of one direction, to open or to seal with. */
  addKey(profile: SrtpProfile, master: SrtpMasterKey): number;
  /** Its integer may be given to another. */
  removeKey(key: number): void;
  /** An integer for memory that bodies may be taken from, beside the inbox. There are 15 at most. */
  addSlab(bytes: Uint8Array): number;
  removeSlab(slab: number): void;
  /** Checks and decrypts the packets of the inbox that `batch` lists: each length becomes the plain one, or `SrtpRefusal.unauthentic`. */
  open(batch: OpenBatch): void;
  /** Seals and sends what `batch` lists, and empties it. */
  send(batch: SealBatch): void;
  /** Sends bytes as they are, copied: STUN, DTLS, RTCP that is sealed already. They leave with the batch, or with {@link flush}. */
  transmit(address: number, bytes: Uint8Array, offset?: number, length?: number): void;
  flush(): void;
  /**
   * A packet that came in another way, over a stream or by another thread: copied into the inbox, and told with others before the event loop turns.
   * False: it is dropped, since too many wait.
   */
  inject(address: number, bytes: Uint8Array, offset?: number, length?: number): boolean;
  /** Whether {@link inject} has room for so many bytes before it tells. */
  hasRoomFor(length: number): boolean;
  /** Tells what was injected at once: not from within {@link MediaReceiver.received}. */
  tellInjected(): void;
  /** All sockets and keys with it. Idempotent. */
  end(): void;
}

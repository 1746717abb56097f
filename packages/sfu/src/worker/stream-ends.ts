import type { MediaDriver } from '@maru/node/media';
import type { Instant } from '@maru/protocol/core';
import { NEVER } from '@maru/protocol/core';
import { FRAME_HEADER_BYTES, framedPacketSize, MAX_FRAME_BYTES } from '@maru/protocol/ice';
import { StreamFramer } from '@maru/protocol/stun';
import { STREAM_ADDRESS, STREAM_PORT } from './local-ends.js';

/** Where the bytes of connections go; they are held by whoever accepted them. */
export interface StreamOutputs {
  /** Whole frames. The bytes are the receiver's to keep. */
  writeStream(stream: number, bytes: Uint8Array): void;
  closeStream(stream: number): void;
}

/** A connection that proved nothing is closed after this time (S-27). */
const CLAIM_MS = 5_000;
const FIRST_BUFFER_BYTES = 16 * 1024;

interface StreamEnd {
  readonly stream: number;
  readonly address: number;
  readonly framer: StreamFramer;
  readonly openedAt: Instant;
  isClaimed: boolean;
  gathered: Uint8Array;
  gatheredBytes: number;
}

/**
 * TCP connections as addresses of a driver (RFC 6544, framed as RFC 4571 says): what comes out of them joins the other packets, and what
 * goes to them is gathered until the end of the turn.
 */
export class StreamEnds {
  private readonly byStream = new Map<number, StreamEnd>();
  private readonly byAddress = new Map<number, StreamEnd>();
  private readonly written = new Set<StreamEnd>();
  /** When the first of those that proved nothing is closed. */
  deadline: Instant = NEVER;

  constructor(
    private readonly driver: MediaDriver,
    private readonly outputs: StreamOutputs,
  ) {}

  get count(): number {
    return this.byStream.size;
  }

  opened(now: Instant, stream: number, remoteAddress: string, remotePort: number): void {
    const path = { localAddress: STREAM_ADDRESS, localPort: STREAM_PORT, remoteAddress, remotePort };
    const address = this.driver.addresses.addStream(path);
    if (address < 0) return this.outputs.closeStream(stream);
    const end: StreamEnd = {
      stream,
      address,
      framer: new StreamFramer(framedPacketSize, MAX_FRAME_BYTES),
      openedAt: now,
      isClaimed: false,
      gathered: new Uint8Array(FIRST_BUFFER_BYTES),
      gatheredBytes: 0,
    };
    this.byStream.set(stream, end);
    this.byAddress.set(address, end);
    this.deadline = Math.min(this.deadline, now + CLAIM_MS);
  }

  /** Some bytes of a connection: packets of it come out of the driver with the others. */
  received(stream: number, bytes: Uint8Array): void {
    const end = this.byStream.get(stream);
    if (!end) return;
    end.framer.feed(bytes, (frame) => {
      if (frame.length > FRAME_HEADER_BYTES) this.driver.inject(end.address, frame, FRAME_HEADER_BYTES);
    });
    if (end.framer.failed) this.dismiss(end);
  }

  /** It is over; the address that it was, or -1. */
  closed(stream: number): number {
    const end = this.byStream.get(stream);
    if (!end) return -1;
    this.forget(end);
    return end.address;
  }

  /** A participant's checks came over it. */
  claimed(address: number): void {
    const end = this.byAddress.get(address);
    if (end) end.isClaimed = true;
  }

  /** Its participant is gone. */
  released(address: number): void {
    const end = this.byAddress.get(address);
    if (end) this.dismiss(end);
  }

  /** Gathers a packet for `address`; what is lent is copied. */
  send(address: number, bytes: Uint8Array, offset: number, length: number): void {
    const end = this.byAddress.get(address);
    if (!end) return;
    const needed = end.gatheredBytes + FRAME_HEADER_BYTES + length;
    if (needed > end.gathered.length) {
      const larger = new Uint8Array(2 * needed);
      larger.set(end.gathered.subarray(0, end.gatheredBytes));
      end.gathered = larger;
    }
    const { gathered, gatheredBytes } = end;
    gathered[gatheredBytes] = length >>> 8;
    gathered[gatheredBytes + 1] = length;
    gathered.set(bytes.subarray(offset, offset + length), gatheredBytes + FRAME_HEADER_BYTES);
    end.gatheredBytes = needed;
    this.written.add(end);
  }

  /** Hands over what was gathered, whole frames of one connection together. */
  flush(): void {
    if (this.written.size === 0) return;
    for (const end of this.written) {
      this.outputs.writeStream(end.stream, end.gathered.slice(0, end.gatheredBytes));
      end.gatheredBytes = 0;
    }
    this.written.clear();
  }

  advance(now: Instant): void {
    if (now < this.deadline) return;
    let next = NEVER;
    for (const end of [...this.byStream.values()]) {
      if (end.isClaimed) continue;
      if (now >= end.openedAt + CLAIM_MS) this.dismiss(end);
      else next = Math.min(next, end.openedAt + CLAIM_MS);
    }
    this.deadline = next;
  }

  private dismiss(end: StreamEnd): void {
    this.forget(end);
    this.outputs.closeStream(end.stream);
  }

  private forget(end: StreamEnd): void {
    this.byStream.delete(end.stream);
    this.byAddress.delete(end.address);
    this.written.delete(end);
    this.driver.addresses.release(end.address);
  }
}

import { ByteWriter } from '../bytes/index.js';
import { encodeRtcp } from './compound.js';
import type { RtcpPacket } from './packet.js';

/** Leaves room for SRTCP (30 bytes at most), UDP and IPv6 within the 1,280 bytes that every path carries. */
const DEFAULT_LIMIT_BYTES = 1_200;

/** Gathers packets into one datagram of bounded size, and then into the next, in the same memory. */
export class RtcpBuilder {
  private readonly writer: ByteWriter;

  constructor(limitBytes = DEFAULT_LIMIT_BYTES) {
    this.writer = new ByteWriter(new Uint8Array(limitBytes));
  }

  get isEmpty(): boolean {
    return this.writer.length === 0;
  }

  /** Adds `packet`, or leaves everything as it was and returns false: it does not fit any more, or its format cannot say it. */
  add(packet: RtcpPacket): boolean {
    const { writer } = this;
    const before = writer.length;
    encodeRtcp(packet, writer);
    if (!writer.failed) return true;
    writer.length = before;
    writer.failed = false;
    return false;
  }

  /** The datagram, lent until the next {@link add}, which begins another. */
  take(): Uint8Array {
    const datagram = this.writer.written;
    this.writer.length = 0;
    return datagram;
  }
}

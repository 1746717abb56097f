import { ByteWriter } from '../bytes/index.js';
import { encodeRtcp } from './compound.js';
import type { RtcpPacket } from './packet.js';

/** Leaves room for SRTCP (30 bytes at most), UDP and IPv6 within the 1,280 bytes that every path carries. */
const DEFAULT_LIMIT_BYTES = 1_200;

const NOTHING = new Uint8Array(0);

/** Gathers packets into one datagram of bounded size, and then into the next, in the same memory. */
export class RtcpBuilder {
  private readonly writer = new ByteWriter(NOTHING);
  /** Memory is taken for the first packet. */
  private hasMemory = false;

  constructor(private readonly limitBytes = DEFAULT_LIMIT_BYTES) {}

  get isEmpty(): boolean {
    return this.writer.length === 0;
  }

  /** Adds `packet`, or leaves everything as it was and returns false: it does not fit any more, or its format cannot say it. */
  add(packet: RtcpPacket): boolean {
    const { writer } = this;
    if (!this.hasMemory) writer.reset(new Uint8Array(this.limitBytes));
    this.hasMemory = true;
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

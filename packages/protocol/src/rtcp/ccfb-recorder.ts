import { serialDistance16 } from '../bytes/index.js';
import type { Instant } from '../core/index.js';
import { compactNtpOf, type NtpMs } from './ntp.js';
import { type CcfbPacket, type CcfbStream, ccfbMetric } from './packets/ccfb.js';

/** Numbers kept for each stream: more than comes between two reports. A power of two. */
const WINDOW = 2_048;
const MASK = WINDOW - 1;

/** As many streams as a peer may have (S-49). */
const MAX_STREAMS = 64;

/** Of header, sender and time; of the head of a stream's part, with a word that may pad it. */
const FIXED_BYTES = 12;
const STREAM_BYTES = 10;

/** When the packets of one stream came. */
class StreamRecord {
  readonly arrivedAt = new Float64Array(WINDOW).fill(-1);
  readonly ecn = new Uint8Array(WINDOW);
  nextToReport: number;
  end: number;

  constructor(
    readonly ssrc: number,
    sequenceNumber: number,
  ) {
    this.nextToReport = this.end = sequenceNumber;
  }

  received(now: Instant, sequenceNumber: number, ecn: number): void {
    const count = this.end + serialDistance16(this.end & 0xffff, sequenceNumber);
    if (count < this.end - WINDOW) return;
    this.advanceTo(count);
    const slot = count & MASK;
    if (this.arrivedAt[slot]! >= 0) {
      this.ecn[slot] = Math.max(this.ecn[slot]!, ecn); // of copies, "congestion experienced" wins (RFC 8888 §3.1)
      return;
    }
    this.arrivedAt[slot] = now;
    this.ecn[slot] = ecn;
    if (count < this.nextToReport) this.nextToReport = count;
  }

  /** The part of a report about this stream: at most `limit` numbers. */
  report(now: Instant, limit: number): CcfbStream {
    const beginSequence = this.nextToReport & 0xffff;
    const metrics: number[] = [];
    for (; this.nextToReport < this.end && metrics.length < limit; this.nextToReport++) {
      const slot = this.nextToReport & MASK;
      const at = this.arrivedAt[slot]!;
      metrics.push(at < 0 ? 0 : ccfbMetric(this.ecn[slot]!, now - at));
    }
    return { ssrc: this.ssrc, beginSequence, metrics };
  }

  private advanceTo(count: number): void {
    if (count < this.end) return;
    if (count - this.end >= WINDOW) this.arrivedAt.fill(-1);
    else for (let skipped = this.end; skipped <= count; skipped++) this.arrivedAt[skipped & MASK] = -1;
    this.end = count + 1;
    this.nextToReport = Math.max(this.nextToReport, this.end - WINDOW);
  }
}

/** Remembers what came of each stream and makes the feedback of RFC 8888. One call a packet, without garbage. */
export class CcfbRecorder {
  private readonly streams = new Map<number, StreamRecord>();

  /** A packet came; `ecn` is the field of its IP header, 0 where the socket does not tell. */
  received(now: Instant, ssrc: number, sequenceNumber: number, ecn = 0): void {
    const key = ssrc | 0;
    let stream = this.streams.get(key);
    if (!stream) {
      if (this.streams.size >= MAX_STREAMS) return;
      stream = new StreamRecord(ssrc, sequenceNumber);
      this.streams.set(key, stream);
    }
    stream.received(now, sequenceNumber, ecn);
  }

  /** The stream has ended. */
  forget(ssrc: number): void {
    this.streams.delete(ssrc | 0);
  }

  /** What came since the last time, or as much as `limitBytes` hold: call again until there is no more. */
  build(now: Instant, ntpNow: NtpMs, senderSsrc: number, limitBytes = 1_100): CcfbPacket | undefined {
    const parts: CcfbStream[] = [];
    let room = limitBytes - FIXED_BYTES;
    for (const stream of this.streams.values()) {
      const limit = Math.floor((room - STREAM_BYTES) / 2);
      if (stream.nextToReport === stream.end || limit < 1) continue;
      const part = stream.report(now, limit);
      parts.push(part);
      room -= STREAM_BYTES + 2 * part.metrics.length;
    }
    if (parts.length === 0) return undefined;
    return { type: 'ccfb', senderSsrc, streams: parts, reportTimestamp: compactNtpOf(ntpNow) };
  }
}

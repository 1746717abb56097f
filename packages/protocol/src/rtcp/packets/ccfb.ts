import type { ByteReader, ByteWriter } from '../../bytes/index.js';
import { type Decoded, Malformed } from '../../core/index.js';
import { beginPacket, endPacket } from '../framing.js';
import { RtcpType, TransportFeedback } from '../packet-type.js';

const TRUNCATED = Malformed.of('rtcp/ccfb/truncated');

/** The most numbers that one stream's part may be about (RFC 8888 §3.1: "MUST NOT" be more). */
export const MAX_CCFB_REPORTS = 16_384;

/** Arrival times are in 1/1024 s before the report; these two say "longer ago" and "no time known" (RFC 8888 §3.1). */
export const CCFB_TOO_LONG_AGO = 0x1ffe;
export const CCFB_NO_TIME = 0x1fff;

const RECEIVED = 0x8000;

/** What arrived of one stream, number by number from `beginSequence` on. */
export interface CcfbStream {
  readonly ssrc: number;
  readonly beginSequence: number;
  /**
   * One word a number; read it with the functions below.
   *
   *     |R|ECN|  Arrival time offset    |
   */
  readonly metrics: readonly number[];
}

/** Congestion control feedback (RFC 8888 §3.1). */
export interface CcfbPacket {
  readonly type: 'ccfb';
  readonly senderSsrc: number;
  readonly streams: readonly CcfbStream[];
  /** When it was made: the middle 32 bits of NTP time, in 1/65536 s. */
  readonly reportTimestamp: number;
}

export function isReceived(metric: number): boolean {
  return (metric & RECEIVED) !== 0;
}

/** The ECN field of the packet's IP header (RFC 3168): 0 not capable, 1 and 2 capable, 3 congestion experienced. */
export function ecnOf(metric: number): number {
  return (metric >> 13) & 3;
}

/** How long before the report the packet came; undefined if that is not said. */
export function arrivalOffsetMs(metric: number): number | undefined {
  const offset = metric & 0x1fff;
  return offset >= CCFB_TOO_LONG_AGO ? undefined : (offset * 1_000) / 1_024;
}

export function ccfbMetric(ecn: number, offsetMs: number): number {
  const offset = Math.min(Math.max(Math.round(offsetMs * 1.024), 0), CCFB_TOO_LONG_AGO);
  return RECEIVED | (ecn << 13) | offset;
}

export function decodeCcfb(reader: ByteReader): Decoded<CcfbPacket> {
  const senderSsrc = reader.u32();
  const streams: CcfbStream[] = [];
  while (reader.remaining > 4) streams.push(readStream(reader));
  const reportTimestamp = reader.u32();
  return reader.failed ? TRUNCATED : { type: 'ccfb', senderSsrc, streams, reportTimestamp };
}

export function encodeCcfb(packet: CcfbPacket, out: ByteWriter): void {
  const start = beginPacket(out, RtcpType.transportFeedback, TransportFeedback.ccfb);
  out.u32(packet.senderSsrc);
  for (const { ssrc, beginSequence, metrics } of packet.streams) {
    if (metrics.length > MAX_CCFB_REPORTS) out.failed = true;
    out.u32(ssrc).u16(beginSequence).u16(metrics.length);
    for (const metric of metrics) out.u16(metric);
    if (metrics.length % 2 === 1) out.u16(0);
  }
  out.u32(packet.reportTimestamp);
  endPacket(out, start);
}

function readStream(reader: ByteReader): CcfbStream {
  const ssrc = reader.u32();
  const beginSequence = reader.u16();
  const count = reader.u16();
  const metrics: number[] = [];
  for (let i = 0; i < count && !reader.failed; i++) metrics.push(reader.u16());
  if (count % 2 === 1) reader.u16();
  return { ssrc, beginSequence, metrics };
}

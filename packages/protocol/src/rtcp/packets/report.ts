import type { ByteReader, ByteWriter } from '../../bytes/index.js';
import { type Decoded, Malformed } from '../../core/index.js';
import { beginPacket, endPacket } from '../framing.js';
import { RtcpType } from '../packet-type.js';

const TRUNCATED_SR = Malformed.of('rtcp/sender-report/truncated');
const TRUNCATED_RR = Malformed.of('rtcp/receiver-report/truncated');

/** What a receiver says of one source (RFC 3550 §6.4.1). */
export interface ReportBlock {
  readonly ssrc: number;
  /** Of the packets expected since the last report, in 1/256: 0 to 255. */
  readonly fractionLost: number;
  /** Since the beginning; may be negative when there were duplicates. 24 bits, signed. */
  readonly cumulativeLost: number;
  /** Highest sequence number received, with the count of wrap-arounds above it. */
  readonly extendedHighestSequence: number;
  /** Interarrival jitter in RTP units. */
  readonly jitter: number;
  /** The middle 32 bits of the NTP time of the last sender report; 0 if there was none. */
  readonly lastSenderReport: number;
  /** Since then, in 1/65536 s. */
  readonly delaySinceLastSenderReport: number;
}

/** RFC 3550 §6.4.1. */
export interface SenderReportPacket {
  readonly type: 'sender-report';
  readonly senderSsrc: number;
  /** Seconds since 1900, and their fraction in 2^-32. */
  readonly ntpSeconds: number;
  readonly ntpFraction: number;
  /** The same moment in the media's units. */
  readonly rtpTimestamp: number;
  readonly packetCount: number;
  readonly octetCount: number;
  readonly reports: readonly ReportBlock[];
}

/** RFC 3550 §6.4.2. */
export interface ReceiverReportPacket {
  readonly type: 'receiver-report';
  readonly senderSsrc: number;
  readonly reports: readonly ReportBlock[];
}

/** As many as the count field can say. */
export const MAX_REPORT_BLOCKS = 31;

export function decodeSenderReport(count: number, reader: ByteReader): Decoded<SenderReportPacket> {
  const packet: SenderReportPacket = {
    type: 'sender-report',
    senderSsrc: reader.u32(),
    ntpSeconds: reader.u32(),
    ntpFraction: reader.u32(),
    rtpTimestamp: reader.u32(),
    packetCount: reader.u32(),
    octetCount: reader.u32(),
    reports: readBlocks(count, reader),
  };
  return reader.failed ? TRUNCATED_SR : packet;
}

export function decodeReceiverReport(count: number, reader: ByteReader): Decoded<ReceiverReportPacket> {
  const packet: ReceiverReportPacket = {
    type: 'receiver-report',
    senderSsrc: reader.u32(),
    reports: readBlocks(count, reader),
  };
  return reader.failed ? TRUNCATED_RR : packet;
}

export function encodeSenderReport(packet: SenderReportPacket, out: ByteWriter): void {
  const start = beginPacket(out, RtcpType.senderReport, packet.reports.length);
  out.u32(packet.senderSsrc).u32(packet.ntpSeconds).u32(packet.ntpFraction);
  out.u32(packet.rtpTimestamp).u32(packet.packetCount).u32(packet.octetCount);
  for (const block of packet.reports) writeBlock(block, out);
  endPacket(out, start);
}

export function encodeReceiverReport(packet: ReceiverReportPacket, out: ByteWriter): void {
  const start = beginPacket(out, RtcpType.receiverReport, packet.reports.length);
  out.u32(packet.senderSsrc);
  for (const block of packet.reports) writeBlock(block, out);
  endPacket(out, start);
}

function readBlocks(count: number, reader: ByteReader): ReportBlock[] {
  const blocks: ReportBlock[] = [];
  for (let i = 0; i < count && !reader.failed; i++) blocks.push(readBlock(reader));
  return blocks;
}

/**
 *     |                              SSRC                             |
 *     | fraction lost |       cumulative number of packets lost       |
 *     |           extended highest sequence number received           |
 *     |                      interarrival jitter                      |
 *     |                         last SR (LSR)                         |
 *     |                   delay since last SR (DLSR)                  |
 */
function readBlock(reader: ByteReader): ReportBlock {
  return {
    ssrc: reader.u32(),
    fractionLost: reader.u8(),
    cumulativeLost: (reader.u24() << 8) >> 8,
    extendedHighestSequence: reader.u32(),
    jitter: reader.u32(),
    lastSenderReport: reader.u32(),
    delaySinceLastSenderReport: reader.u32(),
  };
}

function writeBlock(block: ReportBlock, out: ByteWriter): void {
  out
    .u32(block.ssrc)
    .u8(block.fractionLost)
    .u24(block.cumulativeLost & 0xff_ffff);
  out.u32(block.extendedHighestSequence).u32(block.jitter).u32(block.lastSenderReport).u32(block.delaySinceLastSenderReport);
}

import { ByteReader, type ByteWriter } from '../../bytes/index.js';
import { type Decoded, Malformed } from '../../core/index.js';
import { beginPacket, endPacket } from '../framing.js';
import { RtcpType } from '../packet-type.js';

const TRUNCATED = Malformed.of('rtcp/extended-report/truncated');
const BLOCK_PAST_END = Malformed.of('rtcp/extended-report/block-past-end');

/** Block types of RFC 3611 §4 that we read. */
const RRTR = 4;
const DLRR = 5;

/** When a receiver sent this (RFC 3611 §4.4), so that who only receives learns the round trip too. */
export interface ReceiverReferenceTime {
  readonly type: 'receiver-reference-time';
  readonly ntpSeconds: number;
  readonly ntpFraction: number;
}

/** The answer to it, for each receiver (RFC 3611 §4.5). Fields as in a report block. */
export interface DelaySinceLastReceiverReport {
  readonly type: 'delay-since-last-receiver-report';
  readonly entries: readonly {
    readonly ssrc: number;
    readonly lastReceiverReport: number;
    readonly delaySinceLastReceiverReport: number;
  }[];
}

export type ExtendedReportBlock = ReceiverReferenceTime | DelaySinceLastReceiverReport;

/** RFC 3611 §2. Blocks of other types are left out. */
export interface ExtendedReportPacket {
  readonly type: 'extended-report';
  readonly senderSsrc: number;
  readonly blocks: readonly ExtendedReportBlock[];
}

/**
 *     |     BT        | type-specific |         block length          |
 */
export function decodeExtendedReport(reader: ByteReader): Decoded<ExtendedReportPacket> {
  const senderSsrc = reader.u32();
  if (reader.failed) return TRUNCATED;
  const blocks: ExtendedReportBlock[] = [];
  while (reader.remaining > 0) {
    const blockType = reader.u16() >>> 8;
    const content = reader.view(4 * reader.u16());
    if (reader.failed) return BLOCK_PAST_END;
    const block = decodeBlock(blockType, new ByteReader(content));
    if (block instanceof Malformed) return block;
    if (block) blocks.push(block);
  }
  return { type: 'extended-report', senderSsrc, blocks };
}

export function encodeExtendedReport(packet: ExtendedReportPacket, out: ByteWriter): void {
  const start = beginPacket(out, RtcpType.extendedReport, 0);
  out.u32(packet.senderSsrc);
  for (const block of packet.blocks) {
    if (block.type === 'receiver-reference-time')
      out
        .u16(RRTR << 8)
        .u16(2)
        .u32(block.ntpSeconds)
        .u32(block.ntpFraction);
    else {
      out.u16(DLRR << 8).u16(3 * block.entries.length);
      for (const one of block.entries) out.u32(one.ssrc).u32(one.lastReceiverReport).u32(one.delaySinceLastReceiverReport);
    }
  }
  endPacket(out, start);
}

function decodeBlock(blockType: number, reader: ByteReader): Decoded<ExtendedReportBlock> | undefined {
  if (blockType === RRTR) {
    const block: ReceiverReferenceTime = {
      type: 'receiver-reference-time',
      ntpSeconds: reader.u32(),
      ntpFraction: reader.u32(),
    };
    return reader.failed ? TRUNCATED : block;
  }
  if (blockType !== DLRR) return undefined;
  const entries: { ssrc: number; lastReceiverReport: number; delaySinceLastReceiverReport: number }[] = [];
  while (reader.remaining > 0) {
    entries.push({ ssrc: reader.u32(), lastReceiverReport: reader.u32(), delaySinceLastReceiverReport: reader.u32() });
  }
  return reader.failed ? TRUNCATED : { type: 'delay-since-last-receiver-report', entries };
}

import type { ByteReader, ByteWriter } from '../../bytes/index.js';
import { type Decoded, Malformed } from '../../core/index.js';
import { beginPacket, endPacket } from '../framing.js';
import { PayloadFeedback, RtcpType } from '../packet-type.js';

const TRUNCATED = Malformed.of('rtcp/pli/truncated');

/** A receiver cannot go on decoding without a keyframe (RFC 4585 §6.3.1). */
export interface PliPacket {
  readonly type: 'pli';
  readonly senderSsrc: number;
  readonly mediaSsrc: number;
}

export function decodePli(reader: ByteReader): Decoded<PliPacket> {
  const packet: PliPacket = { type: 'pli', senderSsrc: reader.u32(), mediaSsrc: reader.u32() };
  return reader.failed ? TRUNCATED : packet;
}

export function encodePli(packet: PliPacket, out: ByteWriter): void {
  const start = beginPacket(out, RtcpType.payloadFeedback, PayloadFeedback.pli);
  out.u32(packet.senderSsrc).u32(packet.mediaSsrc);
  endPacket(out, start);
}

import type { ByteReader, ByteWriter } from '../../bytes/index.js';
import { type Decoded, Malformed } from '../../core/index.js';
import { beginPacket, endPacket } from '../framing.js';
import { PayloadFeedback, RtcpType } from '../packet-type.js';

const TRUNCATED = Malformed.of('rtcp/fir/truncated');

/** Someone new needs a keyframe (RFC 5104 §4.3.1). The same command number again is the same command, repeated. */
export interface FirPacket {
  readonly type: 'fir';
  readonly senderSsrc: number;
  readonly requests: readonly { readonly ssrc: number; readonly commandSequence: number }[];
}

/**
 *     |                              SSRC                             |
 *     | Seq nr.       |    Reserved                                   |
 */
export function decodeFir(reader: ByteReader): Decoded<FirPacket> {
  const senderSsrc = reader.u32();
  reader.u32(); // the media source SSRC "is not used and SHALL be set to 0"
  const requests: { ssrc: number; commandSequence: number }[] = [];
  while (reader.remaining >= 8) requests.push({ ssrc: reader.u32(), commandSequence: reader.u32() >>> 24 });
  return reader.failed || reader.remaining > 0 ? TRUNCATED : { type: 'fir', senderSsrc, requests };
}

export function encodeFir(packet: FirPacket, out: ByteWriter): void {
  const start = beginPacket(out, RtcpType.payloadFeedback, PayloadFeedback.fir);
  out.u32(packet.senderSsrc).u32(0);
  for (const { ssrc, commandSequence } of packet.requests) out.u32(ssrc).u8(commandSequence).u24(0);
  endPacket(out, start);
}

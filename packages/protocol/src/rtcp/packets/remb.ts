import type { ByteReader, ByteWriter } from '../../bytes/index.js';
import { type Decoded, Malformed } from '../../core/index.js';
import { bitrateOf, exponentFor } from '../bitrate.js';
import { beginPacket, endPacket } from '../framing.js';
import { PayloadFeedback, RtcpType } from '../packet-type.js';

const TRUNCATED = Malformed.of('rtcp/remb/truncated');
const NOT_REMB = Malformed.of('rtcp/application-feedback/not-remb');
const MANTISSA_BITS = 18;
/** "REMB" */
const IDENTIFIER = 0x52_45_4d_42;

/** What a receiver believes it can take of all `ssrcs` together (draft-alvestrand-rmcat-remb-03 §2.2). */
export interface RembPacket {
  readonly type: 'remb';
  readonly senderSsrc: number;
  /** Clamped to {@link MAX_BITRATE_BPS}. */
  readonly bitrateBps: number;
  readonly ssrcs: readonly number[];
}

/**
 *     |  Unique identifier 'R' 'E' 'M' 'B'                            |
 *     |  Num SSRC     | BR Exp    |  BR Mantissa                      |
 *     |   SSRC feedback                                               |
 */
export function decodeRemb(reader: ByteReader): Decoded<RembPacket> {
  const senderSsrc = reader.u32();
  reader.u32(); // media source: always 0
  const identifier = reader.u32();
  const word = reader.u32();
  const ssrcs: number[] = [];
  for (let left = word >>> 24; left > 0 && !reader.failed; left--) ssrcs.push(reader.u32());
  if (reader.failed) return TRUNCATED;
  if (identifier !== IDENTIFIER) return NOT_REMB;
  return { type: 'remb', senderSsrc, bitrateBps: bitrateOf((word >>> 18) & 0x3f, word & 0x3_ffff), ssrcs };
}

export function encodeRemb(packet: RembPacket, out: ByteWriter): void {
  const start = beginPacket(out, RtcpType.payloadFeedback, PayloadFeedback.application);
  const exponent = exponentFor(packet.bitrateBps, MANTISSA_BITS);
  const mantissa = Math.floor(packet.bitrateBps / 2 ** exponent);
  if (packet.ssrcs.length > 255) out.failed = true;
  out.u32(packet.senderSsrc).u32(0).u32(IDENTIFIER);
  out.u8(packet.ssrcs.length).u24((exponent << 18) | mantissa);
  for (const ssrc of packet.ssrcs) out.u32(ssrc);
  endPacket(out, start);
}

import type { ByteReader, ByteWriter } from '../../bytes/index.js';
import { type Decoded, Malformed } from '../../core/index.js';
import { bitrateOf, exponentFor } from '../bitrate.js';
import { beginPacket, endPacket } from '../framing.js';
import { RtcpType, TransportFeedback } from '../packet-type.js';

const TRUNCATED = Malformed.of('rtcp/tmmb/truncated');
const MANTISSA_BITS = 17;

/** The most that one source may send, as a receiver sees it. */
export interface TmmbEntry {
  readonly ssrc: number;
  /** Clamped to {@link MAX_BITRATE_BPS}. */
  readonly maxBitrateBps: number;
  /** Of headers, in bytes a packet, counted in the bitrate (RFC 5104 §4.2.1.1). */
  readonly overheadBytes: number;
}

/** A request for a maximum bitrate, or the answer that names what is in force (RFC 5104 §4.2.1, §4.2.2). */
export interface TmmbPacket {
  readonly type: 'tmmbr' | 'tmmbn';
  readonly senderSsrc: number;
  readonly entries: readonly TmmbEntry[];
}

/**
 *     |                              SSRC                             |
 *     | MxTBR Exp |  MxTBR Mantissa                 |Measured Overhead|
 */
export function decodeTmmb(type: TmmbPacket['type'], reader: ByteReader): Decoded<TmmbPacket> {
  const senderSsrc = reader.u32();
  reader.u32(); // unused, as in FIR
  const entries: TmmbEntry[] = [];
  while (reader.remaining >= 8) entries.push(readEntry(reader));
  return reader.failed || reader.remaining > 0 ? TRUNCATED : { type, senderSsrc, entries };
}

export function encodeTmmb(packet: TmmbPacket, out: ByteWriter): void {
  const format = packet.type === 'tmmbr' ? TransportFeedback.tmmbr : TransportFeedback.tmmbn;
  const start = beginPacket(out, RtcpType.transportFeedback, format);
  out.u32(packet.senderSsrc).u32(0);
  for (const { ssrc, maxBitrateBps, overheadBytes } of packet.entries) {
    const exponent = exponentFor(maxBitrateBps, MANTISSA_BITS);
    const mantissa = Math.floor(maxBitrateBps / 2 ** exponent);
    out.u32(ssrc).u32(((exponent << 26) | (mantissa << 9) | (overheadBytes & 0x1ff)) >>> 0);
  }
  endPacket(out, start);
}

function readEntry(reader: ByteReader): TmmbEntry {
  const ssrc = reader.u32();
  const word = reader.u32();
  return { ssrc, maxBitrateBps: bitrateOf(word >>> 26, (word >>> 9) & 0x1_ffff), overheadBytes: word & 0x1ff };
}

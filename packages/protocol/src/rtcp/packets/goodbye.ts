import type { ByteReader, ByteWriter } from '../../bytes/index.js';
import { type Decoded, Malformed } from '../../core/index.js';
import { beginPacket, endPacket } from '../framing.js';
import { RtcpType } from '../packet-type.js';

const TRUNCATED = Malformed.of('rtcp/goodbye/truncated');

/** Sources that send no more (RFC 3550 §6.6). */
export interface GoodbyePacket {
  readonly type: 'goodbye';
  readonly ssrcs: readonly number[];
  readonly reason: string | undefined;
}

const decoder = new TextDecoder();
const encoder = new TextEncoder();

export function decodeGoodbye(count: number, reader: ByteReader): Decoded<GoodbyePacket> {
  const ssrcs: number[] = [];
  for (let i = 0; i < count && !reader.failed; i++) ssrcs.push(reader.u32());
  const reason = reader.remaining > 0 ? decoder.decode(reader.view(reader.u8())) : undefined;
  return reader.failed ? TRUNCATED : { type: 'goodbye', ssrcs, reason };
}

export function encodeGoodbye(packet: GoodbyePacket, out: ByteWriter): void {
  const start = beginPacket(out, RtcpType.goodbye, packet.ssrcs.length);
  for (const ssrc of packet.ssrcs) out.u32(ssrc);
  if (packet.reason !== undefined) {
    const bytes = encoder.encode(packet.reason);
    if (bytes.length > 255) out.failed = true;
    out.u8(bytes.length).raw(bytes);
  }
  endPacket(out, start);
}

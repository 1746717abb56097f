import type { ByteReader, ByteWriter } from '../../bytes/index.js';
import { type Decoded, Malformed } from '../../core/index.js';
import { beginPacket, endPacket } from '../framing.js';
import { RtcpType } from '../packet-type.js';

const TRUNCATED = Malformed.of('rtcp/source-description/truncated');

/** What the items are called (IANA, "RTP SDES Item Types"). */
export const SdesItem = {
  cname: 1,
  name: 2,
  email: 3,
  phone: 4,
  location: 5,
  tool: 6,
  note: 7,
  priv: 8,
  mid: 15,
  rid: 16,
  repairedRid: 17,
} as const;

export interface SdesItemValue {
  /** One of {@link SdesItem}, or one that we do not know. */
  readonly item: number;
  /** UTF-8; what is none of it is replaced. */
  readonly text: string;
}

/** What a source says of itself (RFC 3550 §6.5). */
export interface SourceDescriptionPacket {
  readonly type: 'source-description';
  readonly chunks: readonly { readonly ssrc: number; readonly items: readonly SdesItemValue[] }[];
}

const decoder = new TextDecoder();
const encoder = new TextEncoder();

export function decodeSourceDescription(count: number, reader: ByteReader): Decoded<SourceDescriptionPacket> {
  const chunks: { ssrc: number; items: SdesItemValue[] }[] = [];
  const start = reader.position;
  for (let i = 0; i < count && !reader.failed; i++) chunks.push({ ssrc: reader.u32(), items: readItems(start, reader) });
  return reader.failed ? TRUNCATED : { type: 'source-description', chunks };
}

export function encodeSourceDescription(packet: SourceDescriptionPacket, out: ByteWriter): void {
  const start = beginPacket(out, RtcpType.sourceDescription, packet.chunks.length);
  for (const { ssrc, items } of packet.chunks) {
    out.u32(ssrc);
    for (const { item, text } of items) {
      const bytes = encoder.encode(text);
      if (bytes.length > 255) out.failed = true;
      out.u8(item).u8(bytes.length).raw(bytes);
    }
    out.zeros(4 - ((out.length - start) & 3)); // at least one zero ends the list
  }
  endPacket(out, start);
}

/** A list ends with a zero and goes on to the next word (RFC 3550 §6.5). */
function readItems(start: number, reader: ByteReader): SdesItemValue[] {
  const items: SdesItemValue[] = [];
  for (let item = reader.u8(); item !== 0; item = reader.u8()) {
    items.push({ item, text: decoder.decode(reader.view(reader.u8())) });
  }
  reader.skip(-(reader.position - start) & 3);
  return items;
}

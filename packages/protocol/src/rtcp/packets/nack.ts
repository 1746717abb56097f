import type { ByteReader, ByteWriter } from '../../bytes/index.js';
import { type Decoded, Malformed } from '../../core/index.js';
import { beginPacket, endPacket } from '../framing.js';
import { RtcpType, TransportFeedback } from '../packet-type.js';

const TRUNCATED = Malformed.of('rtcp/nack/truncated');

/** Packets that a receiver misses and wants again (RFC 4585 §6.2.1). */
export interface NackPacket {
  readonly type: 'nack';
  readonly senderSsrc: number;
  readonly mediaSsrc: number;
  /** In the order of the wire; a hostile sender may repeat numbers. At most 17 for each 4 bytes of the packet. */
  readonly lostSequences: readonly number[];
}

/**
 *     |            PID                |             BLP               |
 */
export function decodeNack(reader: ByteReader): Decoded<NackPacket> {
  const senderSsrc = reader.u32();
  const mediaSsrc = reader.u32();
  const lostSequences: number[] = [];
  while (reader.remaining >= 4) addItem(lostSequences, reader.u16(), reader.u16());
  return reader.failed || reader.remaining > 0 ? TRUNCATED : { type: 'nack', senderSsrc, mediaSsrc, lostSequences };
}

/** Numbers that lie within 17 of each other, in ascending serial order, share an item. */
export function encodeNack(packet: NackPacket, out: ByteWriter): void {
  const start = beginPacket(out, RtcpType.transportFeedback, TransportFeedback.nack);
  out.u32(packet.senderSsrc).u32(packet.mediaSsrc);
  const { lostSequences } = packet;
  for (let i = 0; i < lostSequences.length; ) {
    const first = lostSequences[i++]!;
    let following = 0;
    for (; i < lostSequences.length; i++) {
      const distance = (lostSequences[i]! - first) & 0xffff;
      if (distance < 1 || distance > 16) break;
      following |= 1 << (distance - 1);
    }
    out.u16(first).u16(following);
  }
  endPacket(out, start);
}

function addItem(lost: number[], first: number, following: number): void {
  lost.push(first);
  for (let bit = 0; bit < 16; bit++) if (following & (1 << bit)) lost.push((first + 1 + bit) & 0xffff);
}

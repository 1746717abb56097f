import type { ByteReader, ByteWriter } from '../../bytes/index.js';
import { type Decoded, Malformed } from '../../core/index.js';
import { beginPacket, endPacket } from '../framing.js';
import { RtcpType } from '../packet-type.js';

const TRUNCATED = Malformed.of('rtcp/application/truncated');

/** Something that only one application knows (RFC 3550 §6.7). */
export interface ApplicationPacket {
  readonly type: 'application';
  readonly subtype: number;
  readonly senderSsrc: number;
  /** Four ASCII characters as one number: who defines `data`. */
  readonly name: number;
  /** A view of the datagram; its length is a multiple of four. */
  readonly data: Uint8Array;
}

export function decodeApplication(subtype: number, reader: ByteReader): Decoded<ApplicationPacket> {
  const senderSsrc = reader.u32();
  const name = reader.u32();
  const data = reader.rest();
  return reader.failed ? TRUNCATED : { type: 'application', subtype, senderSsrc, name, data };
}

export function encodeApplication(packet: ApplicationPacket, out: ByteWriter): void {
  const start = beginPacket(out, RtcpType.application, packet.subtype);
  out.u32(packet.senderSsrc).u32(packet.name).raw(packet.data);
  endPacket(out, start);
}

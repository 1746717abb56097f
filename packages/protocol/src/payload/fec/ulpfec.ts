import { Malformed } from '../../core/index.js';
import { readU16, readU32 } from './numbers.js';
import type { Protection } from './protection.js';

/**
 * The headers of a ULPFEC packet: FEC header and that of level 0 (RFC 5109 §7.3, §7.4). Further levels protect beginnings of
 * packets again; no WebRTC endpoint sends them, and they are ignored.
 *
 *     |E|L|P|X|  CC   |M| PT recovery |            SN base            |
 *     |                          TS recovery                          |
 *     |        length recovery        |       protection length       |
 *     |             mask              |   mask continued, if L ...    |
 */
const EXTENDED = 0x80;
const LONG_MASK = 0x40;
const SHORT_HEADER_BYTES = 14;
const LONG_HEADER_BYTES = 18;

const TRUNCATED = Malformed.of('payload/ulpfec/truncated');
const UNKNOWN_EXTENSION = Malformed.of('payload/ulpfec/reserved-bit-set');
const PROTECTS_NOTHING = Malformed.of('payload/ulpfec/protects-nothing');

export function readUlpfec(bytes: Uint8Array, offset: number, length: number, to: Protection): Malformed | undefined {
  if (length < SHORT_HEADER_BYTES) return TRUNCATED;
  const first = bytes[offset]!;
  if (first & EXTENDED) return UNKNOWN_EXTENSION;
  const isLong = (first & LONG_MASK) !== 0;
  const headerBytes = isLong ? LONG_HEADER_BYTES : SHORT_HEADER_BYTES;
  const protectionBytes = readU16(bytes, offset + 10);
  if (headerBytes + protectionBytes > length) return TRUNCATED;
  to.ssrc = 0;
  to.firstByte = first & 0x3f;
  to.secondByte = bytes[offset + 1]!;
  to.sequenceBase = readU16(bytes, offset + 2);
  to.rtpTimestamp = readU32(bytes, offset + 4);
  to.length = readU16(bytes, offset + 8);
  to.count = 0;
  to.addMask(bytes, 8 * (offset + 12), isLong ? 48 : 16, 0);
  to.dataOffset = offset + headerBytes;
  to.dataBytes = protectionBytes;
  return to.count === 0 ? PROTECTS_NOTHING : undefined;
}

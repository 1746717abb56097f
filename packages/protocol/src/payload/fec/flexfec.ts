import { Malformed } from '../../core/index.js';
import { readU16, readU32 } from './numbers.js';
import type { Protection } from './protection.js';

/**
 * The header of a FlexFEC packet with a flexible mask and one source (draft-ietf-payload-flexible-fec-scheme-03 §4.2), which is
 * what browsers send. A mask part that has its k bit set is the last.
 *
 *     |R|F|P|X|  CC   |M| PT recovery |        length recovery        |
 *     |                          TS recovery                          |
 *     |   SSRCCount   |                   reserved                    |
 *     |                             SSRC                              |
 *     |            SN base            |k|         mask [0-14]         |
 *     |k|                        mask [15-45]                         |
 *     |k|                        mask [46-108] ...                    |
 */
const RETRANSMISSION = 0x80;
const FIXED_MASK = 0x40;
const K = 0x80;
const HEADER_BYTES = 20;
const MEDIUM_HEADER_BYTES = 24;
const LONG_HEADER_BYTES = 32;

const TRUNCATED = Malformed.of('payload/flexfec/truncated');
const NOT_FLEXIBLE = Malformed.of('payload/flexfec/not-a-flexible-mask');
const SEVERAL_SOURCES = Malformed.of('payload/flexfec/not-one-source');
const ENDLESS_MASK = Malformed.of('payload/flexfec/mask-without-end');
const PROTECTS_NOTHING = Malformed.of('payload/flexfec/protects-nothing');

export function readFlexfec(bytes: Uint8Array, offset: number, length: number, to: Protection): Malformed | undefined {
  if (length < HEADER_BYTES) return TRUNCATED;
  const first = bytes[offset]!;
  if (first & (RETRANSMISSION | FIXED_MASK)) return NOT_FLEXIBLE;
  if (bytes[offset + 8] !== 1) return SEVERAL_SOURCES;
  const isShort = (bytes[offset + 18]! & K) !== 0;
  if (!isShort && length < MEDIUM_HEADER_BYTES) return TRUNCATED;
  const isMedium = !isShort && (bytes[offset + 20]! & K) !== 0;
  const headerBytes = isShort ? HEADER_BYTES : isMedium ? MEDIUM_HEADER_BYTES : LONG_HEADER_BYTES;
  if (length < headerBytes) return TRUNCATED;
  if (headerBytes === LONG_HEADER_BYTES && (bytes[offset + 24]! & K) === 0) return ENDLESS_MASK;
  to.ssrc = readU32(bytes, offset + 12);
  to.firstByte = first & 0x3f;
  to.secondByte = bytes[offset + 1]!;
  to.length = readU16(bytes, offset + 2);
  to.rtpTimestamp = readU32(bytes, offset + 4);
  to.sequenceBase = readU16(bytes, offset + 16);
  to.count = 0;
  to.addMask(bytes, 8 * (offset + 18) + 1, 15, 0);
  if (!isShort) to.addMask(bytes, 8 * (offset + 20) + 1, 31, 15);
  if (headerBytes === LONG_HEADER_BYTES) to.addMask(bytes, 8 * (offset + 24) + 1, 63, 46);
  to.dataOffset = offset + headerBytes;
  to.dataBytes = length - headerBytes;
  return to.count === 0 ? PROTECTS_NOTHING : undefined;
}

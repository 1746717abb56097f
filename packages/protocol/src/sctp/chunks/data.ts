import { ChunkType } from '../chunk-types.js';
import { writeU16, writeU32 } from '../wire.js';

/** Bytes before the payload of a DATA chunk (RFC 9260 §3.3.1) and of an I-DATA chunk (RFC 8260 §2.1). */
export const DATA_HEADER_BYTES = 16;
export const I_DATA_HEADER_BYTES = 20;

/**
 * Writes the header of a DATA chunk.
 *
 *      0                   1                   2                   3
 *     |   Type = 0    |  Res  |I|U|B|E|            Length             |
 *     |                              TSN                              |
 *     |      Stream Identifier        |   Stream Sequence Number      |
 *     |                  Payload Protocol Identifier                  |
 */
export function encodeDataHeader(
  out: Uint8Array,
  at: number,
  flags: number,
  payloadBytes: number,
  tsn: number,
  streamId: number,
  streamSequence: number,
  ppid: number,
): void {
  out[at] = ChunkType.data;
  out[at + 1] = flags;
  writeU16(out, at + 2, DATA_HEADER_BYTES + payloadBytes);
  writeU32(out, at + 4, tsn);
  writeU16(out, at + 8, streamId);
  writeU16(out, at + 10, streamSequence);
  writeU32(out, at + 12, ppid);
}

/**
 * Writes the header of an I-DATA chunk; the last word is the PPID in the first fragment, the fragment's number in others.
 *
 *      0                   1                   2                   3
 *     |   Type = 64   |  Res  |I|U|B|E|            Length             |
 *     |                              TSN                              |
 *     |        Stream Identifier      |           Reserved            |
 *     |                      Message Identifier                       |
 *     |    Payload Protocol Identifier / Fragment Sequence Number     |
 */
export function encodeIDataHeader(
  out: Uint8Array,
  at: number,
  flags: number,
  payloadBytes: number,
  tsn: number,
  streamId: number,
  messageId: number,
  ppidOrFragment: number,
): void {
  out[at] = ChunkType.iData;
  out[at + 1] = flags;
  writeU16(out, at + 2, I_DATA_HEADER_BYTES + payloadBytes);
  writeU32(out, at + 4, tsn);
  writeU16(out, at + 8, streamId);
  writeU16(out, at + 10, 0);
  writeU32(out, at + 12, messageId);
  writeU32(out, at + 16, ppidOrFragment);
}

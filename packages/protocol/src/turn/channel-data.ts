import { type Decoded, Malformed } from '../core/index.js';
import { type FrameSize, stunFrameSize } from '../stun/index.js';

/** The channels that clients may bind (RFC 8656 §12). */
export const FIRST_CHANNEL = 0x4000;
export const LAST_CHANNEL = 0x4fff;
/** What RFC 5766 §11 allowed: clients of its time draw from all of it, and a server loses nothing by taking them. */
export const LAST_CHANNEL_ONCE = 0x7fff;

export const CHANNEL_HEADER_BYTES = 4;

/** The longest ChannelData message with its padding. */
export const MAX_CHANNEL_DATA_BYTES = CHANNEL_HEADER_BYTES + 0x1_0000;

/** Application data to or from the peer that a channel stands for. */
export interface ChannelData {
  readonly channel: number;
  /** A view of the message, padding left out. */
  readonly data: Uint8Array;
}

const TOO_SHORT = Malformed.of('turn/channel-data/too-short');
const NOT_A_CHANNEL = Malformed.of('turn/channel-data/not-a-channel');
const TRUNCATED = Malformed.of('turn/channel-data/truncated');

/** Whether these bytes start as ChannelData: 64 to 79 (RFC 8656 §12, RFC 7983 §7). */
export function isChannelData(bytes: Uint8Array): boolean {
  return bytes.length >= CHANNEL_HEADER_BYTES && bytes[0]! >= 0x40 && bytes[0]! <= 0x4f;
}

/**
 * Decodes a ChannelData message (RFC 8656 §12.4). What follows the data is padding, which UDP may have and TCP must.
 *
 *      0                   1                   2                   3
 *      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *     |         Channel Number        |            Length             |
 *     /                       Application Data                        /
 */
export function decodeChannelData(bytes: Uint8Array): Decoded<ChannelData> {
  if (bytes.length < CHANNEL_HEADER_BYTES) return TOO_SHORT;
  const channel = (bytes[0]! << 8) | bytes[1]!;
  const length = (bytes[2]! << 8) | bytes[3]!;
  if (channel < FIRST_CHANNEL || channel > LAST_CHANNEL) return NOT_A_CHANNEL;
  if (CHANNEL_HEADER_BYTES + length > bytes.length) return TRUNCATED;
  return { channel, data: bytes.subarray(CHANNEL_HEADER_BYTES, CHANNEL_HEADER_BYTES + length) };
}

/** Room that {@link encodeChannelData} needs for `dataBytes`. */
export function sizeOfChannelData(dataBytes: number, isPadded: boolean): number {
  return CHANNEL_HEADER_BYTES + dataBytes + (isPadded ? paddingOf(dataBytes) : 0);
}

/** Writes the message to the start of `target`, padded with zeros to four bytes where the transport is a stream. Returns its length. */
export function encodeChannelData(channel: number, data: Uint8Array, isPadded: boolean, target: Uint8Array): number {
  target[0] = channel >>> 8;
  target[1] = channel;
  target[2] = data.length >>> 8;
  target[3] = data.length;
  target.set(data, CHANNEL_HEADER_BYTES);
  const size = sizeOfChannelData(data.length, isPadded);
  target.fill(0, CHANNEL_HEADER_BYTES + data.length, size);
  return size;
}

function paddingOf(bytes: number): number {
  return (4 - (bytes & 3)) & 3;
}

/** How STUN and padded ChannelData follow one another on a stream (RFC 8656 §12.5). */
export const turnFrameSize: FrameSize = (bytes) => {
  if (bytes.length === 0 || bytes[0]! < 0x40 || bytes[0]! > LAST_CHANNEL_ONCE >>> 8) return stunFrameSize(bytes);
  if (bytes.length < CHANNEL_HEADER_BYTES) return undefined;
  return sizeOfChannelData((bytes[2]! << 8) | bytes[3]!, true);
};

// What both processes of the SFU benchmark agree on: keys, and packets that say when they were sent.
import { SRTP_PROFILES } from '@maru/protocol/core';

export const PUBLISHER_SSRC = 0x1234_5678;
export const HEADER_BYTES = 20;
/** RTP as a publisher sends it: 1,172 bytes plain, as in the table of peers. */
export const PACKET_BYTES = 1_172;

/** Of one direction of one participant; both processes make the same. */
export function masterOf(profile, index) {
  const { keyBytes, saltBytes } = SRTP_PROFILES[profile];
  const bytesFrom = (length, first) => Uint8Array.from({ length }, (_, i) => (first + 31 * i + (index >> 3)) & 0xff);
  return { key: bytesFrom(keyBytes, index), salt: bytesFrom(saltBytes, index + 101) };
}

export const subscriberSsrc = (index) => 0x2000_0000 + index;

/** Writes the RTP header of a video packet with two extensions of one byte form. */
export function writeHeader(bytes, at, ssrc, sequence, timestamp) {
  const words = [0x9060_0000 | sequence, timestamp, ssrc, 0xbede_0001, (0x31 << 24) | ((sequence & 0xff) << 16)];
  for (const [i, word] of words.entries()) {
    for (let byte = 0; byte < 4; byte++) bytes[at + 4 * i + byte] = (word >>> (24 - 8 * byte)) & 0xff;
  }
}

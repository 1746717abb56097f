import { RTP_HEADER_BYTES, type RtpPacketView } from '../rtp/index.js';

/**
 * Cryptex (RFC 9335): contributing sources and header extension are encrypted with the payload. What says so is the extension's
 * `defined by profile`, which has other values then. Encrypted are the sources, not the four bytes after them, and all that
 * follows: so for the cipher those four bytes change places with the sources, and afterwards back.
 *
 *     | fixed header | CSRCs | profile, length | elements | payload |      as sent
 *     | fixed header | profile, length | CSRCs | elements | payload |      for the cipher
 */

/** Of what stays readable, in the order for the cipher. */
export const CRYPTEX_CLEAR_BYTES = RTP_HEADER_BYTES + 4;

const PLAIN_ONE_BYTE = 0xbede;
const PLAIN_TWO_BYTE = 0x1000;
const CRYPTEX_ONE_BYTE = 0xc0de;
const CRYPTEX_TWO_BYTE = 0xc2de;

/** The profile that says "encrypted"; 0 where the packet has nothing to encrypt so, or an extension that is not of RFC 8285. */
export function cryptexProfileOf(view: RtpPacketView): number {
  const { extensionForm, csrcCount } = view;
  if (extensionForm === 'one-byte' || (extensionForm === 'none' && csrcCount > 0)) return CRYPTEX_ONE_BYTE;
  return extensionForm === 'two-byte' ? CRYPTEX_TWO_BYTE : 0;
}

/** The profile that an encrypted packet had; 0 if it is not encrypted so. */
export function plainProfileOf(view: RtpPacketView): number {
  if (view.extensionForm !== 'other') return 0;
  const at = view.extensionOffset - 4;
  const profile = (view.bytes[at]! << 8) | view.bytes[at + 1]!;
  if (profile === CRYPTEX_ONE_BYTE) return PLAIN_ONE_BYTE;
  return profile === CRYPTEX_TWO_BYTE ? PLAIN_TWO_BYTE : 0;
}

/** Moves `profile, length` before the sources, for the cipher. `offset` is the packet's. */
export function gatherForCipher(bytes: Uint8Array, offset: number, csrcCount: number): void {
  const sourcesAt = offset + RTP_HEADER_BYTES;
  rotate(bytes, sourcesAt, sourcesAt + 4 * csrcCount, 4);
}

/** Moves it back. */
export function restoreFromCipher(bytes: Uint8Array, offset: number, csrcCount: number): void {
  const sourcesAt = offset + RTP_HEADER_BYTES;
  rotate(bytes, sourcesAt, sourcesAt + 4, 4 * csrcCount);
}

/** Exchanges the bytes from `first` to `second` and the `count` bytes after them. */
function rotate(bytes: Uint8Array, first: number, second: number, count: number): void {
  const firstBytes = second - first;
  for (let moved = 0; moved < count; moved++) {
    const byte = bytes[second + moved]!;
    bytes.copyWithin(first + moved + 1, first + moved, first + moved + firstBytes);
    bytes[first + moved] = byte;
  }
}

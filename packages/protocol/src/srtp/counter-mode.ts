import { AES_BLOCK_BYTES } from '../core/index.js';
import { mixI32, mixU16 } from './transform.js';

/** Of the salt that counters are made of. */
export const COUNTER_SALT_BYTES = 14;

/**
 * The first counter block for one packet of SRTP in AES-CM (RFC 3711 §4.1.1): the salt with SSRC and index mixed in; the low
 * 16 bits count blocks. SRTCP's index of 31 bits lies where `rollover` and `sequence` meet, so that `index >>> 16` and
 * `index & 0xffff` are what to hand in.
 *
 *     |   salt    |  ^ SSRC   |  ^ ROC    |^ SEQ| 0 0 |
 */
export function counterOf(salt: Uint8Array, ssrc: number, rollover: number, sequence: number, counter: Uint8Array): void {
  mixI32(counter, 0, salt, 0);
  mixI32(counter, 4, salt, ssrc);
  mixI32(counter, 8, salt, rollover);
  mixU16(counter, 12, salt, sequence);
  counter[AES_BLOCK_BYTES - 2] = 0;
  counter[AES_BLOCK_BYTES - 1] = 0;
}

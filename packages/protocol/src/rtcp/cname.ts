import type { RandomSource } from '../core/index.js';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const CHARACTERS = 16;

/** A canonical name of 96 random bits for one session, which says nothing of who or where (RFC 7022 §4.2, S-57). */
export function randomCname(random: RandomSource): string {
  const bytes = new Uint8Array(CHARACTERS);
  random.fill(bytes);
  let name = '';
  for (const byte of bytes) name += ALPHABET[byte & 63];
  return name;
}

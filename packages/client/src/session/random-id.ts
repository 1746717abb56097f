import type { RandomSource } from '@maru/protocol/core';

const ALPHABET = 'abcdefghijkmnpqrstuvwxyz23456789'; // 32 signs that are not mistaken for one another

/** A name that nobody guesses: 5 random bits for each sign. */
export function randomId(random: RandomSource, length = 24): string {
  const bytes = new Uint8Array(length);
  random.fill(bytes);
  return Array.from(bytes, (byte) => ALPHABET[byte & 31]).join('');
}

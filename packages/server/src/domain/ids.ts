import type { RandomSource } from '@maru/protocol/core';

/** Digits and letters that are not taken for one another when read aloud or copied by hand. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/** 100 bits: more than anybody can guess (S-78 asks for 96). */
const ID_CHARS = 20;

/** Makes names that nobody can guess, from the randomness that it is given. */
export class IdSource {
  private readonly bytes = new Uint8Array(ID_CHARS);

  constructor(private readonly random: RandomSource) {}

  next(): string {
    this.random.fill(this.bytes);
    let id = '';
    for (const byte of this.bytes) id += ALPHABET[byte & 31];
    return id;
  }

  /** The same strength in groups of five, for links that people read. */
  nextReadable(): string {
    return this.next().replace(/.{5}(?!$)/g, '$&-');
  }
}

/** Whether `text` has the form of {@link IdSource.nextReadable}. */
export const isReadableId = (text: string): boolean => /^[0-9a-hjkmnp-tv-z]{5}(?:-[0-9a-hjkmnp-tv-z]{5}){3}$/.test(text);

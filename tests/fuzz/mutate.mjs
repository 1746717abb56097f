// Makes hostile inputs out of honest ones.

/** Numbers at which parsers break: ends of ranges, and what is one beyond them. */
const EDGES = [
  0, 1, 2, 3, 4, 7, 8, 15, 16, 31, 32, 63, 64, 127, 128, 255, 256, 1023, 1024, 32767, 32768, 65534, 65535, 65536, 0x7fffffff,
  0x80000000, 0xffffffff,
];
const MAX_BYTES = 4096;

/** A small repeatable generator (xorshift32). */
export class Chance {
  /** @param {number} seed */
  constructor(seed) {
    this.state = seed | 0 || 1;
  }

  /** An integer from 0 to `limit` - 1. @param {number} limit */
  below(limit) {
    this.state ^= this.state << 13;
    this.state ^= this.state >>> 17;
    this.state ^= this.state << 5;
    return (this.state >>> 0) % limit;
  }

  /** @template T @param {readonly T[]} list */
  pick(list) {
    return list[this.below(list.length)];
  }
}

/** @type {readonly ((bytes: Uint8Array, chance: Chance, other: Uint8Array) => Uint8Array)[]} */
const MUTATIONS = [
  // one bit
  (bytes, chance) => change(bytes, (copy) => (copy[chance.below(copy.length)] ^= 1 << chance.below(8))),
  // one byte
  (bytes, chance) => change(bytes, (copy) => (copy[chance.below(copy.length)] = chance.below(256))),
  // an edge value, one, two or four bytes wide, where a length might stand
  (bytes, chance) =>
    change(bytes, (copy) => {
      const width = chance.pick([1, 2, 2, 4]);
      const value = chance.pick(EDGES);
      const at = chance.below(copy.length);
      for (let i = 0; i < width && at + i < copy.length; i++) copy[at + i] = (value / 2 ** (8 * (width - 1 - i))) & 0xff;
    }),
  // an end cut off
  (bytes, chance) => bytes.slice(0, chance.below(bytes.length + 1)),
  // a piece taken out
  (bytes, chance) => {
    const at = chance.below(bytes.length + 1);
    return join(bytes.subarray(0, at), bytes.subarray(Math.min(bytes.length, at + 1 + chance.below(16))));
  },
  // a piece said twice
  (bytes, chance) => {
    const at = chance.below(bytes.length + 1);
    const end = Math.min(bytes.length, at + 1 + chance.below(64));
    return join(bytes.subarray(0, end), bytes.subarray(at, end), bytes.subarray(end));
  },
  // random bytes put in
  (bytes, chance) => {
    const at = chance.below(bytes.length + 1);
    const noise = Uint8Array.from({ length: 1 + chance.below(16) }, () => chance.below(256));
    return join(bytes.subarray(0, at), noise, bytes.subarray(at));
  },
  // the beginning of one, the end of another
  (bytes, chance, other) =>
    join(bytes.subarray(0, chance.below(bytes.length + 1)), other.subarray(chance.below(other.length + 1))),
];

/** @param {Uint8Array} bytes @param {(copy: Uint8Array) => void} edit */
function change(bytes, edit) {
  const copy = bytes.length > 0 ? bytes.slice() : new Uint8Array(1);
  edit(copy);
  return copy;
}

/** @param {readonly Uint8Array[]} parts */
function join(...parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** One to eight mutations of a member of `corpus`. @param {readonly Uint8Array[]} corpus @param {Chance} chance */
export function mutant(corpus, chance) {
  let bytes = chance.pick(corpus);
  for (let left = 1 + chance.below(8); left > 0; left--) bytes = chance.pick(MUTATIONS)(bytes, chance, chance.pick(corpus));
  return bytes.slice(0, MAX_BYTES);
}

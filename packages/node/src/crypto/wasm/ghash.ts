import { type Code, type Expression, FunctionBuilder, get, i32, type Local, set, v128, whileLoop } from './assembler.js';

export const GHASH_BLOCK_BYTES = 16;
/** Blocks that are multiplied before their products are added up and reduced. */
export const GHASH_POWERS = 8;
/** Of one power of H: for each byte of a product two tables of 16, one for the upper and one for the lower four bits of a factor's byte. */
export const GHASH_TABLE_BYTES = 512;
export const GHASH_TABLES_BYTES = GHASH_POWERS * GHASH_TABLE_BYTES;

const PAIR_BYTES = 32;
/** Bytes of the product that are summed in one pass over a group: as many sums stay in registers. */
const PASS_BYTES = 8;
const PASSES = [0, PASS_BYTES];
const BYTES = Array.from({ length: GHASH_BLOCK_BYTES }, (_, i) => i);
const ZERO = v128.constant(0, 0, 0, 0);
const LOW_BITS = v128.constant(0x0f0f_0f0f, 0x0f0f_0f0f, 0x0f0f_0f0f, 0x0f0f_0f0f);

/**
 * `ghash(tables, from, end, out)`: GHASH of the whole blocks from `from` until `end` (NIST SP 800-38D §6.4), with the tables of H^8 to H^1
 * at `tables`.
 *
 * Bytes of a block are looked up four bits at a time in registers, sixteen at once, so that no address depends on a secret. What byte i of a
 * block contributes to byte b of the product by H belongs x^(8 i) further on: eight blocks are added up per b first, for half of all b at a time,
 * and moved then.
 */
export function ghash(): FunctionBuilder {
  const fn = new FunctionBuilder('ghash', 4);
  const [tables, from, end, out] = [0, 1, 2, 3].map((i) => fn.parameter(i)) as [Local, Local, Local, Local];
  const [inGroup, left, table, at] = fn.locals('i32', 4) as [Local, Local, Local, Local];
  const [value, block, high, low, lowBits] = fn.locals('v128', 5) as [Local, Local, Local, Local, Local];
  const sums = fn.locals('v128', PASS_BYTES);
  const [lower, upper] = fn.locals('v128', 2) as [Local, Local];

  /** Adds up what all blocks of the group have in the bytes of the product from `first` on. */
  const pass = (first: number): Code => {
    const lookup = (i: number, half: number, indices: Local): Expression =>
      v128.swizzle(v128.load(get(table), (first + i) * PAIR_BYTES + half * GHASH_BLOCK_BYTES), get(indices));
    return [
      set(left, get(inGroup)),
      set(table, i32.add(get(tables), i32.shiftLeft(i32.subtract(i32.constant(GHASH_POWERS), get(inGroup)), 9))),
      set(at, get(from)),
      set(block, v128.xor(v128.load(get(at), 0), get(value))),
      ...sums.map((sum) => set(sum, ZERO)),
      whileLoop(
        get(left),
        set(high, v128.shiftRight8(get(block), 4)),
        set(low, v128.and(get(block), get(lowBits))),
        ...sums.map((sum, i) => set(sum, v128.xor(get(sum), v128.xor(lookup(i, 0, high), lookup(i, 1, low))))),
        set(table, i32.add(get(table), i32.constant(GHASH_TABLE_BYTES))),
        set(at, i32.add(get(at), i32.constant(GHASH_BLOCK_BYTES))),
        set(block, v128.load(get(at), 0)),
        set(left, i32.subtract(get(left), i32.constant(1))),
      ),
      addUp(sums, first, lower, upper),
    ];
  };
  fn.add(
    set(lowBits, LOW_BITS),
    // the first group has what is over, so that all others are whole: 1 to 8
    set(
      inGroup,
      i32.add(
        i32.and(
          i32.subtract(i32.shiftRight(i32.subtract(get(end), get(from)), 4), i32.constant(1)),
          i32.constant(GHASH_POWERS - 1),
        ),
        i32.constant(1),
      ),
    ),
    whileLoop(
      i32.lessThan(get(from), get(end)),
      set(lower, ZERO),
      set(upper, ZERO),
      ...PASSES.map(pass),
      set(from, get(at)),
      reduce(lower, upper, value),
      set(inGroup, i32.constant(GHASH_POWERS)),
    ),
    v128.store(get(out), 0, get(value)),
  );
  return fn;
}

/** Adds to `lower` and `upper` what was summed for byte `first + i` of the product, moved by as many bytes. */
function addUp(sums: readonly Local[], first: number, lower: Local, upper: Local): Code {
  return sums.flatMap((sum, i) => {
    const b = first + i;
    const moved = v128.shuffle(
      get(sum),
      ZERO,
      BYTES.map((to) => (to < b ? 16 : to - b)),
    );
    const over = v128.shuffle(
      get(sum),
      ZERO,
      BYTES.map((to) => (to < b ? to + 16 - b : 16)),
    );
    return [
      set(lower, v128.xor(get(lower), b === 0 ? get(sum) : moved)),
      ...(b === 0 ? [] : [set(upper, v128.xor(get(upper), over))]),
    ];
  });
}

/** x^128 = 1 + x + x^2 + x^7, where the highest bit of a byte is its lowest power. */
function reduce(lower: Local, upper: Local, value: Local): Code {
  const kept = [1, 2, 7].reduce((sum, bits) => v128.xor(sum, v128.shiftRight8(get(upper), bits)), get(upper));
  const carried = [6, 1].reduce((sum, bits) => v128.xor(sum, v128.shiftLeft8(get(upper), bits)), v128.shiftLeft8(get(upper), 7));
  const next = v128.shuffle(
    carried,
    ZERO,
    BYTES.map((i) => (i === 0 ? 16 : i - 1)),
  );
  return set(value, v128.xor(get(lower), v128.xor(kept, next)));
}

/** `xor(source, stream, target, targetEnd)`, sixteen bytes at a time. */
export function xorBlocks(): FunctionBuilder {
  const fn = new FunctionBuilder('xor', 4);
  const [source, stream, target, end] = [0, 1, 2, 3].map((i) => fn.parameter(i)) as [Local, Local, Local, Local];
  const step = i32.constant(GHASH_BLOCK_BYTES);
  fn.add(
    whileLoop(
      i32.lessThan(get(target), get(end)),
      v128.store(get(target), 0, v128.xor(v128.load(get(source), 0), v128.load(get(stream), 0))),
      ...[source, stream, target].map((local) => set(local, i32.add(get(local), step))),
    ),
  );
  return fn;
}

/** The tables for one power of H, `power`: what each value of four bits, times that power, has in each byte. */
export function writeGhashTable(power: Uint8Array, out: Uint8Array, at: number): void {
  const multiple = power.slice(); // times x^0 to x^7
  for (let half = 0; half < 2; half++) {
    for (let bit = 8; bit > 0; bit >>= 1) {
      for (let b = 0; b < GHASH_BLOCK_BYTES; b++) {
        const row = at + b * PAIR_BYTES + half * GHASH_BLOCK_BYTES;
        for (let n = bit; n < 16; n++) if (n & bit) out[row + n] = out[row + n]! ^ multiple[b]!;
      }
      multiplyByX(multiple);
    }
  }
}

/**
 * The tables of H^8 to H^1: each power by multiplying the one before by H, with `hash` of a module whose tables lie at the beginning of
 * `memory` and mean nothing afterwards. At `scratch` there is room for two blocks.
 */
export function ghashTablesOf(
  hashKey: Uint8Array,
  memory: Uint8Array,
  hash: (tables: number, from: number, end: number, out: number) => void,
  scratch: number,
): Uint8Array {
  const tables = new Uint8Array(GHASH_TABLES_BYTES);
  const last = GHASH_TABLES_BYTES - GHASH_TABLE_BYTES;
  const product = scratch + GHASH_BLOCK_BYTES;
  let power = hashKey;
  writeGhashTable(power, tables, last);
  memory.set(tables, 0);
  for (let at = last - GHASH_TABLE_BYTES; at >= 0; at -= GHASH_TABLE_BYTES) {
    memory.set(power, scratch);
    hash(0, scratch, product, product);
    power = memory.slice(product, product + GHASH_BLOCK_BYTES);
    writeGhashTable(power, tables, at);
  }
  return tables;
}

function multiplyByX(element: Uint8Array): void {
  const isOver = -(element[GHASH_BLOCK_BYTES - 1]! & 1);
  for (let i = GHASH_BLOCK_BYTES - 1; i > 0; i--) element[i] = (element[i]! >> 1) | (element[i - 1]! << 7);
  element[0] = (element[0]! >> 1) ^ (0xe1 & isOver);
}

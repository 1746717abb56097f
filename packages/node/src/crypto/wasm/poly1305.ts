import { type Code, type Expression, FunctionBuilder, get, i32, i64, type Local, set, whileLoop } from './assembler.js';

/** Numbers are kept in five limbs of 26 bits, so that products of limbs add up within 64 (2^130 = 5 mod 2^130 - 5). */
const LIMB_BITS = 26;
const LIMB_MASK = i64.constant(0x3ff_ffffn);
const LIMBS = [0, 1, 2, 3, 4] as const;
/** The clamp of RFC 8439 §2.5, limb by limb. */
const CLAMP = [0x3ff_ffffn, 0x3ff_ff03n, 0x3ff_c0ffn, 0x3f0_3fffn, 0x00f_ffffn];
const BLOCK_BYTES = 16;

/**
 * `poly(key, first, firstEnd, second, secondEnd, tag)`: the Poly1305 tag, with the 32-byte key at `key`, of two runs of whole
 * 16-byte blocks (RFC 8439 §2.5). No branch and no address depends on a secret.
 */
export function poly1305(): FunctionBuilder {
  const fn = new FunctionBuilder('poly', 6);
  const [key, first, firstEnd, second, secondEnd, tag] = LIMBS.concat(5 as 4).map((i) => fn.parameter(i)) as [
    Local,
    Local,
    Local,
    Local,
    Local,
    Local,
  ];
  const h = fn.locals('i64', 5);
  const r = fn.locals('i64', 5);
  const fiveR = fn.locals('i64', 5);
  const d = fn.locals('i64', 5);
  const carry = fn.local('i64');

  for (const i of LIMBS) {
    fn.add(set(r[i]!, i64.and(loadLimb(key, i), i64.constant(CLAMP[i]!))));
    fn.add(set(fiveR[i]!, i64.multiply(get(r[i]!), i64.constant(5n))));
  }
  for (const [at, end] of [
    [first, firstEnd],
    [second, secondEnd],
  ] as const) {
    fn.add(
      whileLoop(
        i32.lessThan(get(at), get(end)),
        ...LIMBS.map((i) => set(h[i]!, i64.add(get(h[i]!), blockLimb(at, i)))),
        multiply(h, r, fiveR, d, carry),
        set(at, i32.add(get(at), i32.constant(BLOCK_BYTES))),
      ),
    );
  }
  fn.add(finish(h, d, carry, key, tag));
  return fn;
}

/** Bits 26·i and up of the 16 bytes at `address`. */
function loadLimb(address: Local, i: number): Expression {
  const bit = LIMB_BITS * i;
  // Four bytes from the byte that holds the first bit; the last limb has the three bytes that are left.
  const offset = Math.min(bit >> 3, 12);
  return i64.and(i64.shiftRight(i64.load32(get(address), offset), bit - 8 * offset), LIMB_MASK);
}

/** A limb of a block, the 1 above its 128 bits included. */
function blockLimb(address: Local, i: number): Expression {
  return i === 4 ? i64.or(loadLimb(address, i), i64.constant(1n << 24n)) : loadLimb(address, i);
}

/** h = h·r mod 2^130 - 5, limbs carried to 26 bits and a little. */
function multiply(h: readonly Local[], r: readonly Local[], fiveR: readonly Local[], d: readonly Local[], carry: Local): Code {
  const product = (column: number): Expression =>
    LIMBS.map((i) => {
      const other = (column - i + 5) % 5;
      return i64.multiply(get(h[i]!), get((i + other === column ? r : fiveR)[other]!));
    }).reduce((sum, term) => i64.add(sum, term));
  return [LIMBS.map((i) => set(d[i]!, product(i))), carryInto(h, d, carry)];
}

/** h = the number whose limbs are `d`, each at most 26 bits but for what the last carry leaves in the second. */
function carryInto(h: readonly Local[], d: readonly Local[], carry: Local): Code {
  const code: Code[] = [];
  for (const i of LIMBS) {
    if (i > 0) code.push(set(d[i]!, i64.add(get(d[i]!), get(carry))));
    code.push(set(carry, i64.shiftRight(get(d[i]!), LIMB_BITS)), set(h[i]!, i64.and(get(d[i]!), LIMB_MASK)));
  }
  code.push(
    set(h[0]!, i64.add(get(h[0]!), i64.multiply(get(carry), i64.constant(5n)))),
    set(carry, i64.shiftRight(get(h[0]!), LIMB_BITS)),
    set(h[0]!, i64.and(get(h[0]!), LIMB_MASK)),
    set(h[1]!, i64.add(get(h[1]!), get(carry))),
  );
  return code;
}

/** Reduces h fully, adds the second half of the key modulo 2^128 and stores the tag. */
function finish(h: readonly Local[], d: readonly Local[], carry: Local, key: Local, tag: Local): Code {
  const code: Code[] = [];
  // Twice, so that every limb is below 2^26.
  for (let times = 0; times < 2; times++)
    code.push(
      LIMBS.map((i) => set(d[i]!, get(h[i]!))),
      carryInto(h, d, carry),
    );
  // d = h + 5 - 2^130: not negative exactly when h is at least the prime.
  for (const i of LIMBS) {
    const augend = i === 0 ? i64.constant(5n) : get(carry);
    code.push(set(d[i]!, i64.add(get(h[i]!), augend)), set(carry, i64.shiftRight(get(d[i]!), LIMB_BITS)));
    code.push(set(d[i]!, i64.and(get(d[i]!), LIMB_MASK)));
  }
  // All ones if the prime was reached, else zero: the choice is made without a branch.
  code.push(set(carry, i64.subtract(i64.constant(0n), get(carry))));
  for (const i of LIMBS) {
    code.push(set(h[i]!, i64.xor(get(h[i]!), i64.and(i64.xor(get(h[i]!), get(d[i]!)), get(carry)))));
  }
  // 32 bits at a time, since sums of 64 would lose their carry.
  const words = [
    i64.or(get(h[0]!), i64.shiftLeft(get(h[1]!), 26)),
    i64.or(i64.shiftRight(get(h[1]!), 6), i64.shiftLeft(get(h[2]!), 20)),
    i64.or(i64.shiftRight(get(h[2]!), 12), i64.shiftLeft(get(h[3]!), 14)),
    i64.or(i64.shiftRight(get(h[3]!), 18), i64.shiftLeft(get(h[4]!), 8)),
  ];
  const low32 = (value: Expression): Expression => i64.and(value, i64.constant(0xffff_ffffn));
  for (const [i, word] of words.entries()) {
    const sum = i64.add(low32(word), i64.load32(get(key), 16 + 4 * i));
    code.push(set(d[i]!, i === 0 ? sum : i64.add(sum, i64.shiftRight(get(d[i - 1]!), 32))));
  }
  const pair = (i: number): Expression => i64.or(low32(get(d[i]!)), i64.shiftLeft(get(d[i + 1]!), 32));
  code.push(i64.store(get(tag), 0, pair(0)), i64.store(get(tag), 8, pair(2)));
  return code;
}

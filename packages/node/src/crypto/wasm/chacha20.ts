import { type Code, type Expression, FunctionBuilder, get, i32, type Local, set, v128, whileLoop } from './assembler.js';

/** Bytes that one round of the loop makes: four blocks, one in each lane. */
export const CHACHA_STRIDE_BYTES = 256;

/** The words of the four lanes by which the counters of four consecutive blocks differ. */
const LANE_COUNTERS = v128.constant(0, 1, 2, 3);
const ROTATE_16 = [2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13];
const ROTATE_8 = [3, 0, 1, 2, 7, 4, 5, 6, 11, 8, 9, 10, 15, 12, 13, 14];
const LOW_WORDS = [0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23];
const HIGH_WORDS = [8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31];
const LOW_HALVES = [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23];
const HIGH_HALVES = [8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31];
/** Which words a double round works on: four columns, four diagonals (RFC 8439 §2.3). */
const QUARTER_ROUNDS = [
  [0, 4, 8, 12],
  [1, 5, 9, 13],
  [2, 6, 10, 14],
  [3, 7, 11, 15],
  [0, 5, 10, 15],
  [1, 6, 11, 12],
  [2, 7, 8, 13],
  [3, 4, 9, 14],
] as const;
const DOUBLE_ROUNDS = 10;

/**
 * `chacha(state, source, target, targetEnd)`: the key stream of the 64-byte state, from its counter on, xor the bytes at
 * `source`, into `target` until `targetEnd`, in strides of 256 bytes (RFC 8439 §2.4). The counter in memory is not changed.
 */
export function chacha20(): FunctionBuilder {
  const fn = new FunctionBuilder('chacha', 4);
  const [state, source, target, end] = [0, 1, 2, 3].map((i) => fn.parameter(i)) as [Local, Local, Local, Local];
  const initial = fn.locals('v128', 16);
  const words = fn.locals('v128', 16);
  const turned = fn.locals('v128', 4);
  const round = fn.local('i32');

  for (const [i, word] of initial.entries()) fn.add(set(word, v128.loadSplat32(get(state), 4 * i)));
  fn.add(set(initial[12]!, v128.add32(get(initial[12]!), LANE_COUNTERS)));
  fn.add(
    whileLoop(
      i32.lessThan(get(target), get(end)),
      ...words.map((word, i) => set(word, get(initial[i]!))),
      set(round, i32.constant(0)),
      whileLoop(
        i32.lessThan(get(round), i32.constant(DOUBLE_ROUNDS)),
        ...QUARTER_ROUNDS.map(([a, b, c, d]) => quarterRound(words[a]!, words[b]!, words[c]!, words[d]!)),
        set(round, i32.add(get(round), i32.constant(1))),
      ),
      ...words.map((word, i) => set(word, v128.add32(get(word), get(initial[i]!)))),
      ...[0, 4, 8, 12].map((first) => emitWords(words.slice(first, first + 4), first, turned, source, target)),
      set(initial[12]!, v128.add32(get(initial[12]!), v128.constant(4, 4, 4, 4))),
      set(source, i32.add(get(source), i32.constant(CHACHA_STRIDE_BYTES))),
      set(target, i32.add(get(target), i32.constant(CHACHA_STRIDE_BYTES))),
    ),
  );
  return fn;
}

/** RFC 8439 §2.1, on four blocks at once. */
function quarterRound(a: Local, b: Local, c: Local, d: Local): Code {
  const addTo = (x: Local, y: Local): Code => set(x, v128.add32(get(x), get(y)));
  const mixBytes = (x: Local, y: Local, lanes: readonly number[]): Code => {
    const mixed = v128.xor(get(x), get(y));
    return [set(x, mixed), set(x, v128.shuffle(get(x), get(x), lanes))];
  };
  const mixBits = (x: Local, y: Local, bits: number): Code => [
    set(x, v128.xor(get(x), get(y))),
    set(x, v128.or(v128.shiftLeft32(get(x), bits), v128.shiftRight32(get(x), 32 - bits))),
  ];
  return [
    [addTo(a, b), mixBytes(d, a, ROTATE_16)],
    [addTo(c, d), mixBits(b, c, 12)],
    [addTo(a, b), mixBytes(d, a, ROTATE_8)],
    [addTo(c, d), mixBits(b, c, 7)],
  ];
}

/** Words `first` to `first + 3` of four blocks, turned from one word per vector to one block per vector, xor the source. */
function emitWords(words: readonly Local[], first: number, turned: readonly Local[], source: Local, target: Local): Code {
  const [a, b, c, d] = words as [Local, Local, Local, Local];
  const [ab, cd, abHigh, cdHigh] = turned as [Local, Local, Local, Local];
  const emit = (block: number, value: Expression): Code => {
    const offset = 64 * block + 4 * first;
    return v128.store(get(target), offset, v128.xor(value, v128.load(get(source), offset)));
  };
  return [
    set(ab, v128.shuffle(get(a), get(b), LOW_WORDS)),
    set(cd, v128.shuffle(get(c), get(d), LOW_WORDS)),
    set(abHigh, v128.shuffle(get(a), get(b), HIGH_WORDS)),
    set(cdHigh, v128.shuffle(get(c), get(d), HIGH_WORDS)),
    emit(0, v128.shuffle(get(ab), get(cd), LOW_HALVES)),
    emit(1, v128.shuffle(get(ab), get(cd), HIGH_HALVES)),
    emit(2, v128.shuffle(get(abHigh), get(cdHigh), LOW_HALVES)),
    emit(3, v128.shuffle(get(abHigh), get(cdHigh), HIGH_HALVES)),
  ];
}

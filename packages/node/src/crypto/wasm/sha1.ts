import { type Code, type Expression, FunctionBuilder, get, i32, type Local, set, v128, whileLoop } from './assembler.js';

/** Messages that are hashed side by side. */
export const SHA1_LANES = 4;
export const SHA1_BLOCK_BYTES = 64;
export const SHA1_STATE_WORDS = 5;

/** Where a job has what: of each lane a word. */
export const Sha1Job = {
  /** Where the lane's next block lies. */
  from: 0,
  /** How many blocks are left of it. */
  blocks: 16,
  /** Five words, those of all lanes side by side. */
  state: 32,
} as const;
export const SHA1_JOB_BYTES = Sha1Job.state + SHA1_STATE_WORDS * 16;

const SCHEDULE_WORDS = 16;
const ROUNDS = 80;
const STATE = [0, 1, 2, 3, 4];
const CONSTANTS = [0x5a82_7999, 0x6ed9_eba1, 0x8f1b_bcdc, 0xca62_c1d6];

/** The bytes of each word turned round. */
const REVERSED = [3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12];
/** Of two vectors, words in turn from the lower or the upper halves; and whole halves. */
const LOWER_WORDS = [0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23];
const UPPER_WORDS = [8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31];
const LOWER_HALVES = [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23];
const UPPER_HALVES = [8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31];

/**
 * `sha1(job, blocks)`: takes each lane of the job at `job` through its blocks (FIPS 180-4 §6.1.2), of which no lane has more than
 * `blocks`. A lane that has none left keeps its state; what it reads then means nothing, and must only lie in memory.
 */
export function sha1(): FunctionBuilder {
  const fn = new FunctionBuilder('sha1', 2);
  const [job, left] = [fn.parameter(0), fn.parameter(1)];
  const from = fn.locals('i32', SHA1_LANES);
  const state = fn.locals('v128', SHA1_STATE_WORDS);
  const schedule = fn.locals('v128', SCHEDULE_WORDS);
  const round = fn.locals('v128', SHA1_STATE_WORDS);
  const [constant, active] = fn.locals('v128', 2) as [Local, Local];
  const quarter = fn.locals('v128', 8);

  fn.add(
    ...from.map((at, lane) => set(at, i32.load(get(job), Sha1Job.from + 4 * lane))),
    ...state.map((word, i) => set(word, v128.load(get(job), Sha1Job.state + 16 * i))),
    set(active, v128.load(get(job), Sha1Job.blocks)),
    whileLoop(
      get(left),
      ...[0, 1, 2, 3].map((part) => readWords(from, part, quarter, schedule)),
      ...STATE.map((i) => set(round[i]!, get(state[i]!))),
      rounds(round, schedule, constant),
      // a lane whose count is below zero by now has ended before
      ...STATE.map((i) => set(round[i]!, v128.and(get(round[i]!), v128.greaterThan32(get(active), ZERO)))),
      ...STATE.map((i) => set(state[i]!, v128.add32(get(state[i]!), get(round[i]!)))),
      set(active, v128.add32(get(active), MINUS_ONE)),
      ...from.map((at) => set(at, i32.add(get(at), i32.constant(SHA1_BLOCK_BYTES)))),
      set(left, i32.subtract(get(left), i32.constant(1))),
    ),
    ...state.map((word, i) => v128.store(get(job), Sha1Job.state + 16 * i, get(word))),
  );
  return fn;
}

const ZERO = v128.constant(0, 0, 0, 0);
const MINUS_ONE = v128.constant(-1, -1, -1, -1);

/** Four words of each lane, turned so that each vector has the same word of all. */
function readWords(from: readonly Local[], part: number, quarter: readonly Local[], schedule: readonly Local[]): Code {
  const [a, b, c, d, ab, ab2, cd, cd2] = quarter as [Local, Local, Local, Local, Local, Local, Local, Local];
  const read = (lane: number): Expression => {
    const bytes = v128.load(get(from[lane]!), 16 * part);
    return v128.shuffle(bytes, bytes, REVERSED);
  };
  const word = (i: number): Local => schedule[4 * part + i]!;
  return [
    ...[a, b, c, d].map((local, lane) => set(local, read(lane))),
    set(ab, v128.shuffle(get(a), get(b), LOWER_WORDS)),
    set(cd, v128.shuffle(get(c), get(d), LOWER_WORDS)),
    set(ab2, v128.shuffle(get(a), get(b), UPPER_WORDS)),
    set(cd2, v128.shuffle(get(c), get(d), UPPER_WORDS)),
    set(word(0), v128.shuffle(get(ab), get(cd), LOWER_HALVES)),
    set(word(1), v128.shuffle(get(ab), get(cd), UPPER_HALVES)),
    set(word(2), v128.shuffle(get(ab2), get(cd2), LOWER_HALVES)),
    set(word(3), v128.shuffle(get(ab2), get(cd2), UPPER_HALVES)),
  ];
}

function rotated(value: Expression, bits: number): Expression {
  return v128.or(v128.shiftLeft32(value, bits), v128.shiftRight32(value, 32 - bits));
}

/** All eighty, unrolled: instead of moving the words on, their names move. */
function rounds(first: readonly Local[], schedule: readonly Local[], constant: Local): Code {
  const code: Code[] = [];
  let [a, b, c, d, e] = first as [Local, Local, Local, Local, Local];
  for (let t = 0; t < ROUNDS; t++) {
    const w = schedule[t % SCHEDULE_WORDS]!;
    const before = (n: number): Expression => get(schedule[(t - n + SCHEDULE_WORDS) % SCHEDULE_WORDS]!);
    if (t % 20 === 0) {
      const value = CONSTANTS[t / 20]! | 0;
      code.push(set(constant, v128.constant(value, value, value, value)));
    }
    if (t >= SCHEDULE_WORDS) {
      // the word of sixteen rounds before has the same name, and is mixed in last
      code.push(set(w, mixed(before(3), before(8), before(14), get(w))), set(w, rotated(get(w), 1)));
    }
    code.push(
      set(
        e,
        v128.add32(
          v128.add32(v128.add32(get(e), get(constant)), get(w)),
          v128.add32(rotated(get(a), 5), choice(t, get(b), get(c), get(d))),
        ),
      ),
      set(b, rotated(get(b), 30)),
    );
    [a, b, c, d, e] = [e, a, b, c, d];
  }
  return code;
}

function mixed(a: Expression, b: Expression, c: Expression, d: Expression): Expression {
  return v128.xor(v128.xor(a, b), v128.xor(c, d));
}

/** Ch, Parity or Maj (FIPS 180-4 §4.1.1). */
function choice(t: number, b: Expression, c: Expression, d: Expression): Expression {
  if (t < 20) return v128.xor(d, v128.and(b, v128.xor(c, d)));
  if (t >= 40 && t < 60) return v128.or(v128.and(b, c), v128.and(d, v128.or(b, c)));
  return v128.xor(v128.xor(b, c), d);
}

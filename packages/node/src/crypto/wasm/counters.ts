import { FunctionBuilder, get, i32, set, v128, whileLoop } from './assembler.js';

const BLOCK_BYTES = 16;
/** All bytes where they are, but those of the last word turned round. */
const LAST_REVERSED = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 15, 14, 13, 12];
const ONE = v128.constant(0, 0, 0, 1);

/** `countUp(first, end)`: from the counter block at `first` on, blocks until `end` whose last 32 bits count up (NIST SP 800-38D §6.2). */
export function countUp(): FunctionBuilder {
  const fn = new FunctionBuilder('countUp', 2);
  const [at, end] = [fn.parameter(0), fn.parameter(1)];
  const block = fn.local('v128');
  fn.add(
    set(block, v128.load(get(at), 0)),
    set(block, v128.shuffle(get(block), get(block), LAST_REVERSED)),
    whileLoop(
      i32.lessThan(get(at), get(end)),
      v128.store(get(at), 0, v128.shuffle(get(block), get(block), LAST_REVERSED)),
      set(block, v128.add32(get(block), ONE)),
      set(at, i32.add(get(at), i32.constant(BLOCK_BYTES))),
    ),
  );
  return fn;
}

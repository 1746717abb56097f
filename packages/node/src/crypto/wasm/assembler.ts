/**
 * Just enough of a WebAssembly assembler (WebAssembly Core Specification 2.0, §5) for the functions beside it: code is nested
 * arrays of bytes, composed by plain functions, so that each algorithm reads like its specification.
 */

/** Instructions, in the binary format. */
export type Code = readonly (number | Code)[];

/** A value on the stack: instructions that leave one. */
export type Expression = Code;

export type ValueType = 'i32' | 'i64' | 'v128';

const VALUE_TYPE: Readonly<Record<ValueType, number>> = { i32: 0x7f, i64: 0x7e, v128: 0x7b };

/** A parameter or variable of a function. */
export interface Local {
  readonly index: number;
}

/** An exported function under construction. */
export class FunctionBuilder {
  private readonly types: ValueType[] = [];
  private readonly body: Code[] = [];

  constructor(
    readonly name: string,
    readonly parameterCount: number,
  ) {
    for (let i = 0; i < parameterCount; i++) this.types.push('i32');
  }

  parameter(index: number): Local {
    return { index };
  }

  local(type: ValueType): Local {
    this.types.push(type);
    return { index: this.types.length - 1 };
  }

  locals(type: ValueType, count: number): Local[] {
    return Array.from({ length: count }, () => this.local(type));
  }

  add(...code: readonly Code[]): this {
    this.body.push(...code);
    return this;
  }

  /** Locals beyond the parameters, instructions, end (§5.4.9). */
  encode(): number[] {
    const variables = this.types.slice(this.parameterCount).map((type) => [1, VALUE_TYPE[type]]);
    const content = [...leb(variables.length), ...flatten(variables), ...flatten(this.body), 0x0b];
    return [...leb(content.length), ...content];
  }
}

/** A module that exports `functions` and its memory of `pages` times 64 KiB (§5.5). */
export function assembleModule(functions: readonly FunctionBuilder[], pages: number): Uint8Array {
  const section = (id: number, ...items: readonly (readonly number[])[]): number[] => {
    const content = [...leb(items.length), ...items.flat()];
    return [id, ...leb(content.length), ...content];
  };
  const exported = (name: string, kind: number, index: number): number[] => [
    name.length,
    ...new TextEncoder().encode(name),
    kind,
    index,
  ];
  const types = functions.map(({ parameterCount }) => [0x60, parameterCount, ...Array<number>(parameterCount).fill(0x7f), 0]);
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, ...types),
    ...section(3, ...functions.map((_, i) => [i])),
    ...section(5, [0x00, ...leb(pages)]),
    ...section(7, exported('memory', 2, 0), ...functions.map(({ name }, i) => exported(name, 0, i))),
    ...section(10, ...functions.map((one) => one.encode())),
  ]);
}

export const get = ({ index }: Local): Expression => [0x20, ...leb(index)];
export const set = ({ index }: Local, value: Expression): Code => [value, 0x21, ...leb(index)];
const binary =
  (opcode: number) =>
  (a: Expression, b: Expression): Expression => [a, b, opcode];
const simd =
  (opcode: number) =>
  (...operands: readonly Expression[]): Expression => [...operands, 0xfd, ...leb(opcode)];
/** Alignment is a hint only; 0 promises nothing. */
const memory =
  (opcode: number) =>
  (address: Expression, offset: number, value: Code = []): Code => [address, value, opcode, 0, ...leb(offset)];

export const i32 = {
  constant: (value: number): Expression => [0x41, ...signedLeb(BigInt(value))],
  load: memory(0x28),
  add: binary(0x6a),
  subtract: binary(0x6b),
  and: binary(0x71),
  shiftLeft: (a: Expression, bits: number): Expression => [a, i32.constant(bits), 0x74],
  shiftRight: (a: Expression, bits: number): Expression => [a, i32.constant(bits), 0x76],
  lessThan: binary(0x49),
};

export const i64 = {
  constant: (value: bigint): Expression => [0x42, ...signedLeb(value)],
  load: memory(0x29),
  load32: memory(0x35),
  store: memory(0x37),
  add: binary(0x7c),
  subtract: binary(0x7d),
  multiply: binary(0x7e),
  and: binary(0x83),
  or: binary(0x84),
  xor: binary(0x85),
  shiftLeft: (a: Expression, bits: number): Expression => [a, i64.constant(BigInt(bits)), 0x86],
  shiftRight: (a: Expression, bits: number): Expression => [a, i64.constant(BigInt(bits)), 0x88],
};

export const v128 = {
  load: (address: Expression, offset: number): Expression => [address, 0xfd, 0, 0, ...leb(offset)],
  loadSplat32: (address: Expression, offset: number): Expression => [address, 0xfd, 9, 0, ...leb(offset)],
  store: (address: Expression, offset: number, value: Expression): Code => [address, value, 0xfd, 11, 0, ...leb(offset)],
  /** Four 32-bit numbers. */
  constant: (...words: readonly [number, number, number, number]): Expression => [
    0xfd,
    12,
    ...new Uint8Array(Uint32Array.from(words).buffer),
  ],
  /** Sixteen bytes picked of `a` (0 to 15) and `b` (16 to 31). */
  shuffle: (a: Expression, b: Expression, lanes: readonly number[]): Expression => [a, b, 0xfd, 13, ...lanes],
  /** For each byte of `indices`, the byte of `table` with that number: the lookup reads no memory, so it takes the same time for any. */
  swizzle: (table: Expression, indices: Expression): Expression => simd(14)(table, indices),
  and: simd(78),
  or: simd(80),
  xor: simd(81),
  shiftLeft8: (a: Expression, bits: number): Expression => simd(107)(a, i32.constant(bits)),
  shiftRight8: (a: Expression, bits: number): Expression => simd(109)(a, i32.constant(bits)),
  add32: simd(174),
  /** All bits of a word where the signed one of `a` is greater than that of `b`. */
  greaterThan32: simd(59),
  shiftLeft32: (a: Expression, bits: number): Expression => simd(171)(a, i32.constant(bits)),
  shiftRight32: (a: Expression, bits: number): Expression => simd(173)(a, i32.constant(bits)),
};

/** Runs `body` while `condition` holds, asked before each time. */
export function whileLoop(condition: Expression, ...body: readonly Code[]): Code {
  // block { loop { br_if 1 (not condition); body; br 0 } }
  return [0x02, 0x40, 0x03, 0x40, condition, 0x45, 0x0d, 1, ...body, 0x0c, 0, 0x0b, 0x0b];
}

function flatten(code: Code): number[] {
  const bytes: number[] = [];
  for (const part of code) {
    if (typeof part === 'number') bytes.push(part);
    else for (const byte of flatten(part)) bytes.push(byte);
  }
  return bytes;
}

function leb(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    bytes.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
    rest >>>= 7;
  } while (rest > 0);
  return bytes;
}

function signedLeb(value: bigint): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; ) {
    const byte = Number(rest & 0x7fn);
    rest >>= 7n;
    const isLast = (rest === 0n && (byte & 0x40) === 0) || (rest === -1n && (byte & 0x40) !== 0);
    bytes.push(isLast ? byte : byte | 0x80);
    if (isLast) return bytes;
  }
}

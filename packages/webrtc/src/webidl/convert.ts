/** What a script may hand us for a dictionary, once it is known to be an object. */
export type Dictionary = Readonly<Record<string, unknown>>;

/** Web IDL DOMString: anything but a symbol, as text. */
export function toDomString(value: unknown): string {
  if (typeof value === 'symbol') throw new TypeError('Cannot convert a symbol to a string');
  return `${value as string}`;
}

/** Web IDL USVString: lone surrogates become U+FFFD. */
export function toUsvString(value: unknown): string {
  return toDomString(value).replace(/\p{Surrogate}/gu, '\uFFFD');
}

/** How a number outside its type's range is taken: wrapped around, or refused ([EnforceRange]). */
export type RangeRule = 'wrap' | 'enforce';

/** Web IDL's conversion to an integer of `bits` (up to 53); a bigint or a symbol is a TypeError, as everywhere in the web. */
export function toInteger(value: unknown, type: { readonly bits: number; readonly signed: boolean }, rule: RangeRule): number {
  const number = toNumber(value);
  const upper = 2 ** (type.signed ? type.bits - 1 : type.bits) - 1;
  const lower = type.signed ? -(2 ** (type.bits - 1)) : 0;
  if (rule === 'enforce') {
    const integer = Math.trunc(number) + 0; // no minus zero
    if (!Number.isFinite(number) || integer < lower || integer > upper) {
      throw new TypeError(`${number} is not between ${lower} and ${upper}`);
    }
    return integer;
  }
  if (!Number.isFinite(number)) return 0;
  const modulus = 2 ** type.bits;
  const wrapped = ((Math.trunc(number) % modulus) + modulus) % modulus;
  return wrapped > upper ? wrapped - modulus : wrapped;
}

export const OCTET = { bits: 8, signed: false } as const;
export const UNSIGNED_SHORT = { bits: 16, signed: false } as const;
export const UNSIGNED_LONG = { bits: 32, signed: false } as const;
export const LONG = { bits: 32, signed: true } as const;
/** `unsigned long long` as far as a number is exact. */
export const UNSIGNED_LONG_LONG = { bits: 53, signed: false } as const;

function toNumber(value: unknown): number {
  if (typeof value === 'symbol' || typeof value === 'bigint') throw new TypeError(`Cannot convert a ${typeof value} to a number`);
  return Number(value);
}

/** One of `values`, or a TypeError. */
export function toEnum<Value extends string>(value: unknown, values: readonly Value[], name: string): Value {
  const text = toDomString(value);
  const found = values.find((candidate) => candidate === text);
  if (found === undefined) throw new TypeError(`"${text}" is not a valid ${name}`);
  return found;
}

/** An object whose members can be asked for; undefined and null are empty dictionaries. */
export function toDictionary(value: unknown, name: string): Dictionary {
  if (value === undefined || value === null) return {};
  if (typeof value !== 'object' && typeof value !== 'function') throw new TypeError(`The ${name} is not an object`);
  return value as Dictionary;
}

/** A member converted if it is there; a member that is undefined is not there. */
export function optional<Value>(value: unknown, convert: (value: unknown) => Value): Value | undefined {
  return value === undefined ? undefined : convert(value);
}

/** Like {@link optional}, and null stays null. */
export function nullable<Value>(value: unknown, convert: (value: unknown) => Value): Value | null | undefined {
  return value === undefined || value === null ? value : convert(value);
}

/** A required member, or a TypeError that names it. */
export function required(dictionary: Dictionary, member: string, name: string): unknown {
  const value = dictionary[member];
  if (value === undefined) throw new TypeError(`The ${name} lacks its required member "${member}"`);
  return value;
}

/** Web IDL sequence<T>: any iterable object, its elements converted. */
export function toSequence<Item>(value: unknown, convert: (value: unknown) => Item, name: string): Item[] {
  if (!isIterable(value)) throw new TypeError(`The ${name} is not iterable`);
  return Array.from(value, convert);
}

export function isIterable(value: unknown): value is Iterable<unknown> {
  return (
    ((typeof value === 'object' && value !== null) || typeof value === 'function') &&
    typeof (value as Partial<Iterable<unknown>>)[Symbol.iterator] === 'function'
  );
}

/** Throws what browsers throw when an operation gets fewer arguments than it demands. */
export function requireArguments(given: number, needed: number, where: string): void {
  if (given < needed)
    throw new TypeError(`${where}: ${needed} argument${needed > 1 ? 's' : ''} required, but only ${given} present`);
}

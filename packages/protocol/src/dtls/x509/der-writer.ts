import { DerTag } from './der.js';

/** One DER element: `tag`, the length of `parts` together, `parts` (X.690 §8.1). */
export function derElement(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const header = [tag, ...derLength(length)];
  const element = new Uint8Array(header.length + length);
  element.set(header);
  let at = header.length;
  for (const part of parts) {
    element.set(part, at);
    at += part.length;
  }
  return element;
}

export function derSequence(...parts: readonly Uint8Array[]): Uint8Array {
  return derElement(DerTag.sequence, ...parts);
}

/** A non-negative INTEGER from its big-endian magnitude: no needless zeros in front, one where the sign would show. */
export function derInteger(magnitude: Uint8Array): Uint8Array {
  let start = 0;
  while (start < magnitude.length - 1 && magnitude[start] === 0) start += 1;
  const digits = magnitude.subarray(start);
  const isShowingSign = digits.length === 0 || (digits[0]! & 0x80) !== 0;
  return derElement(DerTag.integer, isShowingSign ? Uint8Array.of(0) : new Uint8Array(0), digits);
}

/** A BIT STRING of whole bytes, or with `unusedBits` at its end. */
export function derBitString(bytes: Uint8Array, unusedBits = 0): Uint8Array {
  return derElement(DerTag.bitString, Uint8Array.of(unusedBits), bytes);
}

export function derOctetString(bytes: Uint8Array): Uint8Array {
  return derElement(DerTag.octetString, bytes);
}

export function derBoolean(value: boolean): Uint8Array {
  return derElement(DerTag.boolean, Uint8Array.of(value ? 0xff : 0));
}

/** An OBJECT IDENTIFIER from its dotted form (X.690 §8.19). */
export function derOid(dotted: string): Uint8Array {
  const [first = 0, second = 0, ...arcs] = dotted.split('.').map(Number);
  return derElement(DerTag.oid, Uint8Array.from([40 * first + second, ...arcs].flatMap(base128)));
}

export function derUtf8(text: string): Uint8Array {
  return derElement(DerTag.utf8String, new TextEncoder().encode(text));
}

/** A moment, in whole seconds: UTCTime until 2049, GeneralizedTime after (RFC 5280 §4.1.2.5). */
export function derTime(wallMs: number): Uint8Array {
  const { year, month, day, secondOfDay } = civilTime(Math.floor(wallMs / 1_000));
  const two = (value: number): string => String(value).padStart(2, '0');
  const clock = two(Math.floor(secondOfDay / 3_600)) + two(Math.floor(secondOfDay / 60) % 60) + two(secondOfDay % 60);
  const rest = `${two(month)}${two(day)}${clock}Z`;
  const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
  return year >= 1950 && year < 2050
    ? derElement(DerTag.utcTime, encode(two(year % 100) + rest))
    : derElement(DerTag.generalizedTime, encode(String(year).padStart(4, '0') + rest));
}

/** The Gregorian date of a number of seconds since 1970, UTC. Pure code has no Date. */
function civilTime(seconds: number): { year: number; month: number; day: number; secondOfDay: number } {
  const days = Math.floor(seconds / 86_400);
  // Years that begin in March put the leap day last; eras are 400 years (146 097 days), all alike.
  const sinceMarch0 = days + 719_468;
  const era = Math.floor(sinceMarch0 / 146_097);
  const dayOfEra = sinceMarch0 - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1_460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1,
    secondOfDay: seconds - days * 86_400,
  };
}

function derLength(length: number): number[] {
  if (length < 0x80) return [length];
  const digits: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) digits.unshift(rest % 256);
  return [0x80 | digits.length, ...digits];
}

function base128(arc: number): number[] {
  const digits = [arc % 128];
  for (let rest = Math.floor(arc / 128); rest > 0; rest = Math.floor(rest / 128)) digits.unshift(0x80 | (rest % 128));
  return digits;
}

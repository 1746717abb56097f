import { parseIpAddress } from '../../../stun/index.js';
import { type IpEndpoint, word } from '../ip-endpoint.js';

/** IPv4 addresses stand after these bits of their mapped form. */
const MAPPED_BITS = 96;

/** A block of addresses: its first `bits` of 128, IPv4 in its mapped form. */
export interface Prefix {
  readonly w0: number;
  readonly w1: number;
  readonly w2: number;
  readonly w3: number;
  readonly bits: number;
}

/** Words of an address or prefix. */
export type Words = Pick<IpEndpoint, 'w0' | 'w1' | 'w2' | 'w3'>;

export function contains(prefix: Prefix, { w0, w1, w2, w3 }: Words): boolean {
  const { bits } = prefix;
  return (
    ((w0 ^ prefix.w0) & maskOf(bits)) === 0 &&
    ((w1 ^ prefix.w1) & maskOf(bits - 32)) === 0 &&
    ((w2 ^ prefix.w2) & maskOf(bits - 64)) === 0 &&
    ((w3 ^ prefix.w3) & maskOf(bits - 96)) === 0
  );
}

/** The first `bits` of a word; none when negative, all when 32 or more. */
function maskOf(bits: number): number {
  if (bits <= 0) return 0;
  return bits >= 32 ? -1 : -1 << (32 - bits);
}

/** `prefix` with zeros behind its bits. */
export function prefixOf({ w0, w1, w2, w3 }: Words, bits: number): Prefix {
  return { w0: w0 & maskOf(bits), w1: w1 & maskOf(bits - 32), w2: w2 & maskOf(bits - 64), w3: w3 & maskOf(bits - 96), bits };
}

/** The block that starts with an IPv4 address, its bits counted as for IPv4. */
export function ipv4Prefix(address: number, bits: number): Prefix {
  return prefixOf({ w0: 0, w1: 0, w2: 0xffff, w3: address }, MAPPED_BITS + bits);
}

/**
 * The blocks that `text` names: an address, `address/bits`, or `first-last` (several blocks). Undefined when it names none: too
 * many bits, a range that runs backwards or from one family to the other.
 */
export function parsePrefixes(text: string): readonly Prefix[] | undefined {
  const entry = text.trim();
  const dash = entry.indexOf('-');
  if (dash >= 0) return rangeOf(entry.slice(0, dash).trim(), entry.slice(dash + 1).trim());
  const [address = '', length, ...more] = entry.split('/');
  const bytes = parseIpAddress(address);
  if (!bytes || more.length > 0) return undefined;
  const most = 8 * bytes.length;
  const bits = length === undefined ? most : /^\d{1,3}$/.test(length) ? Number(length) : Number.NaN;
  if (!(bits <= most)) return undefined;
  return [prefixOf(wordsOf(bytes), bytes.length === 4 ? MAPPED_BITS + bits : bits)];
}

function wordsOf(bytes: Uint8Array): Words {
  return bytes.length === 4
    ? { w0: 0, w1: 0, w2: 0xffff, w3: word(bytes, 0) }
    : { w0: word(bytes, 0), w1: word(bytes, 4), w2: word(bytes, 8), w3: word(bytes, 12) };
}

function rangeOf(firstText: string, lastText: string): readonly Prefix[] | undefined {
  const first = parseIpAddress(firstText);
  const last = parseIpAddress(lastText);
  if (!first || !last || first.length !== last.length) return undefined;
  const most = 8 * first.length;
  let from = bigOf(first);
  const to = bigOf(last);
  if (from > to) return undefined;
  const prefixes: Prefix[] = [];
  while (from <= to) {
    let free = trailingZeros(from, most);
    while (free > 0 && from + (1n << BigInt(free)) - 1n > to) free -= 1;
    const bits = most - free;
    const words = wordsOf(bytesOf(from, first.length));
    prefixes.push(prefixOf(words, first.length === 4 ? MAPPED_BITS + bits : bits));
    from += 1n << BigInt(free);
  }
  return prefixes;
}

function bigOf(bytes: Uint8Array): bigint {
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  return value;
}

function bytesOf(value: bigint, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => Number((value >> BigInt(8 * (length - 1 - i))) & 0xffn));
}

function trailingZeros(value: bigint, most: number): number {
  let count = 0;
  while (count < most && ((value >> BigInt(count)) & 1n) === 0n) count += 1;
  return count;
}

import { copied } from '../core/index.js';

/** An IP address and a port, as text and number: `{ address: '192.0.2.1', port: 3478 }`. */
export interface TransportAddress {
  readonly address: string;
  readonly port: number;
}

export type AddressFamily = 'ipv4' | 'ipv6';

/** Longest text of an address (RFC 4291 §2.2). */
const MAX_TEXT_LENGTH = 45;

/** Addresses that were asked about lately: a connection asks about the same few for each pair of candidates. */
const familyByAddress = new Map<string, AddressFamily>();
const MAX_KNOWN = 256;

/** The family of `address`, or undefined when it is no IP address (a name, for one). */
export function familyOf(address: string): AddressFamily | undefined {
  const known = familyByAddress.get(address);
  if (known || address.length > MAX_TEXT_LENGTH) return known;
  const bytes = parseIpAddress(address);
  if (!bytes) return undefined;
  const family = bytes.length === 4 ? 'ipv4' : 'ipv6';
  if (familyByAddress.size === MAX_KNOWN) familyByAddress.clear();
  familyByAddress.set(copied(address), family);
  return family;
}

/** The 4 or 16 bytes of an address in text; undefined when it is none. A zone (`%eth0`) makes it none. */
export function parseIpAddress(text: string): Uint8Array | undefined {
  return text.includes(':') ? parseIpv6(text) : parseIpv4(text);
}

/** Text of 4 or 16 bytes: dotted, or RFC 5952. */
export function formatIpAddress(bytes: Uint8Array): string {
  return bytes.length === 4 ? bytes.join('.') : formatIpv6(bytes);
}

/** The one spelling of `text` (RFC 5952), so that equal addresses are equal strings; undefined when it is no address. */
export function canonicalIpAddress(text: string): string | undefined {
  const bytes = parseIpAddress(text);
  return bytes && formatIpAddress(bytes);
}

function parseIpv4(text: string): Uint8Array | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (!match) return undefined;
  const bytes = new Uint8Array(4);
  for (let i = 0; i < 4; i++) {
    const part = match[i + 1]!;
    const value = Number(part);
    if (value > 255 || (part.length > 1 && part.startsWith('0'))) return undefined; // 010 is 8 to some and 10 to others
    bytes[i] = value;
  }
  return bytes;
}

function parseIpv6(text: string): Uint8Array | undefined {
  if (text.length > MAX_TEXT_LENGTH) return undefined;
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const head = parseGroups(halves[0]!, halves.length === 1);
  const tail = halves.length === 2 ? parseGroups(halves[1]!, true) : [];
  if (!head || !tail) return undefined;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  const bytes = new Uint8Array(16);
  const put = (group: number, at: number): void => {
    bytes[2 * at] = group >>> 8;
    bytes[2 * at + 1] = group;
  };
  head.forEach((group, i) => {
    put(group, i);
  });
  tail.forEach((group, i) => {
    put(group, head.length + missing + i);
  });
  return bytes;
}

/** The 16-bit groups of one side of an IPv6 address; the last may be an IPv4 address when `isEnd`. */
function parseGroups(text: string, isEnd: boolean): number[] | undefined {
  if (text === '') return [];
  const groups: number[] = [];
  const parts = text.split(':');
  for (const [i, part] of parts.entries()) {
    if (/^[0-9A-Fa-f]{1,4}$/.test(part)) groups.push(Number.parseInt(part, 16));
    else {
      const ipv4 = isEnd && i === parts.length - 1 ? parseIpv4(part) : undefined;
      if (!ipv4) return undefined;
      groups.push((ipv4[0]! << 8) | ipv4[1]!, (ipv4[2]! << 8) | ipv4[3]!);
    }
  }
  return groups;
}

/** RFC 5952: lower case, no leading zeros, the first longest run of two or more zero groups as `::`. */
function formatIpv6(bytes: Uint8Array): string {
  const groups: number[] = [];
  for (let i = 0; i < 16; i += 2) groups.push((bytes[i]! << 8) | bytes[i + 1]!);
  const run = longestZeroRun(groups);
  const hex = (part: number[]): string => part.map((group) => group.toString(16)).join(':');
  if (run.length < 2) return hex(groups);
  if (run.start === 0 && run.length === 5 && groups[5] === 0xffff) return `::ffff:${bytes.subarray(12).join('.')}`;
  return `${hex(groups.slice(0, run.start))}::${hex(groups.slice(run.start + run.length))}`;
}

function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  let start = 0;
  for (let i = 0; i <= groups.length; i++) {
    if (groups[i] === 0) continue;
    if (i - start > best.length) best = { start, length: i - start };
    start = i + 1;
  }
  return best;
}

import { formatIpAddress, parseIpAddress } from '@maru/protocol/stun';

/** Addresses from one to another, both included, of one family. */
export interface AddressRange {
  readonly first: Uint8Array;
  readonly last: Uint8Array;
}

/** Reads an address, a network (`10.0.0.0/8`) or a range (`10.0.0.1-10.0.0.9`); undefined when it is none of them. */
export function parseAddressRange(text: string): AddressRange | undefined {
  if (text.includes('/')) return parseNetwork(text);
  const [from = '', to, ...rest] = text.split('-').map((part) => part.trim());
  if (rest.length > 0) return undefined;
  const first = parseIpAddress(from);
  const last = to === undefined ? first : parseIpAddress(to);
  if (!first || !last || first.length !== last.length || numberOf(first) > numberOf(last)) return undefined;
  return { first, last };
}

/** A prefix whose other bits are set is refused: `10.0.0.7/8` means either less or more than who wrote it thinks. */
function parseNetwork(text: string): AddressRange | undefined {
  const [address = '', prefix = '', ...rest] = text.split('/');
  const first = parseIpAddress(address);
  if (!first || rest.length > 0 || !/^(?:0|[1-9]\d{0,2})$/.test(prefix)) return undefined;
  const bits = 8 * first.length;
  const hostBits = BigInt(bits - Number(prefix));
  if (hostBits < 0n) return undefined;
  const start = numberOf(first);
  const size = 1n << hostBits;
  if (start % size !== 0n) return undefined;
  return { first, last: bytesOf(start + size - 1n, first.length) };
}

/** The fewest networks (`10.0.0.0/8`) that are together exactly `range`. */
export function networksOf({ first, last }: AddressRange): string[] {
  const bits = 8 * first.length;
  const networks: string[] = [];
  const end = numberOf(last);
  for (let start = numberOf(first); start <= end; ) {
    let hostBits = 0;
    while (hostBits < bits && fits(start, hostBits + 1, end)) hostBits += 1;
    networks.push(`${formatIpAddress(bytesOf(start, first.length))}/${bits - hostBits}`);
    start += 1n << BigInt(hostBits);
  }
  return networks;
}

/** Whether a network of `hostBits` may begin at `start` without going past `end`. */
function fits(start: bigint, hostBits: number, end: bigint): boolean {
  const size = 1n << BigInt(hostBits);
  return start % size === 0n && start + size - 1n <= end;
}

const numberOf = (bytes: Uint8Array): bigint => bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);

function bytesOf(value: bigint, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = length - 1; i >= 0; i--, value >>= 8n) bytes[i] = Number(value & 0xffn);
  return bytes;
}

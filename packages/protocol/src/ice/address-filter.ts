import { parseIpAddress } from '../stun/index.js';

/** A block of addresses, IPv4 or IPv6. */
export interface AddressBlock {
  readonly bytes: Uint8Array;
  readonly prefixBits: number;
}

/** Reads `10.0.0.0/8` or `fd00::/8`; an address alone is a block of one. Undefined when it is neither. */
export function parseAddressBlock(text: string): AddressBlock | undefined {
  const [address, prefix, ...more] = text.split('/');
  const bytes = parseIpAddress(address!);
  if (!bytes || more.length > 0 || (prefix !== undefined && !/^\d{1,3}$/.test(prefix))) return undefined;
  const prefixBits = prefix === undefined ? 8 * bytes.length : Number(prefix);
  if (prefixBits > 8 * bytes.length) return undefined;
  const plain = embeddedIpv4(bytes);
  const embeddedAt = 8 * (bytes.length - 4);
  return plain && bytes.length === 16 && prefixBits >= embeddedAt && isMapped(bytes)
    ? { bytes: plain, prefixBits: prefixBits - embeddedAt }
    : { bytes, prefixBits };
}

/** Addresses that no peer on the internet can have: a server that lets peers name them lets itself be used as a scanner (S-22). */
export const SPECIAL_BLOCKS: readonly string[] = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
  '::/128',
  '::1/128',
  '100::/64',
  '2001:db8::/32',
  'fc00::/7',
  'fe80::/10',
  'fec0::/10',
  'ff00::/8',
];

/**
 * A filter for {@link IceOptions.remoteAddressFilter} that refuses these blocks. An IPv4 address that hides in an IPv6 one
 * (mapped, compatible, 6to4, NAT64, Teredo, ISATAP) is judged as what it is (S-02). Throws RangeError for a block that is none.
 */
export function refuseAddresses(blocks: readonly string[]): (address: string) => boolean {
  const refused = blocks.map((text) => {
    const block = parseAddressBlock(text);
    if (!block) throw new RangeError(`"${text}" is no block of addresses`);
    return block;
  });
  return (address) => {
    const bytes = parseIpAddress(address);
    if (!bytes) return false;
    const hidden = bytes.length === 16 ? embeddedIpv4(bytes) : undefined;
    return !refused.some((block) => contains(block, bytes) || (hidden !== undefined && contains(block, hidden)));
  };
}

function contains({ bytes, prefixBits }: AddressBlock, address: Uint8Array): boolean {
  if (bytes.length !== address.length) return false;
  const whole = prefixBits >> 3;
  for (let i = 0; i < whole; i++) if (bytes[i] !== address[i]) return false;
  const rest = prefixBits & 7;
  return rest === 0 || (bytes[whole]! ^ address[whole]!) >> (8 - rest) === 0;
}

function startsWith(bytes: Uint8Array, ...start: number[]): boolean {
  return start.every((byte, i) => bytes[i] === byte);
}

function isMapped(bytes: Uint8Array): boolean {
  return bytes.subarray(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff;
}

/** The IPv4 address inside an IPv6 one of a transition mechanism, if there is one. */
function embeddedIpv4(bytes: Uint8Array): Uint8Array | undefined {
  if (bytes.length !== 16) return undefined;
  const isCompatible = bytes.subarray(0, 12).every((byte) => byte === 0);
  if (isMapped(bytes) || isCompatible) return bytes.subarray(12); // RFC 4291 §2.5.5
  if (startsWith(bytes, 0x20, 0x02)) return bytes.subarray(2, 6); // 6to4, RFC 3056
  if (startsWith(bytes, 0x00, 0x64, 0xff, 0x9b)) return bytes.subarray(12); // NAT64, RFC 6052 and 8215
  if (startsWith(bytes, 0x20, 0x01, 0, 0)) return bytes.subarray(12).map((byte) => byte ^ 0xff); // Teredo, RFC 4380
  const isIsatap = (bytes[8]! & 0xfd) === 0 && bytes[9] === 0 && bytes[10] === 0x5e && bytes[11] === 0xfe; // RFC 5214
  return isIsatap ? bytes.subarray(12) : undefined;
}

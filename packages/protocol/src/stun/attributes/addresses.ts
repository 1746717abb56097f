import { ByteReader, type ByteWriter } from '../../bytes/index.js';
import { assert, type Decoded, Malformed } from '../../core/index.js';
import type { StunAttribute } from '../attribute.js';
import { formatIpAddress, parseIpAddress, type TransportAddress } from '../ip-address.js';

export const FAMILY_IPV4 = 0x01;
export const FAMILY_IPV6 = 0x02;

const WRONG_LENGTH = Malformed.of('stun/address/wrong-length');
const UNKNOWN_FAMILY = Malformed.of('stun/address/unknown-family');

const COOKIE = Uint8Array.of(0x21, 0x12, 0xa4, 0x42);
const NO_MASK = new Uint8Array(16);

/**
 * Reads an address (RFC 8489 §14.1), XORed with cookie and transaction id where it is of the XOR kind (§14.2).
 *
 *      0                   1                   2                   3
 *      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *     |0 0 0 0 0 0 0 0|    Family     |             Port              |
 *     |              Address (32 bits or 128 bits)                    |
 */
function decodeAddress(value: Uint8Array, mask: Uint8Array): Decoded<TransportAddress> {
  const reader = new ByteReader(value);
  const family = reader.u16() & 0xff;
  const port = reader.u16() ^ ((mask[0]! << 8) | mask[1]!);
  const address = reader.rest();
  if (reader.failed) return WRONG_LENGTH;
  if (family !== FAMILY_IPV4 && family !== FAMILY_IPV6) return UNKNOWN_FAMILY;
  if (address.length !== (family === FAMILY_IPV4 ? 4 : 16)) return WRONG_LENGTH;
  return { address: formatIpAddress(address.map((byte, i) => byte ^ mask[i]!)), port };
}

function encodeAddress({ address, port }: TransportAddress, out: ByteWriter, mask: Uint8Array): void {
  const bytes = parseIpAddress(address);
  assert(bytes, 'STUN carries IP addresses only');
  out.u16(bytes.length === 4 ? FAMILY_IPV4 : FAMILY_IPV6).u16(port ^ ((mask[0]! << 8) | mask[1]!));
  for (let i = 0; i < bytes.length; i++) out.u8(bytes[i]! ^ mask[i]!);
}

function maskOf(transactionId: Uint8Array): Uint8Array {
  const mask = new Uint8Array(16);
  mask.set(COOKIE);
  mask.set(transactionId.subarray(0, 12), 4);
  return mask;
}

/** An attribute that is an address in the clear. */
export function addressAttribute(type: number, name: string): StunAttribute<TransportAddress> {
  return {
    type,
    name,
    decode: (value) => decodeAddress(value, NO_MASK),
    encode: (address, out) => encodeAddress(address, out, NO_MASK),
  };
}

/** An attribute that is an address hidden from NATs which rewrite what looks like one. */
export function xorAddressAttribute(type: number, name: string): StunAttribute<TransportAddress> {
  return {
    type,
    name,
    decode: (value, transactionId) => decodeAddress(value, maskOf(transactionId)),
    encode: (address, out, transactionId) => encodeAddress(address, out, maskOf(transactionId)),
  };
}

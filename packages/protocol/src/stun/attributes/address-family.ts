import { Malformed } from '../../core/index.js';
import type { StunAttribute } from '../attribute.js';
import type { AddressFamily } from '../ip-address.js';
import { FAMILY_IPV4, FAMILY_IPV6 } from './addresses.js';

/** An attribute of one address family and three reserved bytes (RFC 8656 §18.6). */
export function familyAttribute(type: number, name: string, label: string): StunAttribute<AddressFamily> {
  const wrongLength = Malformed.of(`stun/${label}/wrong-length`);
  const unknownFamily = Malformed.of(`stun/${label}/unknown-family`);
  return {
    type,
    name,
    decode(value) {
      if (value.length !== 4) return wrongLength;
      if (value[0] === FAMILY_IPV4) return 'ipv4';
      return value[0] === FAMILY_IPV6 ? 'ipv6' : unknownFamily;
    },
    encode(family, out) {
      out.u8(family === 'ipv4' ? FAMILY_IPV4 : FAMILY_IPV6).zeros(3);
    },
  };
}

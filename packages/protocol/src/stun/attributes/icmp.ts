import { ByteReader } from '../../bytes/index.js';
import { Malformed } from '../../core/index.js';
import type { StunAttribute } from '../attribute.js';
import { AttributeType } from '../registry.js';

/** An ICMP error that a relayed packet met. */
export interface IcmpError {
  /** 7 bits, of ICMPv4 or ICMPv6 by the family of the peer. */
  readonly icmpType: number;
  /** 9 bits. */
  readonly icmpCode: number;
  /** The next hop's MTU for "too big", else 0. */
  readonly data: number;
}

const WRONG_LENGTH = Malformed.of('stun/icmp/wrong-length');

/**
 * ICMP (RFC 8656 §18.13).
 *
 *      0                   1                   2                   3
 *      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *     |  Reserved                     |  ICMP Type  |  ICMP Code      |
 *     |                          Error Data                           |
 */
export const Icmp: StunAttribute<IcmpError> = {
  type: AttributeType.icmp,
  name: 'ICMP',
  decode(value) {
    if (value.length !== 8) return WRONG_LENGTH;
    const reader = new ByteReader(value);
    reader.skip(2);
    const both = reader.u16();
    return { icmpType: both >>> 9, icmpCode: both & 0x1ff, data: reader.u32() };
  },
  encode({ icmpType, icmpCode, data }, out) {
    out
      .zeros(2)
      .u16((icmpType << 9) | icmpCode)
      .u32(data);
  },
};

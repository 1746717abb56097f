import { ByteReader } from '../../bytes/index.js';
import { Malformed } from '../../core/index.js';
import type { StunAttribute } from '../attribute.js';
import type { AddressFamily } from '../ip-address.js';
import { AttributeType } from '../registry.js';
import { FAMILY_IPV4, FAMILY_IPV6 } from './addresses.js';
import type { StunError } from './error-code.js';

/** Why one family of a dual allocation was refused. */
export interface AddressError extends StunError {
  readonly family: AddressFamily;
}

const WRONG_LENGTH = Malformed.of('stun/address-error-code/wrong-length');
const OUT_OF_RANGE = Malformed.of('stun/address-error-code/out-of-range');
const ENCODER = new TextEncoder();
const LENIENT_DECODER = new TextDecoder('utf-8');

/**
 * ADDRESS-ERROR-CODE (RFC 8656 §18.12).
 *
 *      0                   1                   2                   3
 *      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *     |  Family       |    Reserved             |Class|     Number    |
 *     |      Reason Phrase (variable)                                ..
 */
export const AddressErrorCode: StunAttribute<AddressError> = {
  type: AttributeType.addressErrorCode,
  name: 'ADDRESS-ERROR-CODE',
  decode(value) {
    const reader = new ByteReader(value);
    const family = reader.u8();
    const hundreds = reader.u16() & 0b111;
    const number = reader.u8();
    const reason = reader.rest();
    if (reader.failed || reason.length > 763) return WRONG_LENGTH;
    if ((family !== FAMILY_IPV4 && family !== FAMILY_IPV6) || hundreds < 3 || hundreds > 6 || number > 99) return OUT_OF_RANGE;
    return {
      family: family === FAMILY_IPV4 ? 'ipv4' : 'ipv6',
      code: 100 * hundreds + number,
      reason: LENIENT_DECODER.decode(reason),
    };
  },
  encode({ family, code, reason }, out) {
    out
      .u8(family === 'ipv4' ? FAMILY_IPV4 : FAMILY_IPV6)
      .u16(Math.floor(code / 100))
      .u8(code % 100)
      .raw(ENCODER.encode(reason));
  },
};

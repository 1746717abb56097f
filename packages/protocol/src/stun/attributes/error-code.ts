import { ByteReader } from '../../bytes/index.js';
import { Malformed } from '../../core/index.js';
import type { StunAttribute } from '../attribute.js';
import { AttributeType } from '../registry.js';

/** Why a request was refused. */
export interface StunError {
  /** 300 to 699. */
  readonly code: number;
  /** For people; at most 763 bytes. */
  readonly reason: string;
}

const WRONG_LENGTH = Malformed.of('stun/error-code/wrong-length');
const OUT_OF_RANGE = Malformed.of('stun/error-code/out-of-range');
const ENCODER = new TextEncoder();
const LENIENT_DECODER = new TextDecoder('utf-8');

/**
 * ERROR-CODE (RFC 8489 §14.8).
 *
 *      0                   1                   2                   3
 *      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *     |           Reserved, should be 0         |Class|     Number    |
 *     |      Reason Phrase (variable)                                ..
 */
export const ErrorCode: StunAttribute<StunError> = {
  type: AttributeType.errorCode,
  name: 'ERROR-CODE',
  decode(value) {
    const reader = new ByteReader(value);
    const hundreds = reader.u24() & 0b111;
    const number = reader.u8();
    const reason = reader.rest();
    if (reader.failed || reason.length > 763) return WRONG_LENGTH;
    if (hundreds < 3 || hundreds > 6 || number > 99) return OUT_OF_RANGE;
    return { code: 100 * hundreds + number, reason: LENIENT_DECODER.decode(reason) };
  },
  encode({ code, reason }, out) {
    out
      .u24(Math.floor(code / 100))
      .u8(code % 100)
      .raw(ENCODER.encode(reason));
  },
};

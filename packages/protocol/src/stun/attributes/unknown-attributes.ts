import { ByteReader } from '../../bytes/index.js';
import { Malformed } from '../../core/index.js';
import type { StunAttribute } from '../attribute.js';
import { AttributeType } from '../registry.js';

const ODD_LENGTH = Malformed.of('stun/unknown-attributes/odd-length');

/** The attributes that made a request fail with 420, by type (RFC 8489 §14.13). */
export const UnknownAttributes: StunAttribute<readonly number[]> = {
  type: AttributeType.unknownAttributes,
  name: 'UNKNOWN-ATTRIBUTES',
  decode(value) {
    if (value.length % 2 !== 0) return ODD_LENGTH;
    const reader = new ByteReader(value);
    const types: number[] = [];
    while (reader.remaining > 0) types.push(reader.u16());
    return types;
  },
  encode(types, out) {
    for (const type of types) out.u16(type);
  },
};

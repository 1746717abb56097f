import { Malformed } from '../../core/index.js';
import type { StunAttribute } from '../attribute.js';
import { AttributeType } from '../registry.js';

const WRONG_LENGTH = Malformed.of('stun/even-port/wrong-length');

/** EVEN-PORT: an even port, and with `reserveNext` the one after it is kept for later (RFC 8656 §18.10). */
export const EvenPort: StunAttribute<{ readonly reserveNext: boolean }> = {
  type: AttributeType.evenPort,
  name: 'EVEN-PORT',
  decode: (value) => (value.length === 1 ? { reserveNext: (value[0]! & 0x80) !== 0 } : WRONG_LENGTH),
  encode({ reserveNext }, out) {
    out.u8(reserveNext ? 0x80 : 0);
  },
};

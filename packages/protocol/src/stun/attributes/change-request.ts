import { Malformed } from '../../core/index.js';
import type { StunAttribute } from '../attribute.js';
import { AttributeType } from '../registry.js';

/** From where the response shall come, relative to where the request went. */
export interface ChangeRequestFlags {
  readonly changeIp: boolean;
  readonly changePort: boolean;
}

const WRONG_LENGTH = Malformed.of('stun/change-request/wrong-length');

/** CHANGE-REQUEST: bit A (4) is IP, bit B (2) is port (RFC 5780 §7.2). */
export const ChangeRequest: StunAttribute<ChangeRequestFlags> = {
  type: AttributeType.changeRequest,
  name: 'CHANGE-REQUEST',
  decode: (value) => (value.length === 4 ? { changeIp: (value[3]! & 4) !== 0, changePort: (value[3]! & 2) !== 0 } : WRONG_LENGTH),
  encode({ changeIp, changePort }, out) {
    out.u32((changeIp ? 4 : 0) | (changePort ? 2 : 0));
  },
};

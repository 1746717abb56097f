import { AttributeType } from '../registry.js';
import { opaqueAttribute } from './shapes.js';

/** SHA-256 of username and realm, in place of USERNAME (RFC 8489 §14.4). */
export const Userhash = opaqueAttribute(AttributeType.userhash, 'USERHASH', 'userhash', 32);

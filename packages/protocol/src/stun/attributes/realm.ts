import { AttributeType } from '../registry.js';
import { textAttribute } from './shapes.js';

/** Where the username means something (RFC 8489 §14.9). */
export const Realm = textAttribute(AttributeType.realm, 'REALM', 'realm', 763);

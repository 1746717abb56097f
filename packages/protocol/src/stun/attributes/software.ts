import { AttributeType } from '../registry.js';
import { textAttribute } from './shapes.js';

/** Name and version of the sender (RFC 8489 §14.14). We never send it: it only helps attackers. */
export const Software = textAttribute(AttributeType.software, 'SOFTWARE', 'software', 763);

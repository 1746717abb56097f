import { AttributeType } from '../registry.js';
import { textAttribute } from './shapes.js';

/** Whose password protects the message (RFC 8489 §14.3). */
export const Username = textAttribute(AttributeType.username, 'USERNAME', 'username', 513);

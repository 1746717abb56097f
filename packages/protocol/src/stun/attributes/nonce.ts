import { AttributeType } from '../registry.js';
import { textAttribute } from './shapes.js';

/** What the server wants to see again (RFC 8489 §14.10). */
export const Nonce = textAttribute(AttributeType.nonce, 'NONCE', 'nonce', 763);

import { AttributeType } from '../registry.js';
import { addressAttribute } from './addresses.js';

/** From where the server sent the response (RFC 5780 §7.3). */
export const ResponseOrigin = addressAttribute(AttributeType.responseOrigin, 'RESPONSE-ORIGIN');

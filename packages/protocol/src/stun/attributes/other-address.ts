import { AttributeType } from '../registry.js';
import { addressAttribute } from './addresses.js';

/** The server's second address and port (RFC 5780 §7.4). */
export const OtherAddress = addressAttribute(AttributeType.otherAddress, 'OTHER-ADDRESS');

import { AttributeType } from '../registry.js';
import { addressAttribute } from './addresses.js';

/** The sender's address in the clear, for RFC 3489 clients only (RFC 8489 §14.1). */
export const MappedAddress = addressAttribute(AttributeType.mappedAddress, 'MAPPED-ADDRESS');

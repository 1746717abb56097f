import { AttributeType } from '../registry.js';
import { addressAttribute } from './addresses.js';

/** Where to ask instead, with error 300 (RFC 8489 §14.15). */
export const AlternateServer = addressAttribute(AttributeType.alternateServer, 'ALTERNATE-SERVER');

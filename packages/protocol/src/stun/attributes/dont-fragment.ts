import { AttributeType } from '../registry.js';
import { flagAttribute } from './shapes.js';

/** Relay with the DF bit set (RFC 8656 §18.8). */
export const DontFragment = flagAttribute(AttributeType.dontFragment, 'DONT-FRAGMENT');

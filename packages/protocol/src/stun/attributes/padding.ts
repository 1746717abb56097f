import { AttributeType } from '../registry.js';
import { opaqueAttribute } from './shapes.js';

/** Makes a message long enough to be fragmented (RFC 5780 §7.6). */
export const Padding = opaqueAttribute(AttributeType.padding, 'PADDING', 'padding');

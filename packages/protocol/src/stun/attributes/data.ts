import { AttributeType } from '../registry.js';
import { opaqueAttribute } from './shapes.js';

/** What is relayed (RFC 8656 §18.4). Decoding lends a view. */
export const Data = opaqueAttribute(AttributeType.data, 'DATA', 'data');

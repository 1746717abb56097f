import { AttributeType } from '../registry.js';
import { u32Attribute } from './shapes.js';

/** The priority of the peer reflexive candidate that the check may reveal (RFC 8445 §16.1). */
export const Priority = u32Attribute(AttributeType.priority, 'PRIORITY', 'priority');

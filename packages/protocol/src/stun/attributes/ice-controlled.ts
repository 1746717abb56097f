import { AttributeType } from '../registry.js';
import { u64Attribute } from './shapes.js';

/** The sender believes to be controlled; the value is its tie-breaker (RFC 8445 §16.1). */
export const IceControlled = u64Attribute(AttributeType.iceControlled, 'ICE-CONTROLLED', 'ice-controlled');

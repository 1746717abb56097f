import { AttributeType } from '../registry.js';
import { u64Attribute } from './shapes.js';

/** The sender believes to be controlling; the value is its tie-breaker (RFC 8445 §16.1). */
export const IceControlling = u64Attribute(AttributeType.iceControlling, 'ICE-CONTROLLING', 'ice-controlling');

import { AttributeType } from '../registry.js';
import { u32Attribute } from './shapes.js';

/** Seconds that an allocation lives without a refresh (RFC 8656 §18.2). */
export const Lifetime = u32Attribute(AttributeType.lifetime, 'LIFETIME', 'lifetime');

import { AttributeType } from '../registry.js';
import { u32Attribute } from './shapes.js';

/** Seconds for which the server remembers responses (RFC 5780 §7.7). */
export const CacheTimeout = u32Attribute(AttributeType.cacheTimeout, 'CACHE-TIMEOUT', 'cache-timeout');

import { AttributeType } from '../registry.js';
import { textAttribute } from './shapes.js';

/** The name that the alternate server's certificate is for (RFC 8489 §14.16). */
export const AlternateDomain = textAttribute(AttributeType.alternateDomain, 'ALTERNATE-DOMAIN', 'alternate-domain', 255);

import { AttributeType } from '../registry.js';
import { familyAttribute } from './address-family.js';

/** Asks for an IPv6 address besides the IPv4 one (RFC 8656 §18.11). */
export const AdditionalAddressFamily = familyAttribute(
  AttributeType.additionalAddressFamily,
  'ADDITIONAL-ADDRESS-FAMILY',
  'additional-address-family',
);

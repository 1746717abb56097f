import { AttributeType } from '../registry.js';
import { familyAttribute } from './address-family.js';

/** Of which family the relayed address shall be (RFC 8656 §18.6). */
export const RequestedAddressFamily = familyAttribute(
  AttributeType.requestedAddressFamily,
  'REQUESTED-ADDRESS-FAMILY',
  'requested-address-family',
);

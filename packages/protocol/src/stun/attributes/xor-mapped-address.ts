import { AttributeType } from '../registry.js';
import { xorAddressAttribute } from './addresses.js';

/** From where the server saw the request come (RFC 8489 §14.2). */
export const XorMappedAddress = xorAddressAttribute(AttributeType.xorMappedAddress, 'XOR-MAPPED-ADDRESS');

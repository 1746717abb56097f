import { AttributeType } from '../registry.js';
import { xorAddressAttribute } from './addresses.js';

/** What the TURN server allocated (RFC 8656 §18.5). */
export const XorRelayedAddress = xorAddressAttribute(AttributeType.xorRelayedAddress, 'XOR-RELAYED-ADDRESS');

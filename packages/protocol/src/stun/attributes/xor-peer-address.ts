import { AttributeType } from '../registry.js';
import { xorAddressAttribute } from './addresses.js';

/** The peer as the TURN server sees it (RFC 8656 §18.3). */
export const XorPeerAddress = xorAddressAttribute(AttributeType.xorPeerAddress, 'XOR-PEER-ADDRESS');

import { AttributeType } from '../registry.js';
import { byteAttribute } from './shapes.js';

/** Protocol number of the relayed address: 17 UDP, 6 TCP (RFC 8656 §18.7). */
export const RequestedTransport = byteAttribute(AttributeType.requestedTransport, 'REQUESTED-TRANSPORT', 'requested-transport');

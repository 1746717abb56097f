import { AttributeType } from '../registry.js';
import { opaqueAttribute } from './shapes.js';

/** Lets an allocation move to another 5-tuple; empty in an Allocate request (RFC 8016 §4). */
export const MobilityTicket = opaqueAttribute(AttributeType.mobilityTicket, 'MOBILITY-TICKET', 'mobility-ticket');

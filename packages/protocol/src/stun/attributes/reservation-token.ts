import { AttributeType } from '../registry.js';
import { opaqueAttribute } from './shapes.js';

/** Names the port that EVEN-PORT kept (RFC 8656 §18.9). */
export const ReservationToken = opaqueAttribute(AttributeType.reservationToken, 'RESERVATION-TOKEN', 'reservation-token', 8);

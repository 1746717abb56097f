import { AttributeType } from '../registry.js';
import { u16Attribute } from './shapes.js';

/** The port that the response shall be sent to (RFC 5780 §7.5). */
export const ResponsePort = u16Attribute(AttributeType.responsePort, 'RESPONSE-PORT', 'response-port');

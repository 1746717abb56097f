import { AttributeType } from '../registry.js';
import { u32Attribute } from './shapes.js';

/** Names a peer's TCP connection at the relay (RFC 6062 §6.2.1). */
export const ConnectionId = u32Attribute(AttributeType.connectionId, 'CONNECTION-ID', 'connection-id');

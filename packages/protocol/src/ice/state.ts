/** W3C webrtc, RTCIceTransportState. */
export type IceTransportState = 'new' | 'checking' | 'connected' | 'completed' | 'disconnected' | 'failed' | 'closed';

/** W3C webrtc, RTCIceGathererState. */
export type IceGatheringState = 'new' | 'gathering' | 'complete';

/** Who decides which pair is used (RFC 8445 §6.1.1). */
export type IceRole = 'controlling' | 'controlled';

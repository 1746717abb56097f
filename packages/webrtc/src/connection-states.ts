import type { RTCDtlsTransportState } from './dtls-transport.js';
import type { RTCIceGathererState, RTCIceTransportState } from './ice-transport.js';

export type RTCPeerConnectionState = 'new' | 'connecting' | 'connected' | 'disconnected' | 'failed' | 'closed';

/** W3C webrtc, RTCIceConnectionState: of all ICE transports together, the worst news first. */
export function iceConnectionState(states: readonly RTCIceTransportState[]): RTCIceTransportState {
  const some = (state: RTCIceTransportState): boolean => states.includes(state);
  const all = (...allowed: RTCIceTransportState[]): boolean => states.every((state) => allowed.includes(state));
  if (some('failed')) return 'failed';
  if (some('disconnected')) return 'disconnected';
  if (all('new', 'closed')) return 'new';
  if (some('new') || some('checking')) return 'checking';
  return all('completed', 'closed') ? 'completed' : 'connected';
}

/** W3C webrtc, RTCPeerConnectionState: of all ICE and DTLS transports together. */
export function connectionState(
  ice: readonly RTCIceTransportState[],
  dtls: readonly RTCDtlsTransportState[],
): RTCPeerConnectionState {
  if (ice.includes('failed') || dtls.includes('failed')) return 'failed';
  if (ice.includes('disconnected')) return 'disconnected';
  const states = [...ice, ...dtls];
  if (states.every((state) => state === 'new' || state === 'closed')) return 'new';
  const isUp = states.every((state) => state === 'connected' || state === 'completed' || state === 'closed');
  return isUp ? 'connected' : 'connecting';
}

/** W3C webrtc, RTCIceGatheringState: of all ICE transports together. */
export function iceGatheringState(states: readonly RTCIceGathererState[]): RTCIceGathererState {
  if (states.includes('gathering')) return 'gathering';
  return states.length > 0 && states.every((state) => state === 'complete') ? 'complete' : 'new';
}

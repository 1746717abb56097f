import type { PairLog } from '../inspector/pair-log.js';

/** Whether DTLS has failed over an ICE that stands: a restart of ICE would not mend it. */
export function isDtlsFailure({ connectionState, iceConnectionState }: RTCPeerConnection): boolean {
  return connectionState === 'failed' && iceConnectionState !== 'failed' && iceConnectionState !== 'disconnected';
}

/** What a connection state means to somebody who looks under the hood. */
export function meaningOfState(state: RTCPeerConnectionState): Parameters<PairLog['event']>[2] {
  if (state === 'connected') return { key: 'dtls-connected', params: {} };
  if (state === 'failed') return { key: 'ice-failed', params: {} };
  return undefined;
}

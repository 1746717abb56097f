/** W3C webrtc, RTCIceTransportState. */
export type IceTransportState = 'new' | 'checking' | 'connected' | 'completed' | 'disconnected' | 'failed' | 'closed';

/** W3C webrtc, RTCIceGathererState. */
export type IceGatheringState = 'new' | 'gathering' | 'complete';

/** Who decides which pair is used (RFC 8445 §6.1.1). */
export type IceRole = 'controlling' | 'controlled';

/** What the state of an agent is derived from, by {@link transportState} alone. */
export interface StateInputs {
  readonly isClosed: boolean;
  readonly hasFailed: boolean;
  /** Checks may run: credentials of both sides are known. */
  readonly isChecking: boolean;
  /** Application data may be sent. */
  readonly hasPair: boolean;
  readonly isDisconnected: boolean;
  /** There was a pair since the last restart: what is tried now is to get back. */
  readonly hadPair: boolean;
  /** A restart is under way: the pair is of the generation before. */
  readonly isRestarting: boolean;
  /** Nothing can get better any more: both sides know all candidates, every check has ended, the pair is nominated. */
  readonly isConcluded: boolean;
}

/** W3C webrtc, RTCIceTransportState: the one place where it comes from. */
export function transportState(inputs: StateInputs): IceTransportState {
  if (inputs.isClosed) return 'closed';
  if (inputs.hasFailed) return 'failed';
  if (inputs.hasPair && !(inputs.isRestarting && inputs.isDisconnected)) {
    if (inputs.isDisconnected) return 'disconnected';
    return inputs.isConcluded && !inputs.isRestarting ? 'completed' : 'connected';
  }
  if (inputs.hadPair) return 'disconnected';
  return inputs.isChecking ? 'checking' : 'new';
}

import type { RTCIceCandidate, RTCIceComponent } from './ice-candidate.js';
import { defineEventHandlers, type EventHandler } from './webidl/event-handlers.js';
import { defineInterface, INTERNAL, type Internal, refuseScripts } from './webidl/interface.js';

export type RTCIceTransportState = 'new' | 'checking' | 'connected' | 'completed' | 'disconnected' | 'failed' | 'closed';
export type RTCIceGathererState = 'new' | 'gathering' | 'complete';
export type RTCIceRole = 'unknown' | 'controlling' | 'controlled';

/** W3C webrtc, RTCIceParameters. */
export interface RTCIceParameters {
  usernameFragment: string;
  password: string;
}

/** Two candidates that work together (W3C webrtc, RTCIceCandidatePair). */
export class RTCIceCandidatePair {
  readonly #local: RTCIceCandidate;
  readonly #remote: RTCIceCandidate;

  constructor(...[token, local, remote]: [Internal, RTCIceCandidate, RTCIceCandidate]) {
    refuseScripts(token);
    this.#local = local;
    this.#remote = remote;
  }

  get local(): RTCIceCandidate {
    return this.#local;
  }

  get remote(): RTCIceCandidate {
    return this.#remote;
  }
}

/** What scripts see of an ICE agent, as of the last task that told them. */
export interface IceTransportSlots {
  role: RTCIceRole;
  state: RTCIceTransportState;
  gatheringState: RTCIceGathererState;
  localCandidates: RTCIceCandidate[];
  remoteCandidates: RTCIceCandidate[];
  /** Gives the same object each time; made when a script first asks. */
  selectedPair: (() => RTCIceCandidatePair) | null;
  localParameters: RTCIceParameters | null;
  remoteParameters: RTCIceParameters | null;
}

/** The ICE agent of a transport (W3C webrtc, RTCIceTransport). */
export class RTCIceTransport extends EventTarget {
  readonly #slots: IceTransportSlots;

  declare onstatechange: EventHandler;
  declare ongatheringstatechange: EventHandler;
  declare onselectedcandidatepairchange: EventHandler;

  constructor(...[token, slots]: [Internal, IceTransportSlots]) {
    refuseScripts(token);
    super();
    this.#slots = slots;
  }

  get role(): RTCIceRole {
    return this.#slots.role;
  }

  /** Always `rtp`: RTP and RTCP share one component here. */
  get component(): RTCIceComponent {
    void this.#slots;
    return 'rtp';
  }

  get state(): RTCIceTransportState {
    return this.#slots.state;
  }

  get gatheringState(): RTCIceGathererState {
    return this.#slots.gatheringState;
  }

  getLocalCandidates(): RTCIceCandidate[] {
    return [...this.#slots.localCandidates];
  }

  getRemoteCandidates(): RTCIceCandidate[] {
    return [...this.#slots.remoteCandidates];
  }

  getSelectedCandidatePair(): RTCIceCandidatePair | null {
    return this.#slots.selectedPair?.() ?? null;
  }

  getLocalParameters(): RTCIceParameters | null {
    return this.#slots.localParameters && { ...this.#slots.localParameters };
  }

  getRemoteParameters(): RTCIceParameters | null {
    return this.#slots.remoteParameters && { ...this.#slots.remoteParameters };
  }
}

/** A pair for scripts. */
export function candidatePair(local: RTCIceCandidate, remote: RTCIceCandidate): RTCIceCandidatePair {
  return new RTCIceCandidatePair(INTERNAL, local, remote);
}

defineInterface(RTCIceCandidatePair, 'RTCIceCandidatePair');
defineInterface(RTCIceTransport, 'RTCIceTransport');
defineEventHandlers(RTCIceTransport, ['statechange', 'gatheringstatechange', 'selectedcandidatepairchange']);

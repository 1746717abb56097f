import type { JsonValue } from '../json.js';
import type { Meaning } from './meaning.js';

/** Where the parts of a pair write what they do and see. The inspector implements it; {@link SILENT_PAIR_LOG} forgets. */
export interface PairLog {
  /** We told the browser something. */
  call(name: string, detail: JsonValue, meaning?: Meaning): void;
  /** The browser told us something. */
  event(name: string, detail: JsonValue, meaning?: Meaning): void;
  description(side: 'local' | 'remote', type: RTCSdpType, sdp: string): void;
  candidate(side: 'local' | 'remote', candidate: RTCIceCandidateInit): void;
  states(connection: RTCPeerConnection): void;
}

export const SILENT_PAIR_LOG: PairLog = {
  call: () => undefined,
  event: () => undefined,
  description: () => undefined,
  candidate: () => undefined,
  states: () => undefined,
};

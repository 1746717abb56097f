import type { IceTransportState } from '@maru/protocol/ice';
import type { ParticipantState } from '../media-server/events.js';

/** What is known of the layers under a participant. */
export interface TransportFacts {
  /** An offer was answered. */
  readonly isAgreed: boolean;
  readonly ice: IceTransportState;
  /** DTLS has given keys. */
  readonly hasKeys: boolean;
  /** DTLS is over. */
  readonly hasEnded: boolean;
}

/** The one state that people are told of. */
export function participantState({ isAgreed, ice, hasKeys, hasEnded }: TransportFacts): ParticipantState {
  if (!isAgreed) return 'new';
  if (hasEnded || ice === 'failed' || ice === 'closed') return 'failed';
  if (ice === 'disconnected') return 'interrupted';
  return hasKeys && (ice === 'connected' || ice === 'completed') ? 'connected' : 'connecting';
}

import { assertNever } from '../core/index.js';
import type { SctpCloseReason } from './events.js';

/**
 * States of an association (RFC 9260 §4). CLOSED has two: one that answers INITs, and one that is final.
 *
 *      closed --connect--> cookie-wait --INIT ACK--> cookie-echoed --COOKIE ACK--> established
 *      closed, cookie-wait, cookie-echoed --COOKIE ECHO--> established
 *      established --close--> shutdown-pending --all acknowledged--> shutdown-sent --SHUTDOWN ACK--> ended
 *      established --SHUTDOWN--> shutdown-received --all acknowledged--> shutdown-ack-sent --SHUTDOWN COMPLETE--> ended
 */
export type AssociationState =
  | { readonly name: 'closed' }
  | { readonly name: 'cookie-wait' }
  | { readonly name: 'cookie-echoed'; readonly cookie: Uint8Array }
  | { readonly name: 'established' }
  | { readonly name: 'shutdown-pending' }
  | { readonly name: 'shutdown-sent' }
  | { readonly name: 'shutdown-received' }
  | { readonly name: 'shutdown-ack-sent' }
  | { readonly name: 'ended'; readonly reason: SctpCloseReason };

/** What can move an association from state to state. */
export type StateInput =
  | { readonly type: 'connect' }
  | { readonly type: 'init-ack'; readonly cookie: Uint8Array }
  | { readonly type: 'cookie-echo' }
  | { readonly type: 'cookie-ack' }
  | { readonly type: 'close' }
  | { readonly type: 'shutdown' }
  /** Everything that was sent is acknowledged and nothing waits. */
  | { readonly type: 'drained' }
  | { readonly type: 'end'; readonly reason: SctpCloseReason };

const COOKIE_WAIT: AssociationState = { name: 'cookie-wait' };
const ESTABLISHED: AssociationState = { name: 'established' };
const SHUTDOWN_PENDING: AssociationState = { name: 'shutdown-pending' };
const SHUTDOWN_SENT: AssociationState = { name: 'shutdown-sent' };
const SHUTDOWN_RECEIVED: AssociationState = { name: 'shutdown-received' };
const SHUTDOWN_ACK_SENT: AssociationState = { name: 'shutdown-ack-sent' };

/** The state that follows `state` on `input`; one that the state does not expect leaves it as it was (RFC 9260 §5.2, §9.2). */
export function nextState(state: AssociationState, input: StateInput): AssociationState {
  if (input.type === 'end') return state.name === 'ended' ? state : { name: 'ended', reason: input.reason };
  switch (state.name) {
    case 'closed':
      if (input.type === 'connect') return COOKIE_WAIT;
      return input.type === 'cookie-echo' ? ESTABLISHED : state;
    case 'cookie-wait':
      if (input.type === 'init-ack') return { name: 'cookie-echoed', cookie: input.cookie };
      return input.type === 'cookie-echo' ? ESTABLISHED : state;
    case 'cookie-echoed':
      return input.type === 'cookie-ack' || input.type === 'cookie-echo' ? ESTABLISHED : state;
    case 'established':
      if (input.type === 'close') return SHUTDOWN_PENDING;
      return input.type === 'shutdown' ? SHUTDOWN_RECEIVED : state;
    case 'shutdown-pending':
      if (input.type === 'shutdown') return SHUTDOWN_RECEIVED;
      return input.type === 'drained' ? SHUTDOWN_SENT : state;
    case 'shutdown-sent':
      // Both sides shut down at once: each answers with SHUTDOWN ACK (RFC 9260 §9.2).
      return input.type === 'shutdown' ? SHUTDOWN_ACK_SENT : state;
    case 'shutdown-received':
      return input.type === 'drained' ? SHUTDOWN_ACK_SENT : state;
    case 'shutdown-ack-sent':
    case 'ended':
      return state;
    default:
      return assertNever(state);
  }
}

/** Whether user data may be exchanged in this state (RFC 9260 §6). */
export function carriesData(state: AssociationState): boolean {
  return state.name === 'established' || state.name === 'shutdown-pending' || state.name === 'shutdown-received';
}

import type { HandshakeMessage } from '../handshake-message.js';

/** Something that a flight sends: a handshake message, or the signal that what follows is protected. */
export type FlightItem =
  | { readonly type: 'message'; readonly message: HandshakeMessage }
  | { readonly type: 'change-cipher-spec' };

/**
 * What one side says before it waits for the other (RFC 6347 §4.2.4), as a value: it can be sent, and sent again, in whatever
 * records the MTU of the moment allows.
 */
export interface Flight {
  readonly name: 'flight-1' | 'flight-2' | 'flight-3' | 'flight-4' | 'flight-5' | 'flight-6';
  readonly items: readonly FlightItem[];
  /**
   * All of them go out again when the peer repeats its own. By timer besides: `until-answered`, or, for the last one,
   * `until-data`, which is a few times at most; `when-asked`, the stateless HelloVerifyRequest, never.
   */
  readonly repeats: 'until-answered' | 'until-data' | 'when-asked';
}

export function messageItem(message: HandshakeMessage): FlightItem {
  return { type: 'message', message };
}

export const CHANGE_CIPHER_SPEC: FlightItem = { type: 'change-cipher-spec' };

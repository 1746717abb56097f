import type { ClientFrame, ClientOpening } from '@maru/signaling';
import type { TransportName } from '../call.js';

/** One life of one transport: opened with one message, then frames both ways until it fails or is closed. */
export interface Carrier {
  /** Sends frames in order. Never throws: what cannot be sent shows as {@link CarrierListener.failed}. */
  send(frames: readonly ClientFrame[]): void;
  /** Ends it; nothing is heard from it afterwards. `lastWords` are given a chance to leave, also from a page that is going away. */
  close(lastWords?: readonly ClientFrame[]): void;
}

/** What a carrier tells, with values straight from JSON.parse: nothing is validated yet. */
export interface CarrierListener {
  /** The answer to the opening. */
  answered(answer: unknown): void;
  /** One frame. */
  frame(frame: unknown): void;
  /** It is over, by itself. */
  failed(why: string): void;
}

/** Opens a carrier. Listeners are called later, never from within this call. */
export type OpenCarrier = (transport: TransportName, opening: ClientOpening, listener: CarrierListener) => Carrier;

import type { TransportName } from '../call.js';
import type { Presence } from '../connection.js';
import type { FileSettings } from '../files/settings.js';

/** What a session is made with. */
export interface SessionOptions {
  /** Where the server is: its origin, e.g. `https://maru.example`; the page's own when left out. */
  readonly url?: string;
  /** The right to one seat, as the application's server got it, or a function that fetches it when joining. */
  readonly token: string | (() => Promise<string>);
  /** Which signaling transports to use, in this order. All three, WebSocket first, when left out. */
  readonly transports?: readonly TransportName[];
  /** Instead of the STUN and TURN servers that the server names. */
  readonly iceServers?: readonly RTCIceServer[];
  /** `relay` never shows our addresses to the others, if the server offers TURN. */
  readonly iceTransportPolicy?: RTCIceTransportPolicy;
  readonly files?: FileSettings;
  /**
   * The only codecs in which pictures of others are wanted, by their names in SDP: `['VP8', 'VP9']`. All that can be decoded when left
   * out. From browser to browser the others then send in one of these; a media server passes on what there is of them.
   */
  readonly videoCodecs?: readonly string[];
}

export interface JoinOptions {
  /** What we say of ourselves from the first moment. */
  readonly presence?: Presence;
}

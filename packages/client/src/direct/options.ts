import type { Metadata } from '../connection.js';
import type { FileSettings } from '../files/settings.js';

export interface DirectCallOptions {
  /** What the other sees of us. */
  readonly metadata?: Metadata;
  /** STUN or TURN servers, if one wants any: without, the call works within one network and where addresses are public. */
  readonly iceServers?: readonly RTCIceServer[];
  readonly iceTransportPolicy?: RTCIceTransportPolicy;
  /** How long to wait for candidates before making a code with those found. Default 5,000. */
  readonly gatheringTimeoutMs?: number;
  readonly files?: FileSettings;
}

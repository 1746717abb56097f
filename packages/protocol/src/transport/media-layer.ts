import type { Instant } from '../core/index.js';

/**
 * What the transport needs of media: it gets packets in the clear, and gives packets in the clear. What it has to tell people
 * it tells its owner itself.
 */
export interface MediaLayer {
  readonly deadline: Instant;
  /** Keys are there: packets may come, and go. Called again when an association has replaced another. */
  connect(now: Instant): void;
  /** One authentic RTP packet in the clear, lent for the call. */
  receiveRtp(now: Instant, bytes: Uint8Array, offset: number, length: number): void;
  /** One authentic RTCP datagram in the clear, compound or reduced, lent for the call. */
  receiveRtcp(now: Instant, bytes: Uint8Array, offset: number, length: number): void;
  advance(now: Instant): void;
  drain(outputs: MediaOutputs): void;
  /** ICE selected another pair: what was learnt of the old path counts no more. */
  pathChanged(now: Instant): void;
  /** The association is gone: nothing comes and nothing goes any more. */
  disconnect(now: Instant): void;
}

/** Where packets of media go: each is protected and sent at once, its bytes are the caller's again afterwards. */
export interface MediaOutputs {
  rtp(bytes: Uint8Array, offset: number, length: number): void;
  rtcp(bytes: Uint8Array, offset: number, length: number): void;
}

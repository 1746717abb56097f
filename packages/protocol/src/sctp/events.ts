import type { Outputs } from '../core/index.js';

/** Why an association is over. */
export type SctpCloseReason =
  /** Both sides said that they have nothing more to send (RFC 9260 §9.2). */
  | 'shutdown'
  /** We ended it at once (RFC 9260 §9.1). */
  | 'aborted'
  /** The peer ended it at once; its causes are in {@link SctpClosed.peerCause}. */
  | 'aborted-by-peer'
  /** INIT or COOKIE ECHO were never answered (RFC 9260 §5.1). */
  | 'handshake-timeout'
  /** The peer stopped acknowledging (RFC 9260 §8.1). */
  | 'unreachable'
  /** The peer broke the protocol in a way that leaves no common state. */
  | 'protocol-violation';

/** The end of an association; the last event that it emits. */
export interface SctpClosed {
  readonly type: 'closed';
  readonly reason: SctpCloseReason;
  /** First error cause of the peer's ABORT (RFC 9260 §3.3.10), if it gave one. */
  readonly peerCause: number | undefined;
}

/** What both ends support and therefore use. */
export interface SctpFeatures {
  /** FORWARD-TSN: messages may be abandoned (RFC 3758). */
  readonly partialReliability: boolean;
  /** RE-CONFIG: streams may be reset (RFC 6525). */
  readonly streamReset: boolean;
  /** I-DATA: large messages do not block small ones on other streams (RFC 8260). */
  readonly interleaving: boolean;
  /** The peer accepts our packets without CRC32c, DTLS having protected them (RFC 9653). */
  readonly zeroChecksum: boolean;
}

/** What an association tells its owner, besides messages (see {@link SctpOutputs.message}). */
export type SctpEvent =
  | {
      readonly type: 'connected';
      /** Streams that we may send on and receive on: ids from 0 up to one less. */
      readonly outboundStreams: number;
      readonly inboundStreams: number;
      readonly features: SctpFeatures;
    }
  /** The peer has reset its sending side of these streams: their sequence starts anew (RFC 6525 §5.2.2). */
  | { readonly type: 'inbound-streams-reset'; readonly streamIds: readonly number[] }
  /** The peer has answered our reset of these streams; when `accepted` is false, nothing changed. */
  | { readonly type: 'outbound-streams-reset'; readonly streamIds: readonly number[]; readonly accepted: boolean }
  /** The peer asked us to reset our side of these streams (RFC 6525 §5.2.3); the association has begun to. */
  | { readonly type: 'reset-requested'; readonly streamIds: readonly number[] }
  /** The number of streams has grown (RFC 6525 §5.2.5, §5.2.6). */
  | { readonly type: 'streams-added'; readonly outboundStreams: number; readonly inboundStreams: number }
  /** What waits on the stream has fallen to its threshold, from above it. */
  | { readonly type: 'buffered-amount-low'; readonly streamId: number }
  /** A message exceeded our limit and was thrown away: what follows on this stream is whole again, but one is missing. */
  | { readonly type: 'message-refused'; readonly streamId: number; readonly reason: 'too-large' }
  /** The peer came back with new tags, as after a crash (RFC 9260 §5.2.4 action A): all streams start anew. */
  | { readonly type: 'peer-restarted' }
  | SctpClosed;

/** Where an association's outputs go. */
export interface SctpOutputs extends Outputs<SctpEvent> {
  /**
   * One whole message. `bytes` are the receiver's to keep: a fresh array over a buffer of exactly its length that nobody
   * else holds. A method instead of an event, since there may be a million of them a second.
   */
  message(streamId: number, ppid: number, bytes: Uint8Array): void;
}

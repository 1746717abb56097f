import type { Outputs } from '../core/index.js';
import type { SctpClosed, SctpConfig, SctpFeatures } from '../sctp/index.js';

/** Names a channel towards {@link DataChannels}. Never reused, unlike stream ids. */
export type ChannelKey = number;

/** Priorities of RFC 8831 §6.4: weights 128, 256, 512 and 1024. */
export type ChannelPriority = 'very-low' | 'low' | 'medium' | 'high';

/** How a channel is to be, as in W3C webrtc's RTCDataChannelInit. */
export interface ChannelOptions {
  /** At most 65535 bytes in UTF-8. */
  readonly label?: string;
  readonly protocol?: string;
  readonly ordered?: boolean;
  /** At most one of these two. */
  readonly maxRetransmits?: number | undefined;
  readonly maxPacketLifeTimeMs?: number | undefined;
  readonly priority?: ChannelPriority;
  /** The stream id, agreed on elsewhere: no DATA_CHANNEL_OPEN is sent. Absent: in-band, and we choose an id. */
  readonly negotiatedId?: number | undefined;
}

/** What a channel is, from either side. */
export interface ChannelProperties {
  readonly label: string;
  readonly protocol: string;
  readonly ordered: boolean;
  readonly maxRetransmits: number | undefined;
  readonly maxPacketLifeTimeMs: number | undefined;
  readonly priority: ChannelPriority;
  readonly isNegotiated: boolean;
}

/** Why a channel is over. */
export type ChannelCloseReason =
  /** One side asked for it. */
  | 'closed'
  /** The association under it ended: `associationClose` says why. */
  | 'association-closed'
  /** The peer sent a message above our maximum (W3C: an error event, then close). */
  | 'message-too-large'
  /** No stream id is left, or the one asked for is not below the number of streams. */
  | 'no-stream-id'
  /** Another channel has that id. */
  | 'stream-id-in-use'
  /** The peer's bytes are no data channel protocol. */
  | 'protocol-violation';

export type DataChannelEvent =
  /** The association is up: `maxChannels` is what W3C calls so; channels that waited open now. */
  | { readonly type: 'connected'; readonly maxChannels: number; readonly features: SctpFeatures }
  /** The peer opened a channel in-band; it can be used at once. */
  | {
      readonly type: 'channel-announced';
      readonly channel: ChannelKey;
      readonly streamId: number;
      readonly properties: ChannelProperties;
    }
  /** A channel of ours has its stream id. Comes before `'channel-opened'`, as soon as the DTLS role is known. */
  | { readonly type: 'channel-id-assigned'; readonly channel: ChannelKey; readonly streamId: number }
  /** A channel of ours can be used: `readyState` becomes `'open'`. */
  | { readonly type: 'channel-opened'; readonly channel: ChannelKey }
  | { readonly type: 'buffered-amount-low'; readonly channel: ChannelKey }
  /** The peer closes: `readyState` becomes `'closing'`; `'channel-closed'` follows. */
  | { readonly type: 'channel-closing'; readonly channel: ChannelKey }
  | {
      readonly type: 'channel-closed';
      readonly channel: ChannelKey;
      readonly reason: ChannelCloseReason;
      readonly associationClose: SctpClosed | undefined;
    }
  /** The association is over; `'channel-closed'` of every channel came before. */
  | SctpClosed;

/** Where the outputs of {@link DataChannels} go. */
export interface DataChannelOutputs extends Outputs<DataChannelEvent> {
  /** A message. `bytes` are the receiver's to keep: nobody else holds their buffer, and it is exactly as long. */
  message(channel: ChannelKey, kind: MessageKind, bytes: Uint8Array): void;
}

/** Text is UTF-8. */
export type MessageKind = 'text' | 'binary';

/** What became of a call to `send`. */
export type ChannelSendOutcome =
  | 'queued'
  /** Longer than the peer's max-message-size: RTCDataChannel.send throws a TypeError. */
  | 'too-large'
  /** The send buffer is full: RTCDataChannel.send throws an OperationError. */
  | 'buffer-full'
  /** Not open yet, or no more: RTCDataChannel.send throws an InvalidStateError. */
  | 'not-open';

export interface DataChannelsConfig extends SctpConfig {
  /** The peer's `a=max-message-size`: 65536 if it gave none, 0 for no limit (RFC 8841 §6). */
  readonly remoteMaxMessageBytes?: number;
  /** Channels that may be open at once, ours and the peer's. */
  readonly maxChannels?: number;
  /** Longest label and longest protocol accepted in a DATA_CHANNEL_OPEN of the peer. */
  readonly maxLabelBytes?: number;
}

/** A channel's counters (W3C webrtc-stats, RTCDataChannelStats). */
export interface ChannelStats {
  messagesSent: number;
  bytesSent: number;
  messagesReceived: number;
  bytesReceived: number;
}

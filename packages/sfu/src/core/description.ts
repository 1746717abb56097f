import type { HeaderExtensionName } from '@maru/protocol/rtp';
import type { MediaKind } from './media-kind.js';

/** Which id each header extension has, as negotiated with a participant: one set for all its sections (RFC 8843 §9.1). */
export type ExtensionIds = Partial<Readonly<Record<HeaderExtensionName, number>>>;

/** A codec as one side has negotiated it. */
export interface CodecDescription {
  /** `opus`, `red`, `vp8`, `vp9`, `h264`, `av1`: the encoding name of SDP, in lower case. */
  readonly name: string;
  /** What else must be equal for two ends to understand each other, such as the profile of H.264; compared as it is. */
  readonly format?: string;
  readonly payloadType: number;
  /** Of its retransmissions (RFC 4588); left out where there are none. */
  readonly rtxPayloadType?: number;
  readonly clockRate: number;
}

/** What a track shows or sounds like; screens prefer resolution to frame rate. */
export type TrackContent = 'camera' | 'screen';

/** One encoding of a track: the only one, or one of a simulcast. By RID where it has one, else by SSRC. */
export interface EncodingDescription {
  readonly rid?: string;
  readonly ssrc?: number;
  readonly rtxSsrc?: number;
}

/** What a publisher sends. */
export interface TrackDescription {
  /** Unique in the session. */
  readonly id: string;
  readonly kind: MediaKind;
  readonly content: TrackContent;
  readonly mid: string;
  /** What it is part of: audio and video of one stream are to be played in step. */
  readonly stream?: string;
  readonly codecs: readonly CodecDescription[];
  /** From the lowest to the highest; three at most (S-55). */
  readonly encodings: readonly EncodingDescription[];
}

/** A section in which a subscriber receives: it keeps its SSRCs for life, whatever it shows. */
export interface SlotDescription {
  readonly mid: string;
  readonly kind: MediaKind;
  readonly ssrc: number;
  /** Left out where retransmission was not negotiated. */
  readonly rtxSsrc?: number;
  readonly codecs: readonly CodecDescription[];
  /** Two slots, one of each kind, that the subscriber plays in step with each other. */
  readonly pair?: number;
}

/** How a subscriber sees a track. */
export interface SubscriptionView {
  /** Of the tile in device pixels; 0 where it is not known, or as large as it comes. */
  readonly width: number;
  readonly height: number;
  readonly isVisible: boolean;
  /** 0 for a thumbnail, 1 ordinary, 2 pinned. */
  readonly priority: number;
}

/** Why something that was asked for is not done; nothing was changed. `code` is stable, `detail` is for people. */
export interface Refusal {
  readonly code: RefusalCode;
  readonly detail: string;
}

export type RefusalCode =
  | 'media/overload'
  | 'media/session-full'
  | 'media/too-many-tracks'
  | 'media/too-many-layers'
  | 'media/too-many-slots'
  | 'media/too-many-subscriptions'
  | 'media/name-taken';

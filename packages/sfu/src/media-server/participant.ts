import type { MediaKind } from '../core/media-kind.js';
import type { ParticipantEvent, ParticipantState } from './events.js';
import type { MediaRefusal } from './refusal.js';
import type { ConnectionLogEntry, ParticipantStats, SubscriptionWhy } from './reports.js';

/** What a connection may do with media. */
export interface MediaPermissions {
  readonly publish: boolean;
  readonly subscribe: boolean;
  /** Data channels: send to others. */
  readonly data: boolean;
}

/** A connection that takes part in media. */
export interface JoinRequest {
  readonly session: string;
  readonly connection: string;
  /** One id for everything that is logged of this connection, from the browser to the worker. Default: `connection`. */
  readonly correlation?: string;
  readonly permissions: MediaPermissions;
  /** Called in order, never from within a call of yours. */
  readonly onEvent: (event: ParticipantEvent) => void;
}

/** A stream as its publisher announces it; saying it again changes what was said. */
export interface PublishedStream {
  readonly stream: string;
  readonly hasAudio: boolean;
  readonly hasVideo: boolean;
  readonly muted?: { readonly audio?: boolean; readonly video?: boolean };
  /** What its video shows: a screen must stay sharp, a camera fluent. Default `camera`. */
  readonly content?: 'camera' | 'screen';
}

/** A client's description, and what its sending sections carry: a sending section that is not named carries nothing now. */
export interface MediaOffer {
  readonly sdp: string;
  readonly media: readonly { readonly mid: string; readonly stream: string; readonly track: MediaKind }[];
}

/** What a client shows of one stream; the SDK says it by itself from the elements on the page. */
export interface Tile {
  readonly stream: string;
  /** Of the picture on the screen, in device pixels; 0: as large as it comes. */
  readonly width: number;
  readonly height: number;
  /** What cannot be seen gets nothing. */
  readonly visible: boolean;
  /** 0 for thumbnails, 1, or 2 for what is pinned or a screen. */
  readonly priority: 0 | 1 | 2;
}

/** An answer to an offer. */
export interface MediaAnswer {
  readonly sdp: string;
}

/** A connection's media, seen from the server. Calls on a closed one do nothing. */
export interface MediaParticipant {
  readonly session: string;
  readonly connection: string;
  /** Which worker its session is on. */
  readonly worker: number;
  readonly state: ParticipantState;
  readonly isClosed: boolean;
  /** The client's offer: the first one, one with more sections, or one with an ICE restart. One at a time, in order. */
  offer(offer: MediaOffer): Promise<MediaAnswer | MediaRefusal>;
  /** A trickled candidate. It is counted and not needed: the client's checks show where it is. */
  addCandidate(candidate: string): void;
  /** The client gave its RTCPeerConnection up: the next offer is of a new one. Streams and subscriptions stay as they were said. */
  reset(): void;
  /** Announces a stream, or says something new of it; nothing of a muted track is forwarded. */
  publish(stream: PublishedStream): void;
  unpublish(stream: string): void;
  /** Until it says so, a connection wants everything. */
  subscribe(stream: string, wanted: { readonly audio: boolean; readonly video: boolean }): void;
  /** All that its screen shows now; replaces what was said before. What is not listed is visible, of unknown size. */
  view(tiles: readonly Tile[]): void;
  setPermissions(permissions: MediaPermissions): void;
  stats(): Promise<ParticipantStats>;
  /** Why this connection gets what it gets of each stream, with the last ten minutes of it. */
  why(stream?: string): Promise<readonly SubscriptionWhy[]>;
  /** The last events of this connection's media, oldest first. */
  log(): Promise<readonly ConnectionLogEntry[]>;
  close(): void;
}

import type { MediaKind } from '../core/media-kind.js';

/** A published track by its names. */
export interface TrackName {
  readonly connection: string;
  readonly stream: string;
  readonly track: MediaKind;
}

/** What a client's receive slot shows from now on: its transceiver `mid` has this source, or nothing. */
export interface SlotAssignment {
  readonly mid: string;
  readonly source: TrackName | null;
}

/** What the transport of a participant is doing. */
export type ParticipantState =
  /** No offer has come. */
  | 'new'
  /** ICE or DTLS is under way. */
  | 'connecting'
  | 'connected'
  /** Nothing was heard for a while; it may come back by itself, or by a restart. */
  | 'interrupted'
  /** Consent ended or DTLS failed: only an offer with an ICE restart helps, or a new participant. */
  | 'failed';

/** A simulcast or SVC layer that somebody looks at, or nobody. */
export interface LayerWish {
  /** Of the encoding; empty where there is one without a rid. */
  readonly rid: string;
  readonly isActive: boolean;
}

/** What the media side tells of one participant, in order; send what is for the client to the client. */
export type ParticipantEvent =
  | {
      readonly type: 'state-changed';
      readonly state: ParticipantState;
      /** How packets travel, once they do. */
      readonly protocol?: 'udp' | 'tcp';
    }
  /** To the client: only slots that changed; in order and each said once. */
  | { readonly type: 'slots-changed'; readonly slots: readonly SlotAssignment[] }
  /** To the client: have so many receive transceivers of each kind in all; said when it has fewer. */
  | { readonly type: 'slots-wanted'; readonly audio: number; readonly video: number }
  /** To the client: these encodings of its track are looked at, the others need not be sent. */
  | { readonly type: 'layers-wanted'; readonly stream: string; readonly track: MediaKind; readonly layers: readonly LayerWish[] }
  /** To the client: its transport broke and only an ICE restart (`restart`) or a new RTCPeerConnection (`reset`) mends it. */
  | { readonly type: 'restart-wanted' }
  | { readonly type: 'reset-wanted' }
  /** To the client: something is held back for a reason of ours (`media/publisher-budget`, `media/data-slow`, `media/too-many-tracks`, …). */
  | { readonly type: 'limited'; readonly code: string; readonly isLimited: boolean }
  /** The last one. */
  | { readonly type: 'closed'; readonly reason: ParticipantClosed };

/** Why a participant ended. */
export type ParticipantClosed =
  | 'left'
  | 'session-closed'
  | 'worker-lost'
  | 'server-closed'
  /** It never connected in its time, or lost its path and nobody restarted. */
  | 'timeout';

/** What the media side tells of a session as a whole. */
export interface SessionMediaEvent {
  /** Who speaks: connections, the loudest first. Said when it changes, and not more than ten times a second. */
  readonly type: 'speakers-changed';
  readonly session: string;
  readonly speakers: readonly string[];
}

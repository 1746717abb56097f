import type { ConnectionStats, Quality, Role } from '@maru/client';

/** How good the way to somebody is, and what it was judged by. */
export interface QualityView {
  readonly quality: Quality;
  readonly stats: ConnectionStats | undefined;
}

/** A picture on the stage, as it is drawn: somebody's camera, or a screen that somebody shares. */
export interface TileView {
  /** Stays the same as long as the tile does. */
  readonly key: string;
  readonly personId: string;
  readonly kind: 'camera' | 'screen';
  readonly name: string;
  readonly isSelf: boolean;
  /** What to play in the picture; null shows initials on wood. */
  readonly picture: MediaStream | null;
  readonly mirrored: boolean;
  readonly micMuted: boolean;
  readonly handRaised: boolean;
  readonly pinned: boolean;
  /** What the way to them is doing while it is not simply there. */
  readonly state: 'there' | 'connecting' | 'away';
  readonly quality: QualityView | undefined;
  /** Loudness now, 0 to 1. */
  level(): number;
}

/** Somebody in the list of people. */
export interface PersonView {
  readonly id: string;
  readonly name: string;
  readonly isSelf: boolean;
  readonly role: Role;
  readonly micOn: boolean;
  readonly cameraOn: boolean;
  readonly handRaised: boolean;
  readonly sharing: boolean;
  readonly away: boolean;
  readonly pinned: boolean;
  readonly quality: QualityView | undefined;
}

/** Something that is told in passing: read aloud, and shown where it covers no face. */
export interface Notice {
  readonly text: string;
  /** Only for those who hear the page. */
  readonly spokenOnly?: boolean;
  readonly tone?: 'plain' | 'warning';
  readonly chime?: 'joined' | 'left';
  readonly action?: { readonly label: string; run(): void };
}

/** What the thin line above the stage says; undefined: nothing is the matter. */
export type LineView =
  | { readonly type: 'offline' }
  | { readonly type: 'reconnecting' }
  | { readonly type: 'peer'; readonly name: string };

export type Layout = 'grid' | 'speaker';

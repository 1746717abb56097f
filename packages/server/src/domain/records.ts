import type { LeaveReason, Metadata, Mode, Presence, Role, StreamInfo } from '@maru/signaling';
import type { SessionLimits } from '@maru/signaling/rest';
import type { MediaProgress } from './media-mode.js';

/** A session as it is kept: everything that a restart must not forget. */
export interface SessionRow {
  readonly id: string;
  readonly mode: Mode;
  readonly metadata: Metadata;
  readonly limits: SessionLimits;
  readonly graceMs: number;
  readonly emptyTimeoutMs: number;
  readonly createdAtMs: number;
}

/** What a connection became by joining. */
export interface JoinedRow {
  /** Position in the order of joining; the later one of a pair is polite. */
  readonly order: number;
  readonly atMs: number;
  /** The client's random text for this join: the same text with the same token is the same join, tried again. */
  readonly attempt: string;
  readonly presence: Presence;
}

/** A seat as it is kept: reserved while `joined` is null. */
export interface ConnectionRow {
  readonly id: string;
  readonly session: string;
  readonly role: Role;
  readonly metadata: Metadata;
  /** Name of the only token that takes this seat (the `jti` in it). */
  readonly tokenId: string;
  readonly tokenExpiresAtMs: number;
  readonly createdAtMs: number;
  readonly joined: JoinedRow | null;
}

/** Every change of the domain's state. Live and after a restart, the state is what applying these in order makes. */
export type DomainRecord =
  | { readonly type: 'session'; readonly row: SessionRow }
  | { readonly type: 'session-ended'; readonly session: string }
  | { readonly type: 'media'; readonly session: string; readonly media: MediaProgress }
  | { readonly type: 'connection'; readonly row: ConnectionRow }
  | { readonly type: 'connection-ended'; readonly session: string; readonly connection: string; readonly reason: LeaveReason }
  | { readonly type: 'stream'; readonly session: string; readonly connection: string; readonly stream: StreamInfo }
  | { readonly type: 'stream-ended'; readonly session: string; readonly stream: string }
  | {
      readonly type: 'subscription';
      readonly session: string;
      readonly connection: string;
      readonly stream: string;
      readonly audio: boolean;
      readonly video: boolean;
    };

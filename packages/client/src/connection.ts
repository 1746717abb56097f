import type { JsonValue } from './json.js';
import type { ConnectionStats, Quality } from './stats/call-stats.js';
import type { RemoteStream } from './stream.js';

export type Role = 'publisher' | 'subscriber' | 'moderator';

/** What the application's server vouches for: it came with the token. `name` is the one key that the SDK itself knows. */
export type Metadata = Readonly<Record<string, JsonValue>>;

/** What a connection says of itself: a raised hand, a status. Anybody may write anything into their own. */
export type Presence = Readonly<Record<string, JsonValue>>;

/** Our own seat in the session. */
export interface SelfConnection {
  readonly id: string;
  readonly sessionId: string;
  readonly role: Role;
  readonly metadata: Metadata;
  readonly presence: Presence;
}

/** How the direct way to a person stands. `restarting`: the way broke and another is being looked for; the last picture stays. */
export type PathState = 'new' | 'connecting' | 'connected' | 'interrupted' | 'restarting' | 'failed' | 'closed';

/** The way media takes to one person. */
export interface MediaPath {
  readonly state: PathState;
  /** `direct`: from device to device; `relayed`: through a TURN server; `server`: forwarded by the media server; unknown until connected. */
  readonly kind: 'direct' | 'relayed' | 'server' | 'unknown';
  /** How often the way was looked for again since the call began. */
  readonly restarts: number;
}

/** Somebody else's seat in the session. The object stays the same as long as they are there; its properties are live. */
export interface RemoteConnection {
  readonly id: string;
  /** `metadata.name` when it is a text. */
  readonly name: string | undefined;
  readonly role: Role;
  readonly metadata: Metadata;
  readonly presence: Presence;
  /** What they publish, by stream id, oldest first. */
  readonly streams: ReadonlyMap<string, RemoteStream>;
  /** Their signaling is gone for the moment and may come back; media may still flow. */
  readonly away: boolean;
  readonly path: MediaPath;
  readonly quality: Quality;
  /** Newest figures of this pair; undefined until the first second is over. */
  readonly stats: ConnectionStats | undefined;
  /** Asks this person to mute (moderators only). */
  mute(streamId: string, kind: 'audio' | 'video'): Promise<void>;
  /** Takes one of this person's streams down (moderators only). */
  unpublish(streamId: string): Promise<void>;
  /** Takes this person's seat (moderators only). */
  disconnect(): Promise<void>;
}

import type { MediaState, SubscriptionWhy } from '@maru/signaling';
import type { RemoteConnection, SelfConnection } from './connection.js';
import type { Observable } from './emitter.js';
import type { FileTransfers } from './files/transfers.js';
import type { Inspector } from './inspector/inspector.js';
import type { JsonValue } from './json.js';
import type { CallStats } from './stats/call-stats.js';
import type { LocalStream, PublishOptions, RemoteStream, TrackKind } from './stream.js';

/** Where a call stands. `reconnecting` is about signaling only: media goes on meanwhile. */
export type CallState = 'new' | 'joining' | 'joined' | 'reconnecting' | 'closed';

/** Why a call is over: `left` by us, everything else by somebody or something else. */
export type CloseReason =
  | { readonly type: 'left' }
  /** The session was ended for everybody. */
  | { readonly type: 'ended'; readonly detail: string }
  /** A moderator or the application's server took our seat. */
  | { readonly type: 'disconnected'; readonly detail: string }
  /** The server said no when we came: `code` says why (`token/expired`, `session/full`, …). */
  | { readonly type: 'refused'; readonly code: string; readonly detail: string }
  /** Signaling could not be brought back within the grace period. */
  | { readonly type: 'lost'; readonly code: string; readonly detail: string };

/** A message of the application: chat, a raised hand, a cursor. */
export interface ReceivedMessage {
  readonly id: string;
  /** Who sent it; undefined when the application's server did. */
  readonly from: RemoteConnection | undefined;
  readonly type: string;
  readonly data: JsonValue;
  /** Wall time at the server, milliseconds since 1970. */
  readonly at: number;
  /** Whether it was for us (or some of us) only. */
  readonly private: boolean;
}

export interface OutgoingMessage {
  /** What it is: the application's own word, 1 to 64 characters, e.g. `chat`. */
  readonly type: string;
  readonly data: JsonValue;
  /** Ids of the connections meant; everybody else in the session when left out. */
  readonly to?: readonly string[];
}

/** What a call tells, in the past tense. Every event object is plain and may be kept. */
export interface CallEvents {
  'state-changed': { readonly state: CallState; readonly previous: CallState };
  /** Signaling is away and being brought back: which attempt, over which transport, and when. Nothing is lost meanwhile. */
  reconnecting: { readonly attempt: number; readonly transport: TransportName; readonly retryInMs: number };
  /** The call is over; nothing comes after this. */
  closed: { readonly reason: CloseReason };

  'connection-joined': { readonly connection: RemoteConnection };
  'connection-left': { readonly connection: RemoteConnection; readonly reason: string };
  /** Role, metadata, presence or `away` changed. */
  'connection-updated': { readonly connection: RemoteConnection };
  /** The way to this person changed: `connection.path` has the new state. */
  'path-changed': { readonly connection: RemoteConnection };
  /** The quality rating of this person's connection changed. */
  'quality-changed': { readonly connection: RemoteConnection };
  /** Our own role, metadata or presence changed (by us or by a moderator). */
  'self-updated': { readonly self: SelfConnection };

  /** Somebody publishes a stream. Its `mediaStream` is there at once and gets its tracks when they arrive. */
  'stream-published': { readonly stream: RemoteStream };
  /** Muted state, metadata or tracks changed. */
  'stream-updated': { readonly stream: RemoteStream };
  'stream-unpublished': { readonly stream: RemoteStream };

  /** Media takes another way, or has arrived there. Nothing need be done: streams keep their `mediaStream`, and pictures go on. */
  'media-changed': { readonly media: MediaState };
  /** The media server takes no media of ours: `code` says why. It is tried again by itself where that may help. */
  'media-refused': { readonly code: string; readonly detail: string };
  /** The media server holds something back (`media/publisher-budget`, `media/worker-overloaded`), or not any more. */
  'media-limited': { readonly code: string; readonly limited: boolean };
  /** Who speaks, the loudest first, as the media server hears it; without one, look at `stream.speaking`. */
  'speakers-changed': { readonly speakers: readonly RemoteConnection[] };

  'local-stream-published': { readonly stream: LocalStream };
  'local-stream-updated': { readonly stream: LocalStream };
  /** We unpublished it, a moderator did, or its source ended (`source-ended`: the browser's "stop sharing", a device unplugged). */
  'local-stream-unpublished': { readonly stream: LocalStream; readonly reason: 'unpublished' | 'source-ended' | 'moderator' };
  /** A track's device went away while published; the stream stays, replace the track or unpublish. */
  'local-track-ended': { readonly stream: LocalStream; readonly kind: TrackKind };

  'message-received': { readonly message: ReceivedMessage };
  /** A moderator asks us to mute; the SDK has muted already when `applied`. */
  'mute-requested': { readonly stream: LocalStream; readonly kind: TrackKind; readonly by: string | undefined };
  /** Once a second while joined. */
  'stats-updated': { readonly stats: CallStats };
}

export type TransportName = 'websocket' | 'sse' | 'polling';

/** A conversation: over a server ({@link Session}) or without any ({@link DirectCall}). A user interface can be built on this alone. */
export interface Call extends Observable<CallEvents> {
  readonly state: CallState;
  /** Why it is over; undefined until `closed`. */
  readonly closeReason: CloseReason | undefined;
  /** Our own seat; undefined until joined. */
  readonly self: SelfConnection | undefined;
  /** Everybody else, by connection id, in the order in which they joined. */
  readonly connections: ReadonlyMap<string, RemoteConnection>;
  /** What we publish, by stream id. */
  readonly streams: ReadonlyMap<string, LocalStream>;
  readonly files: FileTransfers;
  readonly inspector: Inspector;
  /** Which way media takes now: from browser to browser, or through the server. */
  readonly media: MediaState;

  /** Publishes a stream of ours to everybody. Rejects with `connection/forbidden` for subscribers. May be called before joining; it goes out then. */
  publish(media: MediaStream | readonly MediaStreamTrack[], options?: PublishOptions): Promise<LocalStream>;
  /** Sends a message of the application; resolves when the server has taken it. */
  send(message: OutgoingMessage): Promise<void>;
  /** Changes what we say of ourselves (a raised hand, a status): merged into `self.presence`; a key set to null goes away. */
  updatePresence(change: Readonly<Record<string, JsonValue>>): Promise<void>;
  /** What we get of each stream (or of one), and what keeps us from more; nothing while media goes from browser to browser. */
  why(streamId?: string): Promise<readonly SubscriptionWhy[]>;
  /** The newest figures; they come once a second while joined. */
  stats(): CallStats;
  /** Leaves and frees everything (devices that the page opened stay open). Harmless when already over. */
  leave(): Promise<void>;
}

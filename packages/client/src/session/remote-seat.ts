import type { ConnectionInfo } from '@maru/signaling';
import type { MediaPath, Metadata, Presence, RemoteConnection, Role } from '../connection.js';
import type { JsonValue } from '../json.js';
import type { PairGenerations, Peer } from '../mesh/peer.js';
import type { ConnectionStats, Quality } from '../stats/call-stats.js';
import type { RemotePublication } from './remote-publication.js';

/** What a moderator may do to a seat. */
export interface ModerationHost {
  requestMute(streamId: string, kind: 'audio' | 'video'): Promise<void>;
  unpublishRemote(streamId: string): Promise<void>;
  disconnectRemote(connectionId: string): Promise<void>;
}

/** Where a seat learns over which way its media comes. */
export interface PathHost {
  pathOf(seat: RemoteSeat): MediaPath | undefined;
}

const NO_PATH: MediaPath = { state: 'new', kind: 'unknown', restarts: 0 };
const UNKNOWN_QUALITY: Quality = { level: 'unknown', reasons: [] };

/** Somebody else's seat, as signaling tells of it, with the pair that leads there. */
export class RemoteSeat implements RemoteConnection {
  readonly streams = new Map<string, RemotePublication>();
  stats: ConnectionStats | undefined;
  /** The pair, while there is one: media may come from the server instead. */
  peer: Peer | undefined;
  readonly generations: PairGenerations = { own: 0, remote: 0 };

  constructor(
    private info: ConnectionInfo,
    private readonly host: ModerationHost,
    private readonly paths: PathHost,
  ) {}

  get id(): string {
    return this.info.id;
  }

  /** Position in the order of joining; in a pair, the higher one is polite. */
  get order(): number {
    return this.info.order;
  }

  get name(): string | undefined {
    const { name } = this.metadata;
    return typeof name === 'string' ? name : undefined;
  }

  get role(): Role {
    return this.info.role;
  }

  get metadata(): Metadata & { readonly name?: JsonValue } {
    return this.info.metadata as Record<string, JsonValue>; // it came out of JSON.parse
  }

  get presence(): Presence {
    return this.info.presence as Record<string, JsonValue>;
  }

  get away(): boolean {
    return this.info.away;
  }

  get path(): MediaPath {
    return this.paths.pathOf(this) ?? this.peer?.path ?? NO_PATH;
  }

  get quality(): Quality {
    return this.stats?.quality ?? UNKNOWN_QUALITY;
  }

  update(change: Partial<ConnectionInfo>): void {
    this.info = { ...this.info, ...change };
  }

  mute(streamId: string, kind: 'audio' | 'video'): Promise<void> {
    return this.host.requestMute(streamId, kind);
  }

  unpublish(streamId: string): Promise<void> {
    return this.host.unpublishRemote(streamId);
  }

  disconnect(): Promise<void> {
    return this.host.disconnectRemote(this.id);
  }
}

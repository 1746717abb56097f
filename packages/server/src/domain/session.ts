import type { ConnectionInfo, SessionInfo, StreamInfo } from '@maru/signaling';
import type { Connection } from './connection.js';
import { beginningOf, type MediaProgress, mediaStateOf } from './media-mode.js';
import { isoOf } from './moment.js';
import type { SessionRow } from './records.js';

/** A published stream and whose it is. */
export interface Published {
  readonly connection: Connection;
  readonly stream: StreamInfo;
}

/** The place: who has a seat in it, and what they publish. */
export class Session {
  readonly connectionById = new Map<string, Connection>();
  readonly publishedById = new Map<string, Published>();
  /** How many seats are taken, by those who are away too. */
  joinedCount = 0;
  /** The highest position in the order of joining that is known. */
  lastOrder = 0;

  /** Which way media takes; only in sessions of mode `auto` does it change. */
  media: MediaProgress;

  constructor(public row: SessionRow) {
    this.media = beginningOf(row.mode);
  }

  get id(): string {
    return this.row.id;
  }

  get reservedCount(): number {
    return this.connectionById.size - this.joinedCount;
  }

  /** Ids of those who have joined. */
  get people(): string[] {
    return [...this.others()].map(({ id }) => id);
  }

  /** Those who have joined, except one. */
  *others(except?: string): Generator<Connection> {
    for (const connection of this.connectionById.values()) {
      if (connection.row.joined && connection.id !== except) yield connection;
    }
  }

  info(): SessionInfo {
    return {
      id: this.id,
      mode: this.row.mode,
      media: mediaStateOf(this.media),
      metadata: this.row.metadata,
      createdAt: isoOf(this.row.createdAtMs),
    };
  }

  /** What `self` sees of the others. */
  infoOfOthers(self: string): ConnectionInfo[] {
    const infos: ConnectionInfo[] = [];
    for (const other of this.others(self)) infos.push(other.info()!);
    return infos;
  }
}

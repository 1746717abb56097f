import type { ConnectionInfo, StreamInfo } from '@maru/signaling';
import { isoOf } from './moment.js';
import type { ConnectionRow } from './records.js';
import { Subscriptions } from './subscription.js';

/** A seat in a session, and who sits in it. */
export class Connection {
  readonly streamById = new Map<string, StreamInfo>();
  readonly subscriptions = new Subscriptions();
  /** Whether its signaling is interrupted. Not kept: after a restart everybody is away until they come back. */
  away = false;

  constructor(public row: ConnectionRow) {}

  get id(): string {
    return this.row.id;
  }

  get state(): 'reserved' | 'joined' | 'away' {
    if (!this.row.joined) return 'reserved';
    return this.away ? 'away' : 'joined';
  }

  /** What the others see of it; null until it has joined. */
  info(): ConnectionInfo | null {
    const { id, role, metadata, joined } = this.row;
    if (!joined) return null;
    return {
      id,
      order: joined.order,
      role,
      metadata,
      presence: joined.presence,
      away: this.away,
      joinedAt: isoOf(joined.atMs),
      streams: [...this.streamById.values()],
    };
  }
}

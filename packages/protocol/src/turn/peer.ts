import { type Instant, NEVER } from '../core/index.js';

/** A transport address that we exchange data with through the server. */
export class TurnPeer {
  /** Data travels as ChannelData once the server has confirmed this. */
  channel: number | undefined;
  /** A channel is wanted, asked for, or bound. */
  isHot = false;
  /** When the channel is to be bound anew. */
  channelRefreshAt: Instant = NEVER;

  constructor(
    readonly address: string,
    readonly port: number,
    readonly permission: Permission,
  ) {}
}

/** Leave of the server to exchange data with one IP address (RFC 8656 §9). */
export class Permission {
  state: 'none' | 'asking' | 'granted' | 'refused' = 'none';
  refreshAt: Instant = NEVER;
  expiresAt: Instant = -NEVER;
  /** When somebody last wanted it: what nobody wants is not renewed. */
  wantedAt: Instant = -NEVER;
  readonly peers: TurnPeer[] = [];

  constructor(readonly address: string) {}
}

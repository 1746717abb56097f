import type { Instant } from '../../core/index.js';
import type { PeerEntry } from './peer-entry.js';
import type { Permission } from './permission.js';

/** Channels last so long without being bound again (RFC 8656 §12). */
export const CHANNEL_LIFETIME_MS = 600_000;

/** A number that stands for a peer (RFC 8656 §12). Its permission lives by itself: binding renews both. */
export class Channel {
  constructor(
    readonly number: number,
    readonly peer: PeerEntry,
    public permission: Permission,
    public expiresAt: Instant,
  ) {}
}

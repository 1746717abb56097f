import { type Instant, Malformed } from '../../../core/index.js';
import { Lifetime, type StunMessage } from '../../../stun/index.js';
import type { Identity } from '../authenticator.js';
import type { TurnServerSettings } from '../settings.js';

/**
 * Seconds that the allocation shall live (RFC 8656 §7.2, §8.2): what the client wishes within the server's bounds, and never longer
 * than its credentials. Undefined when LIFETIME cannot be read; 0 only where the client asked for it.
 */
export function grantedLifetimeS(
  now: Instant,
  message: StunMessage,
  { endsAt }: Identity,
  { defaultLifetimeS, maxLifetimeS }: TurnServerSettings,
): number | undefined {
  const wished = message.read(Lifetime);
  if (wished instanceof Malformed) return undefined;
  if (wished === 0) return 0;
  const granted = Math.min(Math.max(wished ?? 0, defaultLifetimeS), maxLifetimeS);
  return Math.max(1, Math.min(granted, Math.floor((endsAt - now) / 1_000)));
}

import type { Instant } from '../core/index.js';
import { StunErrorCode } from '../stun/index.js';
import type { RelayProtocol } from './candidate.js';
import type { IceServer } from './options.js';
import type { RelayCarrier, RelayLink } from './relay-link.js';

/** Between two tries, doubled each time: a server that was restarted is back in seconds. */
const FIRST_DELAY_MS = 500;

/** As long as consent lasts (RFC 7675 §5.1): the session would have ended by then without us. */
const HOPE_MS = 30_000;

/** To these the server will say the same again. */
const FINAL: ReadonlySet<number> = new Set([
  StunErrorCode.badRequest,
  StunErrorCode.unauthenticated,
  StunErrorCode.forbidden,
  StunErrorCode.wrongCredentials,
]);

/** An allocation that was lost while a session could use it, and the tries to get another in its place. */
export class RelayRenewal {
  private delayMs = FIRST_DELAY_MS;
  private readonly hopelessAt: Instant;
  /** When the next try may begin. */
  dueAt: Instant;

  constructor(
    now: Instant,
    readonly server: IceServer,
    readonly relayProtocol: RelayProtocol,
    /** The same socket again where it is one of ours to the server over UDP; else a new connection is opened. */
    readonly carrier: RelayCarrier | undefined,
    readonly localPreference: number,
    readonly networkType: string | undefined,
  ) {
    this.dueAt = now;
    this.hopelessAt = now + HOPE_MS;
  }

  static of(now: Instant, { server, relayProtocol, carrier, localPreference, networkType }: RelayLink): RelayRenewal {
    const isShared = carrier.kind === 'datagram' && !carrier.isOwned;
    return new RelayRenewal(now, server, relayProtocol, isShared ? carrier : undefined, localPreference, networkType);
  }

  /** A try ended with `code`. Whether another one is worth it; {@link dueAt} says when. */
  retry(now: Instant, code: number): boolean {
    if (FINAL.has(code)) return false;
    this.dueAt = now + this.delayMs;
    this.delayMs *= 2;
    return this.dueAt < this.hopelessAt;
  }
}

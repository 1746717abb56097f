import { type Instant, NEVER } from '@maru/protocol/core';

/** A path that is `disconnected` often comes back by itself within this time (RFC 7675 §5.1: consent is asked every 5 s). */
const DISCONNECTED_PATIENCE_MS = 2_000;
/** The polite side waits longer, so that as a rule only one of the two restarts. */
const POLITE_EXTRA_MS = 1_000;
/** Interfaces come and go in bursts when a network changes. */
const NETWORK_SETTLES_MS = 300;
/** Whatever the reasons, restarts do not come faster than this. */
const SHORTEST_GAP_MS = 300;
/** A restart that has brought nothing by then is tried again. */
const ATTEMPT_MS = 8_000;
const FIRST_BACKOFF_MS = 1_000;
const LONGEST_BACKOFF_MS = 15_000;
/** After this long without trouble, the next trouble is the first again. */
const STABLE_MS = 10_000;

/**
 * Decides when a pair restarts ICE (RFC 8445 §2.4, W3C webrtc `restartIce`): soon when the network changed or the path failed, after a while when
 * it only stutters, ever more rarely when restarts bring nothing, and never while signaling could not carry the offer.
 */
export class RestartPolicy {
  private broken = false;
  private dueAt: Instant = NEVER;
  private attempts = 0;
  private connectedAt: Instant = NEVER;
  private lastRestartAt: Instant = -Infinity;
  private carrying = true;

  constructor(private readonly polite: boolean) {}

  /** How many restarts in this trouble so far. */
  get attempt(): number {
    return this.attempts;
  }

  get deadline(): Instant {
    return this.carrying ? Math.max(this.dueAt, this.lastRestartAt + SHORTEST_GAP_MS) : NEVER;
  }

  /** The W3C connection state changed. */
  stateChanged(now: Instant, state: RTCPeerConnectionState): void {
    switch (state) {
      case 'connected':
        this.recovered(now);
        return;
      case 'disconnected':
        this.breaks(now);
        this.aim(now + DISCONNECTED_PATIENCE_MS + this.extraMs);
        return;
      case 'failed':
        this.breaks(now);
        this.aim(Math.max(now + this.extraMs / 4, this.lastRestartAt + this.backoffMs));
        return;
      case 'closed':
        this.dueAt = NEVER;
        return;
      case 'new':
      case 'connecting':
        return;
    }
  }

  /** Another network, or the same one back: whatever worked may not, and something better may. */
  networkChanged(now: Instant): void {
    this.aim(now + NETWORK_SETTLES_MS);
  }

  /** Whether signaling can carry an offer now. */
  signalingChanged(now: Instant, carrying: boolean): void {
    if (carrying && !this.carrying && this.broken) this.aim(Math.max(now, this.lastRestartAt + this.backoffMs));
    this.carrying = carrying;
  }

  /** True once for each restart that is due. */
  advance(now: Instant): boolean {
    if (now < this.deadline) return false;
    this.forgetOldTrouble(now);
    this.attempts += 1;
    this.lastRestartAt = now;
    this.dueAt = this.broken ? now + Math.max(ATTEMPT_MS, this.backoffMs) : NEVER;
    return true;
  }

  private breaks(now: Instant): void {
    this.forgetOldTrouble(now);
    this.broken = true;
  }

  private forgetOldTrouble(now: Instant): void {
    if (!this.broken && now - this.connectedAt >= STABLE_MS) this.attempts = 0;
  }

  private recovered(now: Instant): void {
    this.broken = false;
    this.dueAt = NEVER;
    this.connectedAt = now;
  }

  private aim(at: Instant): void {
    this.dueAt = Math.min(this.dueAt, at);
  }

  private get extraMs(): number {
    return this.polite ? POLITE_EXTRA_MS : 0;
  }

  private get backoffMs(): number {
    return this.attempts === 0 ? 0 : Math.min(FIRST_BACKOFF_MS * 2 ** (this.attempts - 1), LONGEST_BACKOFF_MS);
  }
}

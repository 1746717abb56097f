import { type Instant, NEVER } from '../core/index.js';

/** A publisher is asked twice a second at most for each layer (S-53). */
const DEFAULT_SPACING_MS = 500;
/** A request that is not answered within so many round trips was lost, or its answer. */
const ROUND_TRIPS = 1.5;

/**
 * How often a key frame is asked for: at once when one is needed, again when none has come, and never faster than the spacing,
 * whoever asks. Serves both sides: a receiver's requests, and what a sender passes on to its encoder.
 */
export class KeyFrameThrottle {
  /** One is needed and has not come. */
  isNeeded = false;
  roundTripMs = 100;
  /** How often one was asked for. */
  requests = 0;
  private askedAt: Instant = Number.NEGATIVE_INFINITY;

  constructor(private readonly spacingMs = DEFAULT_SPACING_MS) {}

  /** Nothing can be decoded, or somebody new watches. */
  need(): void {
    this.isNeeded = true;
  }

  /** One came, or was made. */
  arrived(): void {
    this.isNeeded = false;
  }

  /** Whether to ask now; it counts as asked. */
  take(now: Instant): boolean {
    if (now < this.deadline) return false;
    this.askedAt = now;
    this.requests += 1;
    return true;
  }

  /** When {@link take} will say yes. */
  get deadline(): Instant {
    return this.isNeeded ? this.askedAt + Math.max(this.spacingMs, ROUND_TRIPS * this.roundTripMs) : NEVER;
  }
}

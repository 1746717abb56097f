import { type Instant, NEVER, type RandomSource, TimerTable } from '../core/index.js';
import type { IceTiming } from './options.js';
import type { CandidatePair } from './pair.js';

const LivenessTimer = {
  /** The selected pair's consent must be asked for again (RFC 7675 §5.1). */
  consentCheck: 0,
  /** Consent lapses: nothing more may be sent on the pair (RFC 7675 §5.1). */
  consentExpiry: 1,
  /** The selected pair owes an answer: another one may take its place. */
  suspicion: 2,
  /** The selected pair counts as disconnected unless it is heard before. */
  silence: 3,
} as const;

/** A missing answer is suspicious after three round trips, or this. */
const MIN_SUSPICION_MS = 200;

/** What a round trip is taken for when no answer has told yet. */
const UNKNOWN_ROUND_TRIP_MS = 150;

/** Not heard for so long, a selected pair is asked when another one proves to work. */
const QUIET_MS = 1_000;

/** A request of consent is unanswered for at least so long before the pair counts as disconnected. */
const MIN_SILENCE_MS = 2_000;

/** A timer that fires this much late says that we did not listen ourselves: what came meanwhile has yet to be read … */
const STALL_MS = 50;
/** … for which this is time enough. */
const CATCH_UP_MS = 20;

export interface LivenessOwner {
  /** Asks for consent on the pair. */
  askConsent(now: Instant, pair: CandidatePair): void;
  /** The pair owes an answer: another one may take its place. */
  onSuspicion(now: Instant): void;
  /** Whether another pair that works was heard later. */
  hasFresher(now: Instant, pair: CandidatePair): boolean;
  onSilence(now: Instant, pair: CandidatePair): void;
  /** After silence. */
  onHeardAgain(now: Instant): void;
  onConsentExpired(now: Instant, pair: CandidatePair): void;
}

/** Watches the selected pair: keeps consent to send on it (RFC 7675), and notices early when it stops to work. */
export class Liveness {
  private readonly timers = new TimerTable(LivenessTimer);
  private pair: CandidatePair | undefined;
  private isSilent = false;
  /** When the oldest consent request without an answer was sent. */
  private unansweredSince: Instant = NEVER;
  /** Since when it is unanswered for longer than is usual, though we have listened all the while. */
  private overdueSince: Instant = NEVER;

  constructor(
    private readonly owner: LivenessOwner,
    private readonly timing: IceTiming,
    private readonly random: RandomSource,
    /** A lite agent asks for nothing: the peer's checks are its consent, and their absence the silence. */
    private readonly isLite: boolean,
  ) {}

  get deadline(): Instant {
    return this.timers.next;
  }

  get isDisconnected(): boolean {
    return this.isSilent;
  }

  /** `pair` was selected. What worked a while ago is asked at once whether it still does. */
  watch(now: Instant, pair: CandidatePair): void {
    this.stop();
    this.pair = pair;
    this.timers.set(LivenessTimer.consentExpiry, pair.consentExpiresAt);
    if (isQuiet(now, pair) && !this.isLite) this.ask(now, pair);
    else this.schedule(now);
  }

  /** No pair is selected. */
  stop(): void {
    this.pair = undefined;
    this.isSilent = false;
    this.unansweredSince = this.overdueSince = NEVER;
    this.timers.cancelAll();
  }

  /** The watched pair was heard, whatever it was. */
  heard(now: Instant): void {
    if (!this.isSilent) return;
    this.isSilent = false;
    this.owner.onHeardAgain(now);
  }

  /** The watched pair answered: consent is new. */
  answered(now: Instant, { consentExpiresAt }: CandidatePair): void {
    this.unansweredSince = this.overdueSince = NEVER;
    this.timers.cancel(LivenessTimer.suspicion);
    this.timers.cancel(LivenessTimer.silence);
    this.timers.set(LivenessTimer.consentExpiry, consentExpiresAt);
    this.heard(now);
  }

  /** The peer checked the watched pair of a lite agent, and will do so again. */
  checked(now: Instant, { consentExpiresAt }: CandidatePair): void {
    const { consentIntervalMs, disconnectedMs } = this.timing;
    this.timers.set(LivenessTimer.consentExpiry, consentExpiresAt);
    this.timers.set(LivenessTimer.silence, now + 1.2 * consentIntervalMs + disconnectedMs);
  }

  /** The watched pair owes an answer for longer than is usual. */
  isSuspect(now: Instant): boolean {
    return now >= this.overdueSince && this.pair !== undefined && this.pair.lastHeardAt < this.unansweredSince;
  }

  /** Another pair proves to work while the watched one is quiet: that may have moved, so it is asked ahead of time. */
  askIfQuiet(now: Instant): void {
    const { pair } = this;
    if (!pair || this.unansweredSince !== NEVER || this.isLite) return;
    if (isQuiet(now, pair)) this.ask(now, pair);
    else this.timers.set(LivenessTimer.suspicion, pair.lastHeardAt + QUIET_MS);
  }

  advance(now: Instant): void {
    const { pair } = this;
    if (!pair) return;
    if (this.timers.take(LivenessTimer.consentExpiry, now) && now >= pair.consentExpiresAt)
      this.owner.onConsentExpired(now, pair);
    if (this.timers.take(LivenessTimer.consentCheck, now) && this.pair) this.ask(now, this.pair);
    if (this.takeTimely(LivenessTimer.suspicion, now) && this.pair) this.suspect(now, this.pair);
    if (this.takeTimely(LivenessTimer.silence, now) && this.pair) this.miss(now, this.pair);
  }

  /** Whether `slot` is due, and not because we slept. */
  private takeTimely(slot: number, now: Instant): boolean {
    const dueAt = this.timers.at(slot);
    if (!this.timers.take(slot, now)) return false;
    if (now - dueAt < STALL_MS) return true;
    this.timers.set(slot, now + CATCH_UP_MS);
    return false;
  }

  private ask(now: Instant, pair: CandidatePair): void {
    this.owner.askConsent(now, pair);
    if (this.unansweredSince === NEVER) {
      this.unansweredSince = now;
      this.timers.set(LivenessTimer.suspicion, now + suspicionMs(pair));
      this.timers.set(LivenessTimer.silence, Math.max(pair.lastHeardAt + this.timing.disconnectedMs, now + MIN_SILENCE_MS));
    }
    this.schedule(now);
  }

  /** 4 to 6 s by default, so that agents do not fall into step (RFC 7675 §5.1). */
  private schedule(now: Instant): void {
    if (this.isLite) return;
    const fraction = 0.8 + (0.4 * this.random.uint32()) / 0x1_0000_0000;
    this.timers.set(LivenessTimer.consentCheck, now + this.timing.consentIntervalMs * fraction);
  }

  private suspect(now: Instant, pair: CandidatePair): void {
    if (this.unansweredSince !== NEVER) {
      this.overdueSince = now;
      return this.owner.onSuspicion(now);
    }
    if (isQuiet(now, pair) && this.owner.hasFresher(now, pair)) this.ask(now, pair);
  }

  private miss(now: Instant, pair: CandidatePair): void {
    const quietUntil = pair.lastHeardAt + this.timing.disconnectedMs;
    if (now < quietUntil) return this.timers.set(LivenessTimer.silence, quietUntil);
    this.isSilent = true;
    this.owner.onSilence(now, pair);
  }
}

/** Not heard for a while. */
export function isQuiet(now: Instant, { lastHeardAt }: CandidatePair): boolean {
  return now - lastHeardAt >= QUIET_MS;
}

function suspicionMs({ currentRoundTripMs = UNKNOWN_ROUND_TRIP_MS }: CandidatePair): number {
  return Math.max(MIN_SUSPICION_MS, 3 * currentRoundTripMs);
}

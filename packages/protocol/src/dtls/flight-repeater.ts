import { type Instant, NEVER } from '../core/index.js';
import type { DtlsRetransmission } from './config.js';
import type { FlightSender } from './flight-sender.js';
import type { Flight } from './flights/flight.js';

/** A flight that has gone out this often by timer without an answer may be too large for the path (RFC 6347 §4.1.1.1) … */
const SENDS_BEFORE_SMALLER = 3;
/** … so it goes out in datagrams that any IPv4 path must carry: 576 bytes less the headers of IP and UDP. */
const FALLBACK_MTU_BYTES = 548;
/** How often the last flight goes out again unasked. */
const LAST_FLIGHT_REPEATS = 5;

/** Sends a flight, and sends it again by timer or because the peer repeats its own (RFC 6347 §4.2.4). */
export class FlightRepeater {
  deadline: Instant = NEVER;
  /** Times that a flight was sent again, for whatever reason. */
  retransmitted = 0;
  private flight: Flight | undefined;
  private initialMs: number;
  private waitMs = 0;
  private repeatsLeft = 0;
  /** How often the flight has gone out of our own accord. */
  private timedSends = 0;

  constructor(
    private readonly sender: FlightSender,
    private readonly policy: DtlsRetransmission,
    public mtuBytes: number,
  ) {
    this.initialMs = policy.initialMs;
  }

  /** The flight that goes out again if it must. */
  get current(): Flight | undefined {
    return this.flight;
  }

  /** Keeps the first wait above a measured round trip, so that it does not end before an answer can come. */
  considerRoundTrip(rttMs: number): void {
    this.initialMs = Math.max(this.policy.initialMs, 1.5 * rttMs);
  }

  send(now: Instant, flight: Flight): void {
    this.flight = flight;
    this.timedSends = 1;
    this.waitMs = this.initialMs;
    this.repeatsLeft = { 'until-answered': Infinity, 'until-data': LAST_FLIGHT_REPEATS, 'when-asked': 0 }[flight.repeats];
    this.transmit(now, flight);
    this.arm(now);
  }

  /** The flight did not leave when it was sent, but leaves now. */
  countFrom(now: Instant): void {
    if (!this.flight) return;
    this.waitMs = this.initialMs;
    this.arm(now);
  }

  advance(now: Instant): void {
    if (now < this.deadline || !this.flight) return;
    this.retransmitted += 1;
    this.timedSends += 1;
    this.repeatsLeft -= 1;
    this.waitMs = Math.min(2 * this.waitMs, this.policy.maxMs);
    this.transmit(now, this.flight);
    this.arm(now);
  }

  /** The peer repeats its flight, having missed ours. Not for a datagram that the network doubled. */
  repeatAsked(now: Instant): void {
    if (!this.flight || now - this.sender.lastSentAt < this.policy.initialMs / 2) return;
    this.retransmitted += 1;
    this.transmit(now, this.flight);
  }

  /** The flight has been answered, wholly: it is forgotten. */
  answered(): void {
    this.flight = undefined;
    this.stopUnasked();
  }

  /** Data has come: whoever sends it has our last flight. Should it ask for it all the same, it gets it. */
  heardData(): void {
    if (this.repeatsLeft > 0) this.stopUnasked();
  }

  private stopUnasked(): void {
    this.repeatsLeft = 0;
    this.deadline = NEVER;
  }

  private transmit(now: Instant, flight: Flight): void {
    const isTooLarge = this.timedSends > SENDS_BEFORE_SMALLER;
    this.sender.send(now, flight, isTooLarge ? Math.min(this.mtuBytes, FALLBACK_MTU_BYTES) : this.mtuBytes);
  }

  private arm(now: Instant): void {
    this.deadline = this.repeatsLeft > 0 ? now + this.waitMs : NEVER;
  }
}

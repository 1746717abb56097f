import type { Instant } from '@maru/protocol/core';
import { Download } from './download.js';

const REORDERING = 3;
const FIRST_WINDOW = 10;
const LEAST_WINDOW = 4;
const STARTUP_GAIN = 2.885;
const WINDOW_GAIN = 2;
/** More than the window may be under way, where acknowledgements come in bundles: so much of the bandwidth, as Linux finds it on links that give frames on in bundles. */
const BUNDLE_MS = 70;
/** The bandwidth is probed for by the first, and the queue that this makes is drained by the second. */
const CYCLE = [1.25, 0.75, 1, 1, 1, 1, 1, 1] as const;
/** Without a quarter more in three round trips, the path is full. */
const FULL_GROWTH = 1.25;
const FULL_ROUNDS = 3;
const BANDWIDTH_ROUNDS = 10;
const ROUND_TRIP_MS = 10_000;
const PROBE_ROUND_TRIP_MS = 200;
const FIRST_ROUND_TRIP_MS = 100;

type Phase = 'startup' | 'drain' | 'probe-bandwidth' | 'probe-round-trip';

interface Sent {
  readonly at: Instant;
  readonly delivered: number;
  readonly deliveredAt: Instant;
}

/**
 * A download that goes by a model of the path, its bandwidth and its round trip, and not by losses: BBR
 * (draft-cardwell-iccrg-bbr-congestion-control-00), without its bytes. Beside others it keeps a round trip's worth in the queue, and
 * looks every ten seconds whether the path has become shorter.
 */
export class ModelFlow extends Download {
  private readonly inFlight = new Map<number, Sent>();
  private phase: Phase = 'startup';
  private next = 0;
  private delivered = 0;
  private deliveredAt: Instant = 0;
  /** The bandwidth of the last rounds, in packets a millisecond. */
  private readonly bandwidths: number[] = [];
  private roundEnd = 0;
  private fullBandwidth = 0;
  private fullRounds = 0;
  private roundTripMs = FIRST_ROUND_TRIP_MS;
  private roundTripAt: Instant = 0;
  private phaseAt: Instant = 0;
  private cycle = 0;
  private nextSendAt: Instant = 0;
  private isArmed = false;

  protected begin(): void {
    this.deliveredAt = this.roundTripAt = this.phaseAt = this.nextSendAt = this.now;
    this.fill();
  }

  private get bandwidth(): number {
    return this.bandwidths.length === 0 ? FIRST_WINDOW / FIRST_ROUND_TRIP_MS : Math.max(...this.bandwidths);
  }

  private get pacingGain(): number {
    if (this.phase === 'startup') return STARTUP_GAIN;
    if (this.phase === 'drain') return 1 / STARTUP_GAIN;
    return this.phase === 'probe-bandwidth' ? CYCLE[this.cycle]! : 1;
  }

  private get window(): number {
    if (this.phase === 'probe-round-trip') return LEAST_WINDOW;
    const gain = this.phase === 'startup' ? STARTUP_GAIN : WINDOW_GAIN;
    return Math.max(
      this.bandwidths.length === 0 ? FIRST_WINDOW : LEAST_WINDOW,
      this.bandwidth * (gain * this.roundTripMs + BUNDLE_MS),
    );
  }

  /** As many as the window has room for, at the pace. */
  protected fill(): void {
    if (this.isOver || this.isArmed) return;
    const { now } = this;
    if (now < this.nextSendAt) return this.arm();
    if (this.inFlight.size >= this.window) return; // until something is acknowledged
    this.inFlight.set(this.next, { at: now, delivered: this.delivered, deliveredAt: this.deliveredAt });
    this.send(this.next++);
    this.nextSendAt = now + 1 / (this.pacingGain * this.bandwidth);
    this.arm();
  }

  private arm(): void {
    this.isArmed = true;
    this.network.clock.schedule(this.nextSendAt, () => {
      this.isArmed = false;
      this.fill();
    });
  }

  protected acknowledged(packet: number): void {
    const sent = this.inFlight.get(packet);
    if (!sent) return;
    this.inFlight.delete(packet);
    for (const earlier of this.inFlight.keys()) {
      if (earlier > packet - REORDERING) break;
      this.inFlight.delete(earlier); // lost, and none of our business
    }
    this.delivered += 1;
    this.deliveredAt = this.now;
    this.measureBandwidth(sent);
    this.measureRoundTrip(this.now - sent.at);
    this.turn();
  }

  private measureBandwidth({ at, delivered, deliveredAt }: Sent): void {
    const elapsedMs = Math.max(this.now - at, this.now - deliveredAt);
    const bandwidth = elapsedMs > 0 ? (this.delivered - delivered) / elapsedMs : 0;
    if (delivered >= this.roundEnd) {
      this.roundEnd = this.delivered;
      this.bandwidths.push(0);
      if (this.bandwidths.length > BANDWIDTH_ROUNDS) this.bandwidths.shift();
      this.judgeFull();
    }
    const last = this.bandwidths.length - 1;
    if (last >= 0) this.bandwidths[last] = Math.max(this.bandwidths[last]!, bandwidth);
  }

  private judgeFull(): void {
    if (this.phase !== 'startup') return;
    if (this.bandwidth >= this.fullBandwidth * FULL_GROWTH) {
      this.fullBandwidth = this.bandwidth;
      this.fullRounds = 0;
    } else this.fullRounds += 1;
    if (this.fullRounds >= FULL_ROUNDS) this.enter('drain');
  }

  private measureRoundTrip(ms: number): void {
    const isOld = this.now - this.roundTripAt > ROUND_TRIP_MS;
    if (ms <= this.roundTripMs || isOld) {
      this.roundTripMs = ms;
      this.roundTripAt = this.now;
    }
    if (isOld && this.phase === 'probe-bandwidth') this.enter('probe-round-trip');
  }

  private turn(): void {
    const ms = this.now - this.phaseAt;
    if (this.phase === 'drain' && this.inFlight.size <= this.bandwidth * this.roundTripMs) this.enter('probe-bandwidth');
    else if (this.phase === 'probe-round-trip' && ms > PROBE_ROUND_TRIP_MS + this.roundTripMs) this.enter('probe-bandwidth');
    else if (this.phase === 'probe-bandwidth' && ms > this.roundTripMs) {
      this.cycle = (this.cycle + 1) % CYCLE.length;
      this.phaseAt = this.now;
    }
  }

  private enter(phase: Phase): void {
    this.phase = phase;
    this.phaseAt = this.now;
    this.cycle = 2;
  }
}

import type { Instant } from '@maru/protocol/core';
import { OVERHEAD_BYTES } from './downlink.js';

/** Spatial layers of four at most, temporal ones of four. */
const SPATIAL = 4;
const TEMPORAL = 4;
/** What was so long ago counts for a third: some turns of the pattern of temporal layers, even of few pictures a second. */
const MEMORY_MS = 1_200;
/** What has not come for so long is not being sent. */
const SILENT_MS = 1_500;
/** What rests for less may go on as it was: who makes it is short of processors for a moment. */
const REST_MS = 4_000;

/** How much each layer of a source takes on the way, with the headers of its packets, and how many pictures it has. Counting is an addition; rates are made some times a second. */
export class LayerRates {
  private readonly bytes = new Float64Array(SPATIAL * TEMPORAL);
  private readonly rates = new Float64Array(SPATIAL * TEMPORAL);
  private frames = 0;
  private frameRate = 0;
  private since: Instant = Number.NaN;
  private lastAt: Instant = Number.NEGATIVE_INFINITY;
  /** The highest layers that came lately. */
  highestSpatial = 0;
  highestTemporal = 0;
  private spatialSeen = 0;
  private temporalSeen = 0;
  private spatialBefore = 0;
  private temporalBefore = 0;
  private seenSince: Instant = Number.NaN;
  /** How long it has been measured for. */
  private measuredMs = 0;

  add(now: Instant, bytes: number, spatialId: number, temporalId: number, endsPicture: boolean): void {
    const spatial = spatialId < SPATIAL ? spatialId : SPATIAL - 1;
    const temporal = temporalId < TEMPORAL ? temporalId : TEMPORAL - 1;
    this.bytes[spatial * TEMPORAL + temporal]! += bytes + OVERHEAD_BYTES;
    if (spatial > this.spatialSeen) this.spatialSeen = spatial;
    if (temporal > this.temporalSeen) this.temporalSeen = temporal;
    if (endsPicture) this.frames += 1;
    this.lastAt = now;
  }

  /** Makes rates of what came since the last time. While nothing comes they stay: who rests is not smaller than before. */
  settle(now: Instant): void {
    const elapsedMs = now - this.since;
    const isFirst = Number.isNaN(elapsedMs);
    const isSilent = this.lastAt < this.since;
    if (isSilent && this.isFlowing(now)) return;
    this.since = now;
    if (isFirst) this.seenSince = now;
    if (isFirst || elapsedMs <= 0) return;
    if (isSilent) {
      if (!this.isResting(now)) this.forget(now);
      return;
    }
    this.measuredMs += elapsedMs;
    // An average of all at first, and then of what the memory holds.
    const weight = Math.max(elapsedMs / this.measuredMs, 1 - Math.exp(-elapsedMs / MEMORY_MS));
    for (let i = 0; i < this.bytes.length; i++) {
      this.rates[i]! += ((this.bytes[i]! * 8_000) / elapsedMs - this.rates[i]!) * weight;
      if (this.rates[i]! < 1) this.rates[i] = 0;
      this.bytes[i] = 0;
    }
    this.frameRate += ((this.frames * 1_000) / elapsedMs - this.frameRate) * weight;
    this.frames = 0;
    this.highestSpatial = Math.max(this.spatialSeen, this.spatialBefore);
    this.highestTemporal = Math.max(this.temporalSeen, this.temporalBefore);
    if (now - this.seenSince < MEMORY_MS) return;
    this.seenSince = now;
    [this.spatialBefore, this.temporalBefore] = [this.spatialSeen, this.temporalSeen];
    this.spatialSeen = this.temporalSeen = 0;
  }

  /** What begins again after a pause is measured anew. */
  private forget(now: Instant): void {
    this.rates.fill(0);
    this.bytes.fill(0);
    this.frameRate = this.frames = this.measuredMs = 0;
    this.highestSpatial = this.highestTemporal = 0;
    this.spatialSeen = this.temporalSeen = this.spatialBefore = this.temporalBefore = 0;
    this.seenSince = now;
  }

  /** Whether it is known what it takes. */
  get isMeasured(): boolean {
    return this.frameRate > 0;
  }

  /** Whether anything has come lately. */
  isFlowing(now: Instant): boolean {
    return now - this.lastAt < SILENT_MS;
  }

  /** Whether nothing has come for a while, and may soon again. */
  isResting(now: Instant): boolean {
    return !this.isFlowing(now) && now - this.lastAt < REST_MS;
  }

  get framesPerSecond(): number {
    return this.frameRate;
  }

  /** What everything up to these layers takes, in bit/s. */
  upTo(spatialId: number, temporalId: number): number {
    let sum = 0;
    for (let spatial = 0; spatial <= spatialId && spatial < SPATIAL; spatial++)
      for (let temporal = 0; temporal <= temporalId && temporal < TEMPORAL; temporal++)
        sum += this.rates[spatial * TEMPORAL + temporal]!;
    return sum;
  }

  get totalBps(): number {
    return this.upTo(SPATIAL - 1, TEMPORAL - 1);
  }
}

import type { Instant } from '../core/index.js';
import type { AbsCaptureTime } from './extensions/abs-capture-time.js';

/** How often it is told at least: clocks drift, and packets that tell are lost. */
const TELLING_INTERVAL_MS = 1_000;
/** What receivers may be wrong by. Below it timers tremble, and each packet would tell. */
const MAX_ERROR_MS = 5;
/** So long after it was told, receivers go on counting. */
const MAX_AGE_MS = 5_000;

/**
 * Which packets of a stream have to tell when their media was captured (webrtc.org, abs-capture-time, "Timestamp interpolation"):
 * receivers count on from one that did, by RTP timestamps.
 */
export class CaptureTimeTeller {
  private toldAt: Instant = Number.NEGATIVE_INFINITY;
  private rtpTimestamp = 0;
  private captureNtpMs = 0;
  private offsetMs: number | undefined;

  /** Whether the packet at `rtpTimestamp` has to tell; it counts as told. */
  tells(now: Instant, rtpTimestamp: number, clockRate: number, captureNtpMs: number, offsetMs: number | undefined): boolean {
    const expectedMs = this.captureNtpMs + mediaMs(this.rtpTimestamp, rtpTimestamp, clockRate);
    const isKnown =
      now - this.toldAt < TELLING_INTERVAL_MS &&
      Math.abs(captureNtpMs - expectedMs) <= MAX_ERROR_MS &&
      (this.offsetMs === undefined) === (offsetMs === undefined) &&
      Math.abs((this.offsetMs ?? 0) - (offsetMs ?? 0)) <= MAX_ERROR_MS;
    if (isKnown) return false;
    this.toldAt = now;
    this.rtpTimestamp = rtpTimestamp;
    this.captureNtpMs = captureNtpMs;
    this.offsetMs = offsetMs;
    return true;
  }
}

/** When the media of a stream was captured: as packets have told, and counted on by RTP timestamps in between. */
export class CaptureTimes {
  private toldAt: Instant = Number.NEGATIVE_INFINITY;
  private rtpTimestamp = 0;
  private told: AbsCaptureTime | undefined;
  /** Who captured it: the first CSRC, or the SSRC where there is none. */
  source = -1;

  /** A packet of media that `source` captured told so. */
  tell(now: Instant, source: number, rtpTimestamp: number, told: AbsCaptureTime): void {
    this.source = source;
    this.toldAt = now;
    this.rtpTimestamp = rtpTimestamp;
    this.told = told;
  }

  /** A packet of media that `source` captured came: what another has told does not hold for it. */
  heard(source: number): void {
    if (source !== this.source) this.told = undefined;
  }

  /** Of the media at `rtpTimestamp`; undefined where it was not told, or too long ago. */
  at(now: Instant, rtpTimestamp: number, clockRate: number): AbsCaptureTime | undefined {
    const { told } = this;
    if (!told || now - this.toldAt > MAX_AGE_MS) return undefined;
    return { ...told, captureNtpMs: told.captureNtpMs + mediaMs(this.rtpTimestamp, rtpTimestamp, clockRate) };
  }
}

/** How much later `to` is than `from`, over the wrap of the timestamps (RFC 3550 §5.1). */
function mediaMs(from: number, to: number, clockRate: number): number {
  return (((to - from) | 0) * 1_000) / clockRate;
}

import { JitterBuffer } from '@maru/protocol/congestion';
import { type Clock, type Instant, NEVER } from '@maru/protocol/core';
import { type MediaStreamTrack, type ReceivedMedia, receiveEncoded } from '../../../index.js';
import { readFrame } from './virtual-camera.js';

/** A picture that stands still for longer (security catalogue, section 11). */
const FREEZE_MS = 200;

const ROUND_TRIPS = 1.3;

/** A picture that stood still. */
export interface Freeze {
  readonly at: Instant;
  readonly ms: number;
}

/** Looks at a track: holds frames in a jitter buffer until their turn, and counts what is shown and what stands still. */
export class Viewer {
  framesShown = 0;
  /** Delivered although what they lean on was not. */
  undecodable = 0;
  duplicates = 0;
  /** From capture to display, of each frame. */
  readonly latenciesMs: number[] = [];
  readonly freezes: Freeze[] = [];
  firstShownAt: Instant = NEVER;
  lastShownAt: Instant = NEVER;
  private readonly buffer = new JitterBuffer<ReceivedMedia>({ kind: 'video', clockRate: 90_000 });
  private readonly seen = new Set<number>();
  private lastNumber = -1;
  private armedFor: Instant = NEVER;
  private cancelTimer: () => void = () => {};

  constructor(
    private readonly clock: Clock,
    track: MediaStreamTrack,
    /** What is lost is sent again: who waits for it sees a picture that does not stop. */
    roundTripMs: number,
  ) {
    this.buffer.wantedDelayMs = ROUND_TRIPS * roundTripMs;
    receiveEncoded(track, (media) => this.take(media));
  }

  /** Frames shown from `from` on, and for how long the picture stood still since, in milliseconds. */
  since(from: Instant): { readonly frozenMs: number; readonly freezes: number; readonly longestMs: number } {
    const freezes = this.freezes.filter(({ at, ms }) => at + ms > from);
    const standingMs = this.clock.now() - Math.max(from, this.lastShownAt);
    const lengths = freezes.map(({ at, ms }) => at + ms - Math.max(at, from));
    if (standingMs > FREEZE_MS) lengths.push(standingMs);
    return {
      frozenMs: lengths.reduce((sum, ms) => sum + ms, 0),
      freezes: lengths.length,
      longestMs: Math.max(0, ...lengths),
    };
  }

  private take(media: ReceivedMedia): void {
    const { number } = readFrame(media);
    if (this.seen.has(number)) this.duplicates += 1;
    this.seen.add(number);
    if (!media.isKeyFrame && number !== this.lastNumber + 1) this.undecodable += 1;
    this.lastNumber = number;
    this.buffer.insert(this.clock.now(), media.rtpTimestamp, media);
    this.arm();
  }

  private arm(): void {
    const { deadline } = this.buffer;
    if (deadline === this.armedFor) return;
    this.cancelTimer();
    this.armedFor = deadline;
    if (deadline === NEVER) return;
    this.cancelTimer = this.clock.schedule(deadline, () => {
      this.armedFor = NEVER;
      const media = this.buffer.take(this.clock.now());
      if (media) this.show(media);
      this.arm();
    });
  }

  private show(media: ReceivedMedia): void {
    const now = this.clock.now();
    if (this.framesShown === 0) this.firstShownAt = now;
    else if (now - this.lastShownAt > FREEZE_MS) this.freezes.push({ at: this.lastShownAt, ms: now - this.lastShownAt });
    this.framesShown += 1;
    this.lastShownAt = now;
    this.latenciesMs.push(now - readFrame(media).capturedAt);
  }
}

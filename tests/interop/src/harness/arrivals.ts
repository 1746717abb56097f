import { type MediaStreamTrack, type ReceivedMedia, receiveEncoded } from '@maru/webrtc';

/** Counts what comes of a track, a stream each, and how long nothing came. */
export class Arrivals {
  /** By SSRC. */
  readonly streams = new Map<number, { width: number; frames: number; lastAt: number; longestMs: number }>();
  /** Between two frames of any stream. */
  longestMs = 0;
  private lastAt = 0;

  constructor(track: MediaStreamTrack) {
    receiveEncoded(track, (media) => this.take(media));
  }

  get frames(): number {
    return [...this.streams.values()].reduce((sum, { frames }) => sum + frames, 0);
  }

  /** How long nothing has come at most, until now. */
  get longestGapMs(): number {
    return this.lastAt === 0 ? 0 : Math.max(this.longestMs, performance.now() - this.lastAt);
  }

  private take({ ssrc, width }: ReceivedMedia): void {
    const now = performance.now();
    const stream = this.streams.get(ssrc) ?? { width: 0, frames: 0, lastAt: now, longestMs: 0 };
    this.streams.set(ssrc, stream);
    if (width > 0) stream.width = width;
    stream.frames += 1;
    stream.longestMs = Math.max(stream.longestMs, now - stream.lastAt);
    stream.lastAt = now;
    if (this.lastAt > 0) this.longestMs = Math.max(this.longestMs, now - this.lastAt);
    this.lastAt = now;
  }
}

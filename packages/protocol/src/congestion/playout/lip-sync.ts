/** Differences that nobody notices. */
const DEADBAND_MS = 10;
/** One step takes half of the difference, and no more than this, so that nobody notices the cure either. */
const MAX_STEP_MS = 80;
/** Streams that are further apart than this do not belong together, or their reports lie. */
const MAX_DIFFERENCE_MS = 10_000;

/**
 * Keeps sound and picture of one source in step: whichever comes sooner is held back. Both sides' latencies are from capture, by
 * the sender's clock (its reports, RFC 3550 §6.4.1), to playing, by ours: the difference of the clocks cancels out.
 */
export class LipSync {
  /** For {@link JitterBuffer.syncDelayMs}; at most one of them is more than 0. */
  audioDelayMs = 0;
  videoDelayMs = 0;

  /** Latencies as they are now, and the delays that the buffers keep for them. To be called once a second or so. */
  update(audioLatencyMs: number, videoLatencyMs: number, audioBufferMs: number, videoBufferMs: number): void {
    const difference = videoLatencyMs - audioLatencyMs;
    if (!(Math.abs(difference) <= MAX_DIFFERENCE_MS) || Math.abs(difference) < DEADBAND_MS) return;
    const step = Math.min(Math.max(difference / 2, -MAX_STEP_MS), MAX_STEP_MS);
    if (step > 0) {
      // The picture is behind: give back what it was held, then hold the sound.
      if (this.videoDelayMs > 0) this.videoDelayMs = Math.max(0, videoBufferMs - step);
      else this.audioDelayMs = audioBufferMs + step;
    } else if (this.audioDelayMs > 0) this.audioDelayMs = Math.max(0, audioBufferMs + step);
    else this.videoDelayMs = videoBufferMs - step;
  }
}

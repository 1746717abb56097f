import type { Instant } from '@maru/protocol/core';

/** About −34 dB: louder than a quiet room, softer than anybody who speaks into a microphone. */
const LOUD = 0.02;
/** A cough or a click is shorter. */
const STARTS_AFTER_MS = 80;
/** Pauses between words are shorter. */
const ENDS_AFTER_MS = 500;

/** Turns loudness into "speaks": calm enough to draw a ring by. */
export class SpeakingDetector {
  private loudSince: Instant | undefined;
  private loudAt: Instant = -Infinity;
  private speaking = false;

  /** Takes the loudness of now and says whether that is speech. Any rate of calls from one a second will do. */
  update(now: Instant, level: number): boolean {
    if (level >= LOUD) {
      this.loudSince ??= now;
      this.loudAt = now;
      if (now - this.loudSince >= STARTS_AFTER_MS) this.speaking = true;
    } else if (now - this.loudAt > ENDS_AFTER_MS) {
      this.loudSince = undefined;
      this.speaking = false;
    }
    return this.speaking;
  }
}

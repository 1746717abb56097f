import type { Instant } from '@maru/protocol/core';
import { SILENCE_LEVEL } from '@maru/protocol/rtp';

/** How fast loudness follows: up within a syllable, down within a pause between words. */
const ATTACK_MS = 60;
const RELEASE_MS = 600;
/** What is not louder than this is no speech, and what does not tell levels is taken to be this loud. */
const SILENT_LOUDNESS = 127 - 62;
const UNTOLD_LOUDNESS = 127 - 40;
/** Nothing has come for so long: silence. */
const GONE_MS = 500;

/** How loud an audio track is, from the levels that its packets tell (RFC 6464). */
export class AudioLevel {
  /** Smoothed; 0 is silence, 127 the loudest. */
  private smoothed = 0;
  private at: Instant = Number.NEGATIVE_INFINITY;

  /** `level` in -dBov; -1 where the packet does not tell. */
  add(now: Instant, level: number, hasVoice: boolean): void {
    let loudness = level < 0 ? UNTOLD_LOUDNESS : SILENCE_LEVEL - level;
    if (level >= 0 && !hasVoice) loudness = Math.max(0, loudness - 15); // noise counts less than what the sender calls voice
    const elapsedMs = Math.min(now - this.at, 1_000);
    const constantMs = loudness > this.smoothed ? ATTACK_MS : RELEASE_MS;
    this.smoothed += (loudness - this.smoothed) * (1 - Math.exp(-elapsedMs / constantMs));
    this.at = now;
  }

  loudness(now: Instant): number {
    return now - this.at > GONE_MS ? 0 : this.smoothed;
  }

  isSpeaking(now: Instant): boolean {
    return this.loudness(now) > SILENT_LOUDNESS;
  }
}

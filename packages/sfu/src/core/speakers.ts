import type { Instant } from '@maru/protocol/core';
import type { PublishedTrack } from './published-track.js';

/** How often it is looked who speaks, while anybody sends audio. */
const INTERVAL_MS = 100;
/** Who was silent for so long speaks no more. */
const HOLD_MS = 1_500;
/** To take the floor from one who speaks, one must be this much louder for so long: a cough does not. */
const MARGIN = 8;
const TAKE_MS = 400;

interface Voice {
  readonly track: PublishedTrack;
  lastSpokeAt: Instant;
  /** Since when it is louder than who has the floor; NaN while it is not. */
  louderSince: Instant;
}

/**
 * Who speaks in a session: the one who has the floor first, then the others who speak or have spoken, the last to speak first. Audio of
 * those at the front is forwarded where there are not slots for all.
 */
export class Speakers {
  deadline: Instant = Infinity;
  private readonly voices: Voice[] = [];
  private floor: Voice | undefined;
  private told = '';

  add(track: PublishedTrack): void {
    this.voices.push({ track, lastSpokeAt: Number.NEGATIVE_INFINITY, louderSince: Number.NaN });
  }

  remove(track: PublishedTrack): void {
    const at = this.voices.findIndex((voice) => voice.track === track);
    if (at < 0) return;
    if (this.voices[at] === this.floor) this.floor = undefined;
    this.voices.splice(at, 1);
  }

  /** Audio came: it will be looked at soon. */
  wake(now: Instant): void {
    if (this.deadline === Infinity) this.deadline = now + INTERVAL_MS;
  }

  /** Whether the order has changed. */
  advance(now: Instant): boolean {
    if (now < this.deadline) return false;
    let loudest: Voice | undefined;
    let isAnyFlowing = false;
    for (const voice of this.voices) {
      const loudness = voice.track.level.loudness(now);
      if (loudness > 0) isAnyFlowing = true;
      if (voice.track.isMuted || !voice.track.level.isSpeaking(now)) continue;
      voice.lastSpokeAt = now;
      if (!loudest || loudness > loudest.track.level.loudness(now)) loudest = voice;
    }
    this.deadline = isAnyFlowing || this.speaking(now).length > 0 ? now + INTERVAL_MS : Infinity;
    this.giveFloor(now, loudest);
    return this.sort(now);
  }

  /** Tracks, those first whose audio matters most. */
  order(): readonly PublishedTrack[] {
    return this.voices.map(({ track }) => track);
  }

  /** Those who speak, who has the floor first. */
  speaking(now: Instant): PublishedTrack[] {
    return this.voices.filter(({ lastSpokeAt }) => now - lastSpokeAt < HOLD_MS).map(({ track }) => track);
  }

  /** Whether those who speak are others than when this was last true. */
  takeChange(now: Instant): boolean {
    const speaking = this.speaking(now)
      .map(({ id }) => id)
      .join(' ');
    if (speaking === this.told) return false;
    this.told = speaking;
    return true;
  }

  private giveFloor(now: Instant, loudest: Voice | undefined): void {
    const { floor } = this;
    if (floor && now - floor.lastSpokeAt >= HOLD_MS) this.floor = undefined;
    if (!loudest || loudest === this.floor) return;
    if (!this.floor) {
      this.floor = loudest;
      return;
    }
    const isLouder = loudest.track.level.loudness(now) > this.floor.track.level.loudness(now) + MARGIN;
    if (!isLouder) {
      loudest.louderSince = Number.NaN;
      return;
    }
    if (Number.isNaN(loudest.louderSince)) loudest.louderSince = now;
    if (now - loudest.louderSince < TAKE_MS) return;
    this.floor = loudest;
    loudest.louderSince = Number.NaN;
  }

  private sort(now: Instant): boolean {
    const before = this.voices.slice();
    this.voices.sort((a, b) => this.rank(now, b) - this.rank(now, a));
    return this.voices.some((voice, i) => voice !== before[i]);
  }

  /** Those who speak now are equal among each other, but for the floor, so that they do not change places with each word. */
  private rank(now: Instant, voice: Voice): number {
    if (voice === this.floor) return Number.POSITIVE_INFINITY;
    return now - voice.lastSpokeAt < HOLD_MS ? now : voice.lastSpokeAt;
  }
}

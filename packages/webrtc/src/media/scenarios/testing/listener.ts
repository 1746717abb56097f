import { JitterBuffer } from '@maru/protocol/congestion';
import { type Clock, type Instant, NEVER } from '@maru/protocol/core';
import { type MediaStreamTrack, type ReceivedMedia, receiveEncoded } from '../../../index.js';
import { readSound, SOUND_MS } from './virtual-microphone.js';

/** Playing may be slowed down by so much from packet to packet without that anything is made up. */
const STRETCH_MS = 5;
/** In-band FEC is of use to who has the next packet in time. */
const LOOK_AHEAD_MS = 2 * SOUND_MS;
const OPUS_CLOCK = 48_000;
const STEP = (OPUS_CLOCK * SOUND_MS) / 1_000;

/** Hears a track: a jitter buffer, Opus with in-band FEC, and a count of what had to be made up. */
export class Listener {
  packetsPlayed = 0;
  /** Sound that was not there when it was to be played. */
  concealedMs = 0;
  duplicates = 0;
  readonly latenciesMs: number[] = [];
  lastPlayedAt: Instant = NEVER;
  /** When sound was made up, and how much. */
  readonly concealments: { readonly at: Instant; readonly ms: number }[] = [];
  private readonly buffer = new JitterBuffer<number>({ kind: 'audio', clockRate: OPUS_CLOCK });
  private readonly spokenAt = new Map<number, number>();
  private readonly seen = new Set<number>();
  private lastNumber = -1;
  private armedFor: Instant = NEVER;
  private cancelTimer: () => void = () => {};

  constructor(
    private readonly clock: Clock,
    track: MediaStreamTrack,
  ) {
    this.buffer.wantedDelayMs = LOOK_AHEAD_MS;
    receiveEncoded(track, (media) => this.take(media));
  }

  get concealedShare(): number {
    const playedMs = this.packetsPlayed * SOUND_MS;
    return this.concealedMs / (playedMs + this.concealedMs);
  }

  private take(media: ReceivedMedia): void {
    const { number, spokenAt } = readSound(media);
    const now = this.clock.now();
    if (this.seen.has(number)) this.duplicates += 1;
    this.seen.add(number);
    this.spokenAt.set(number, spokenAt);
    // In sending order, so that the packet before it is not taken for one that jumped back in time.
    if (!this.seen.has(number - 1) && number > 0) {
      this.spokenAt.set(number - 1, spokenAt - SOUND_MS);
      this.buffer.insert(now, (media.rtpTimestamp - STEP) >>> 0, number - 1, true);
    }
    this.buffer.insert(now, media.rtpTimestamp, number);
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
      const number = this.buffer.take(this.clock.now());
      if (number !== undefined) this.play(number);
      this.arm();
    });
  }

  private play(number: number): void {
    const now = this.clock.now();
    if (this.packetsPlayed > 0) this.conceal(now, number);
    this.packetsPlayed += 1;
    this.lastNumber = number;
    this.lastPlayedAt = now;
    this.latenciesMs.push(now - (this.spokenAt.get(number) ?? now));
    this.spokenAt.delete(number);
  }

  /** What was played between the packet before and this one, and was not there: missing packets, and waiting. */
  private conceal(now: Instant, number: number): void {
    const missingMs = (number - this.lastNumber - 1) * SOUND_MS;
    const waitedMs = now - this.lastPlayedAt - SOUND_MS - missingMs;
    const ms = missingMs + (waitedMs > STRETCH_MS ? waitedMs : 0);
    if (ms === 0) return;
    this.concealedMs += ms;
    this.concealments.push({ at: now, ms });
  }
}

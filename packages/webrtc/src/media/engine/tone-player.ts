import { type Instant, NEVER } from '@maru/protocol/core';
import { telephoneEventOf, tonePackets } from '@maru/protocol/payload';

/** A packet of a tone, as it goes out. */
export interface DueTonePacket {
  readonly at: Instant;
  readonly rtpTimestamp: number;
  readonly isMarked: boolean;
  readonly payload: Uint8Array;
}

/** Keys of a telephone in the rhythm of their packets (RFC 4733 §2.5.1). */
export class TonePlayer {
  private packets: DueTonePacket[] = [];

  /** When {@link take} gives something next. */
  get deadline(): Instant {
    return this.packets[0]?.at ?? NEVER;
  }

  /** Whether a tone sounds, the repeats of its end included. */
  get isPlaying(): boolean {
    return this.packets.length > 0;
  }

  /** Begins `tone` behind those that sound, at `rtpTimestamp` of the stream. */
  play(now: Instant, tone: string, durationMs: number, clockRate: number, rtpTimestamp: number): void {
    const event = telephoneEventOf(tone);
    if (event < 0) return;
    for (const { atMs, timestampOffset, isMarked, payload } of tonePackets({ event, durationMs, clockRate })) {
      this.packets.push({ at: now + atMs, rtpTimestamp: (rtpTimestamp + timestampOffset) >>> 0, isMarked, payload });
    }
  }

  /** The next packet that is due. */
  take(now: Instant): DueTonePacket | undefined {
    return now < this.deadline ? undefined : this.packets.shift();
  }

  stop(): void {
    this.packets = [];
  }
}

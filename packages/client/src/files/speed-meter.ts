import type { Instant } from '@maru/protocol/core';

const WINDOW_MS = 4_000;
/** Shorter spans say more about chunks than about the line. */
const SHORTEST_MS = 300;

/** Speed over the last seconds, from how far one is now and then. */
export class SpeedMeter {
  private readonly samples: { readonly at: Instant; readonly bytes: number }[] = [];

  add(now: Instant, bytes: number): void {
    const last = this.samples.at(-1);
    if (last && now - last.at < 50) return;
    this.samples.push({ at: now, bytes });
    while (this.samples.length > 2 && now - this.samples[1]!.at > WINDOW_MS) this.samples.shift();
  }

  /** Bytes a second, 0 when nothing is known; falls to 0 by itself when nothing is added. */
  bytesPerSecond(now: Instant): number {
    const first = this.samples[0];
    const last = this.samples.at(-1);
    if (!first || !last) return 0;
    const spanMs = Math.max(
      now - last.at > WINDOW_MS ? Number.POSITIVE_INFINITY : last.at - first.at,
      now - last.at > 1_000 ? now - first.at : 0,
    );
    return spanMs < SHORTEST_MS ? 0 : ((last.bytes - first.bytes) / spanMs) * 1000;
  }

  /** After a pause: what was before says nothing about what comes. */
  reset(): void {
    this.samples.length = 0;
  }
}

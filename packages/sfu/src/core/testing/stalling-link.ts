import { LinkDirection, type LinkProfile } from '@maru/netsim';
import type { Clock, Instant, SeededRandom } from '@maru/protocol/core';

/** Between two stalls, on average. */
const BETWEEN_MS = 120;

/** A link over computers that are busy now and then: what arrives while one is comes together, when it has time again. */
export class StallingLink extends LinkDirection {
  private stallBegin: Instant = 0;
  private stallEnd: Instant = 0;
  private lastAt: Instant = 0;

  constructor(
    private readonly time: Clock,
    private readonly chance: SeededRandom,
    profile: LinkProfile,
    private readonly stallMs: number,
  ) {
    super(time, chance, profile, () => {});
  }

  override carry(...[packet, arrive]: Parameters<LinkDirection['carry']>): void {
    super.carry(packet, (arrived) => {
      const now = this.time.now();
      while (this.stallEnd < now) {
        this.stallBegin = this.stallEnd + this.draw(BETWEEN_MS);
        this.stallEnd = this.stallBegin + this.draw(this.stallMs);
      }
      this.lastAt = Math.max(this.lastAt, now < this.stallBegin ? now : this.stallEnd);
      if (this.lastAt <= now) arrive(arrived);
      else this.time.schedule(this.lastAt, () => arrive(arrived));
    });
  }

  private draw(meanMs: number): number {
    return -Math.log(1 - this.chance.unit()) * meanMs;
  }
}

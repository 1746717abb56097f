import { describe, expect, test } from 'vitest';
import { besideADownload, changingRates } from './testing/bandwidth.js';

test('R-06: a link that drops from 2 Mbit/s to 500 and 150 kbit/s and comes back is followed, and sound and picture go on', async () => {
  const rates = [2_000_000, 500_000, 150_000, 2_000_000].map((rateBps) => ({ rateBps, durationMs: 20_000 }));
  const { connected, phases } = await changingRates(rates);
  expect(connected).toBe(true);
  for (const phase of phases.slice(1, 3)) {
    expect(phase.followedMs).toBeLessThanOrEqual(2_000);
    expect(phase.queueP95Ms).toBeLessThan(100);
    expect(phase.concealedMs).toBeLessThan(1_000);
    expect(phase.longestFreezeMs).toBeLessThan(1_000);
  }
  expect(phases[3]!.followedMs).toBeLessThan(20_000);
});

describe('R-07: a download on the same link', () => {
  test.each([0, 0.02])('gets its part and leaves us ours, where %s of the packets are lost besides', async (loss) => {
    const figures = await besideADownload(loss, 40_000);
    expect(figures.connected).toBe(true);
    expect(figures.share).toBeGreaterThanOrEqual(25);
    expect(figures.resent).toBeLessThanOrEqual(10 + 200 * loss);
  });
});

import { expect, test } from 'vitest';
import { WhyHistory } from './why-history.js';

const nameOf = (encoding: number) => (encoding < 0 ? undefined : `e${encoding}`);

test('ten minutes of what was sent and why, one entry for ten seconds and one for each change, in bounded room', () => {
  const history = new WhyHistory();
  for (let now = 0; now <= 1_200_000; now += 200) {
    const encoding = Math.floor(now / 60_000) % 3;
    const isChange = now > 0 && now % 60_000 === 0;
    history.note(now, encoding, encoding * 100_000, 1_000_000, 0.01, encoding === 2 ? 'nothing' : 'network', isChange);
  }
  const moments = history.moments(1_200_000, nameOf);
  expect(moments.length).toBeGreaterThanOrEqual(60);
  expect(moments.length).toBeLessThanOrEqual(128);
  expect(moments[0]!.at).toBeGreaterThanOrEqual(600_000);
  expect(moments.map(({ at }) => at)).toEqual([...moments.map(({ at }) => at)].sort((a, b) => a - b));
  expect(moments.at(-1)).toMatchObject({ encoding: 'e2', bitrateBps: 200_000, estimateBps: 1_000_000, limitedBy: 'nothing' });
});

test('changes that chase each other are one', () => {
  const history = new WhyHistory();
  for (let now = 0; now < 100; now++) history.note(now, now % 2, 0, 0, 0, 'network', true);
  expect(history.moments(100, nameOf)).toHaveLength(1);
});

import { expect, test } from 'vitest';
import { SpeakingDetector } from './speaking-detector.js';

/** Feeds loudness by frames of 16 ms and tells when it was called speaking. */
function spans(levelAt: (ms: number) => number): [number, number][] {
  const detector = new SpeakingDetector();
  const found: [number, number][] = [];
  let since: number | undefined;
  for (let now = 0; now <= 5_000; now += 16) {
    const speaking = detector.update(now, levelAt(now));
    if (speaking) since ??= now;
    else if (since !== undefined) {
      found.push([since, now]);
      since = undefined;
    }
  }
  return found;
}

test('a click is not speech', () => {
  expect(spans((ms) => (ms >= 1_000 && ms < 1_050 ? 0.5 : 0.001))).toEqual([]);
});

test('words with pauses between them are one speech', () => {
  const speech = spans((ms) => (ms >= 1_000 && ms < 3_000 && ms % 400 < 250 ? 0.1 : 0.001));
  expect(speech).toHaveLength(1);
  expect(speech[0]![0]).toBeLessThanOrEqual(1_200);
  expect(speech[0]![1]).toBeLessThan(3_600);
});

import { expect, test } from 'vitest';
import { type Instant, SeededRandom } from '../core/index.js';
import { Liveness } from './liveness.js';
import { DEFAULT_TIMING } from './options.js';
import type { CandidatePair } from './pair.js';

const ASKED_AT = 10_000;
const SUSPICIOUS_AT = ASKED_AT + 200;

/** Watches a pair that was not heard for a while, so that it is asked at once; counts what is told of it. */
function watched() {
  const told = { asked: 0, suspicions: 0, silences: 0 };
  const pair = { lastHeardAt: 0, consentExpiresAt: 40_000, currentRoundTripMs: 1 } as CandidatePair;
  const owner = {
    askConsent: () => void told.asked++,
    onSuspicion: () => void told.suspicions++,
    hasFresher: () => false,
    onSilence: () => void told.silences++,
    onHeardAgain: () => {},
    onConsentExpired: () => {},
  };
  const liveness = new Liveness(owner, DEFAULT_TIMING, new SeededRandom(1), false);
  liveness.watch(ASKED_AT, pair);
  expect(told.asked).toBe(1);
  const answer = (now: Instant): void => {
    pair.lastHeardAt = now;
    liveness.answered(now, pair);
  };
  return { told, liveness, answer };
}

test('a pair that owes an answer for longer than is usual is suspect', () => {
  const { told, liveness } = watched();
  liveness.advance(SUSPICIOUS_AT - 1);
  expect(liveness.isSuspect(SUSPICIOUS_AT - 1)).toBe(false);
  liveness.advance(SUSPICIOUS_AT);
  expect(liveness.isSuspect(SUSPICIOUS_AT)).toBe(true);
  expect(told.suspicions).toBe(1);
});

test('after a stall of ours, what came meanwhile is read before anybody is suspected', () => {
  const { told, liveness, answer } = watched();
  const wokenAt = SUSPICIOUS_AT + 800;
  liveness.advance(wokenAt);
  expect(liveness.isSuspect(wokenAt)).toBe(false);
  answer(wokenAt + 1);
  liveness.advance(liveness.deadline);
  expect(told).toMatchObject({ suspicions: 0, silences: 0 });
});

test('a stall does not excuse a pair that is dead', () => {
  const { told, liveness } = watched();
  liveness.advance(SUSPICIOUS_AT + 800);
  const { deadline } = liveness;
  expect(deadline).toBeLessThan(SUSPICIOUS_AT + 850);
  liveness.advance(deadline);
  expect(liveness.isSuspect(deadline)).toBe(true);
  for (let now = deadline; told.silences === 0 && now < ASKED_AT + 5_000; now = liveness.deadline) liveness.advance(now);
  expect(told).toMatchObject({ suspicions: 1, silences: 1 });
});

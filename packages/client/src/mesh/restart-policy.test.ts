import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RestartPolicy } from './restart-policy.js';

/** Runs the policy for a while and tells when it restarted. */
function restartsOf(policy: RestartPolicy, from: number, until: number): number[] {
  const restarts: number[] = [];
  for (let now = Math.max(from, policy.deadline); now <= until; now = Math.max(now, policy.deadline)) {
    if (policy.advance(now)) restarts.push(now);
  }
  return restarts;
}

test('a path that stutters for a moment is left alone', () => {
  const policy = new RestartPolicy(false);
  policy.stateChanged(0, 'disconnected');
  policy.stateChanged(1_500, 'connected');
  expect(restartsOf(policy, 1_500, 60_000)).toEqual([]);
});

test('a path that stays away is looked for anew after two seconds, by the polite side a second later', () => {
  const impolite = new RestartPolicy(false);
  const polite = new RestartPolicy(true);
  for (const policy of [impolite, polite]) policy.stateChanged(0, 'disconnected');
  expect(restartsOf(impolite, 0, 2_500)).toEqual([2_000]);
  expect(restartsOf(polite, 0, 3_500)).toEqual([3_000]);
});

test('a failed path is looked for at once, then ever more rarely', () => {
  const policy = new RestartPolicy(false);
  policy.stateChanged(0, 'failed');
  expect(restartsOf(policy, 0, 60_000)).toEqual([0, 8_000, 16_000, 24_000, 32_000, 47_000]);
});

test('trouble after a long good time is counted from the beginning, and goes on being counted', () => {
  const policy = new RestartPolicy(false);
  policy.stateChanged(0, 'connected');
  policy.stateChanged(100_000, 'failed');
  expect(restartsOf(policy, 100_000, 140_000)).toHaveLength(5);
  expect(policy.attempt).toBe(5);
  policy.stateChanged(141_000, 'connected');
  policy.stateChanged(142_000, 'failed');
  restartsOf(policy, 142_000, 165_000);
  expect(policy.attempt).toBeGreaterThan(5);
});

test('a network change is one restart, however many events announce it', () => {
  const policy = new RestartPolicy(false);
  for (const at of [0, 20, 100]) policy.networkChanged(at);
  expect(restartsOf(policy, 100, 60_000)).toEqual([300]);
});

test('while signaling is away nothing is tried; when it is back, at once', () => {
  const policy = new RestartPolicy(false);
  policy.signalingChanged(0, false);
  policy.stateChanged(100, 'failed');
  expect(restartsOf(policy, 100, 30_000)).toEqual([]);
  policy.signalingChanged(30_000, true);
  expect(restartsOf(policy, 30_000, 31_000)).toEqual([30_000]);
});

test('signaling that comes and goes does not make restarts come faster', () => {
  const policy = new RestartPolicy(false);
  policy.stateChanged(0, 'failed');
  expect(restartsOf(policy, 0, 0)).toEqual([0]);
  policy.signalingChanged(10, false);
  policy.signalingChanged(20, true);
  expect(restartsOf(policy, 20, 1_500)).toEqual([1_000]);
});

test('whatever happens, two restarts are at least 300 ms apart, and none comes after the pair is closed', () => {
  const event = fc.tuple(fc.nat(3_000), fc.constantFrom('connected', 'disconnected', 'failed', 'network', 'away', 'back'));
  fc.assert(
    fc.property(fc.array(event, { maxLength: 60 }), (events) => {
      const policy = new RestartPolicy(false);
      const restarts: number[] = [];
      let now = 0;
      for (const [wait, what] of events) {
        restarts.push(...restartsOf(policy, now, now + wait));
        now += wait;
        if (what === 'network') policy.networkChanged(now);
        else if (what === 'away' || what === 'back') policy.signalingChanged(now, what === 'back');
        else policy.stateChanged(now, what as RTCPeerConnectionState);
      }
      policy.stateChanged(now, 'closed');
      expect(policy.deadline).toBe(Infinity);
      for (const [index, at] of restarts.entries()) if (index > 0) expect(at - restarts[index - 1]!).toBeGreaterThanOrEqual(300);
    }),
  );
});

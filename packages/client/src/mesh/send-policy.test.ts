import fc from 'fast-check';
import { expect, test } from 'vitest';
import { planSending, type SendSituation } from './send-policy.js';

const camera: SendSituation = {
  trackKind: 'video',
  streamKind: 'camera',
  receivers: 1,
  sourceWidth: 1280,
  sourceHeight: 720,
  muted: false,
  want: { active: true },
  maxBitrateBps: undefined,
  isAsIs: false,
};

const situations = fc.record({
  trackKind: fc.constantFrom<'video' | 'audio'>('video', 'audio'),
  streamKind: fc.constantFrom<'camera' | 'screen' | 'custom'>('camera', 'screen', 'custom'),
  receivers: fc.integer({ min: 0, max: 60 }),
  sourceWidth: fc.option(fc.integer({ min: 1, max: 7680 }), { nil: undefined }),
  sourceHeight: fc.option(fc.integer({ min: 1, max: 4320 }), { nil: undefined }),
  muted: fc.boolean(),
  want: fc.record({ active: fc.boolean(), width: fc.nat(4000), height: fc.nat(4000) }),
  maxBitrateBps: fc.option(fc.integer({ min: 50_000, max: 10_000_000 }), { nil: undefined }),
  isAsIs: fc.constant(false),
});

test('one person gets the camera as it is', () => {
  expect(planSending(camera)).toEqual({ active: true, maxBitrateBps: 1_400_000, scaleResolutionDownBy: 1, maxFramerate: 30 });
});

test('whatever the situation, every number is one that the browser accepts', () => {
  fc.assert(
    fc.property(situations, (situation) => {
      const plan = planSending(situation);
      expect(plan.scaleResolutionDownBy).toBeGreaterThanOrEqual(1);
      expect(Number.isFinite(plan.scaleResolutionDownBy)).toBe(true);
      expect(Number.isInteger(plan.maxBitrateBps)).toBe(true);
      expect(plan.maxBitrateBps).toBeGreaterThan(0);
      if (situation.maxBitrateBps && situation.trackKind === 'video')
        expect(plan.maxBitrateBps).toBeLessThanOrEqual(situation.maxBitrateBps);
    }),
  );
});

test('one more person never makes anybody get more', () => {
  fc.assert(
    fc.property(situations, (situation) => {
      const before = planSending(situation);
      const after = planSending({ ...situation, receivers: situation.receivers + 1 });
      expect(after.maxBitrateBps).toBeLessThanOrEqual(before.maxBitrateBps);
      expect(after.scaleResolutionDownBy).toBeGreaterThanOrEqual(before.scaleResolutionDownBy);
    }),
  );
});

test('the cameras sent to a mesh of any size stay within an ordinary uplink', () => {
  for (let receivers = 1; receivers <= 12; receivers += 1) {
    expect(planSending({ ...camera, receivers }).maxBitrateBps * receivers).toBeLessThanOrEqual(4_100_000);
  }
});

test('a tile a quarter as wide gets a picture a quarter as wide', () => {
  expect(planSending({ ...camera, want: { active: true, width: 320, height: 180 } }).scaleResolutionDownBy).toBe(4);
});

test('a tile that grows by a few pixels changes nothing', () => {
  const small = planSending({ ...camera, want: { active: true, width: 640, height: 360 } });
  expect(planSending({ ...camera, want: { active: true, width: 630, height: 355 } })).toEqual(small);
});

test('muted video is not sent; muted audio is, as silence', () => {
  expect(planSending({ ...camera, muted: true }).active).toBe(false);
  expect(planSending({ ...camera, trackKind: 'audio', muted: true }).active).toBe(true);
});

test('a screen keeps its size however many look at it', () => {
  expect(planSending({ ...camera, streamKind: 'screen', receivers: 9 }).scaleResolutionDownBy).toBe(1);
});

test('what is encoded already goes out whole, whoever gets it and however small it is shown', () => {
  const situation = { ...camera, isAsIs: true, receivers: 9, want: { active: true, width: 160, height: 90 } };
  expect(planSending(situation)).toMatchObject({ active: true, scaleResolutionDownBy: 1, maxFramerate: undefined });
  expect(planSending(situation).maxBitrateBps).toBeGreaterThan(50_000_000);
  expect(planSending({ ...situation, muted: true }).active).toBe(false);
  expect(planSending({ ...situation, maxBitrateBps: 900_000 }).maxBitrateBps).toBe(900_000);
});

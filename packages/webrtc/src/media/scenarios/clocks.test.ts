import { afterEach, describe, expect, test } from 'vitest';
import { figuresOf, numberIn } from './testing/figures.js';
import { VirtualCall } from './testing/virtual-call.js';

let call: VirtualCall;
afterEach(() => call.close());

const HOUR_MS = 3_600_000;

describe('R-18: wall clocks', () => {
  test.each([HOUR_MS, -HOUR_MS])('that jump by %s ms in mid-call disturb neither media nor timers', async (jumpMs) => {
    call = await VirtualCall.begin({ link: { delayMs: 25 } });
    await call.run(10_000);
    const { framesShown } = call.viewer;
    call.wallOffsetMs = jumpMs;
    const from = call.now;
    await call.run(20_000);
    expect(call.states).toEqual([]);
    expect(call.viewer.since(from).freezes).toBe(0);
    expect(call.viewer.framesShown - framesShown).toBeGreaterThanOrEqual(598);
    expect(call.listener.concealedMs).toBe(0);
    // the round trip is told of reports, whose times are NTP's: some may be answers to what was sent before the jump
    const { roundTripTime } = await call.stats(call.caller, 'remote-inbound-rtp');
    expect(roundTripTime).toBeCloseTo(0.05, 2);
  });

  test('of two sides that drift apart change nothing: they are compared with themselves alone', async () => {
    call = await VirtualCall.begin({ link: { delayMs: 25 } });
    for (let second = 0; second < 20; second++) {
      await call.run(1_000);
      call.wallOffsetMs += 5; // 5,000 ppm, ten times what NTP slews
    }
    expect(call.viewer.since(call.viewer.firstShownAt).freezes).toBe(0);
    expect(numberIn(await call.stats(call.caller, 'remote-inbound-rtp'), 'roundTripTime')).toBeCloseTo(0.05, 1);
  });

  test('a machine that slept for a minute loses the call to consent, and says so', async () => {
    call = await VirtualCall.begin({ link: { delayMs: 25 } });
    await call.run(5_000);
    call.isUp = false;
    await call.run(60_000);
    expect(call.states).toContain('failed');
  });
});

describe('R-19: numbers that turn', () => {
  test('milliseconds beyond 32 bits, 49 days after the start: pictures and sound go on', async () => {
    call = await VirtualCall.begin({ startAt: 2 ** 32 - 5_000, link: { delayMs: 25, loss: 0.02 } });
    await call.run(20_000);
    const figures = await figuresOf(call, 20_000);
    expect(figures).toMatchObject({ connected: true, undecodable: 0, duplicates: 0 });
    expect(figures.shown).toBeGreaterThan(95);
    expect(figures.concealed).toBeLessThan(1);
  });

  test('timestamps and sequence numbers, which begin near their end: pictures, sound and statistics go on', async () => {
    // 90 kHz: 2^32 units are 13 hours and 15 minutes; the camera's clock is the network's
    call = await VirtualCall.begin({ link: { delayMs: 25, loss: 0.02 } });
    await call.run(330_000, () => call.camera.framesSent * 10 > 70_000);
    const inbound = await call.stats(call.callee, 'inbound-rtp');
    expect(numberIn(inbound, 'packetsReceived')).toBeGreaterThan(65_536);
    const figures = await figuresOf(call, call.now);
    expect(figures).toMatchObject({ connected: true, undecodable: 0, duplicates: 0 });
    expect(figures.shown).toBeGreaterThan(98);
    expect(numberIn(inbound, 'packetsLost') / numberIn(inbound, 'packetsReceived')).toBeLessThan(0.03);
  });
});

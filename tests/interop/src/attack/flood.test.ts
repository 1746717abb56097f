import { once } from 'node:events';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { INVALID_RECORDS, validClientHellos } from './client-hellos.js';
import { type Described, LiveCall, onlyReachableAt } from './live-call.js';
import { nominatingCheck, unaskedSuccess } from './stun-checks.js';

const PACKETS_PER_SECOND = 5_000;

const percentile = (values: readonly number[], share: number): number =>
  [...values].sort((a, b) => a - b)[Math.ceil(values.length * share) - 1]!;

let call: LiveCall;
let ends: readonly Described[];

beforeEach(async () => {
  call = await LiveCall.open({
    offer: (sdp) => onlyReachableAt(sdp),
    answer: (sdp) => onlyReachableAt(sdp),
    described: (...both) => {
      ends = both;
    },
  });
});

afterEach(() => call.close());

interface Measured {
  readonly roundTripP95Ms: number;
  readonly loopP99Ms: number;
  readonly loopMaxMs: number;
}

/** Messages there and back for `durationMs`, one after another; each must come back: nothing is lost. */
async function measure(durationMs: number): Promise<Measured> {
  const loop = monitorEventLoopDelay({ resolution: 5 });
  const times: number[] = [];
  loop.enable();
  for (const endsAt = performance.now() + durationMs; performance.now() < endsAt; ) {
    const startedAt = performance.now();
    await call.echo();
    times.push(performance.now() - startedAt);
    await new Promise(setImmediate);
  }
  loop.disable();
  return { roundTripP95Ms: percentile(times, 0.95), loopP99Ms: loop.percentile(99) / 1e6, loopMaxMs: loop.max / 1e6 };
}

test(`${PACKETS_PER_SECOND} hostile packets a second leave a call as it was (INV-1 to INV-5)`, async () => {
  const [a, b] = ends as [Described, Described];
  const packets = [
    nominatingCheck(`${a.ufrag}:${b.ufrag}`),
    nominatingCheck(`${b.ufrag}:${a.ufrag}`, 'x'.repeat(22)),
    unaskedSuccess(),
    ...INVALID_RECORDS,
    ...(await validClientHellos(4)),
    new Uint8Array(1_200).fill(0x80), // RTP, to its look
    new Uint8Array(1_200).fill(0x45), // TURN channel data
    Uint8Array.of(0, 1),
  ];
  await measure(500); // warm
  const quiet = await measure(2_000);
  const before = call.standing();
  const rssBefore = process.memoryUsage().rss;

  const flooder = new Worker(new URL('./flooder.mjs', import.meta.url), {
    workerData: { packets, targets: [a, b], perSecond: PACKETS_PER_SECOND },
  });
  await once(flooder, 'online');
  const attacked = await measure(3_000);
  flooder.postMessage('stop');
  const [sent] = (await once(flooder, 'message')) as [{ packets: number; sentBytes: number; receivedBytes: number }];
  process.stdout.write(`${JSON.stringify({ quiet, attacked, sent })}\n`);

  expect(call.standing()).toEqual(before);
  // What a busy machine does to a quiet call is not the attacker's doing.
  expect(attacked.roundTripP95Ms - quiet.roundTripP95Ms).toBeLessThanOrEqual(20); // INV-2
  expect(attacked.loopP99Ms - quiet.loopP99Ms).toBeLessThanOrEqual(50); // INV-3
  expect(attacked.loopMaxMs - quiet.loopMaxMs).toBeLessThanOrEqual(200);
  expect(process.memoryUsage().rss - rssBefore).toBeLessThanOrEqual(64 * 2 ** 20); // INV-4
  expect(sent.packets).toBeGreaterThan(PACKETS_PER_SECOND);
  expect(sent.receivedBytes).toBeLessThanOrEqual(sent.sentBytes); // INV-5
});

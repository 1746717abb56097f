// A call, and others beside it, on one virtual link: exact, since time is virtual, and the same on every machine.
import { VirtualNetwork } from '@maru/netsim';
import { MediaFlow, ModelFlow, WindowFlow } from '@maru/netsim/flows';

const ONE_WAY_MS = 25;
const RECEIVER = '198.51.100.1';
const QUEUE_MS = 300;

/**
 * What happens to the link, what runs beside the call, and for how long.
 * @typedef {{ name: string, durationMs: number, phases: readonly { at: number, rateBps: number }[], link?: object, rival?: 'call' | 'download' | 'model', rivalAt?: number }} Scenario
 */

const constant = (rateBps) => [{ at: 0, rateBps }];

/** @type {readonly Scenario[]} */
export const SCENARIOS = [
  { name: 'steady, 1 Mbit/s', durationMs: 60_000, phases: constant(1e6) },
  { name: 'steady, 3 Mbit/s', durationMs: 60_000, phases: constant(3e6) },
  {
    name: 'drop 2, 0.5, 2 Mbit/s',
    durationMs: 60_000,
    phases: [
      { at: 0, rateBps: 2e6 },
      { at: 20_000, rateBps: 0.5e6 },
      { at: 40_000, rateBps: 2e6 },
    ],
  },
  {
    name: 'drop 2, 0.5, 0.15, 2 Mbit/s (R-06)',
    durationMs: 90_000,
    phases: [
      { at: 0, rateBps: 2e6 },
      { at: 20_000, rateBps: 0.5e6 },
      { at: 40_000, rateBps: 0.15e6 },
      { at: 60_000, rateBps: 2e6 },
    ],
  },
  { name: 'another call from 20 s', durationMs: 90_000, phases: constant(3e6), rival: 'call', rivalAt: 20_000 },
  { name: 'a download from 20 s', durationMs: 90_000, phases: constant(3e6), rival: 'download', rivalAt: 20_000 },
  { name: 'a download by BBR from 20 s', durationMs: 90_000, phases: constant(3e6), rival: 'model', rivalAt: 20_000 },
  {
    name: 'burst loss, 5 % in fives',
    durationMs: 60_000,
    phases: constant(2e6),
    link: { burstLoss: { enter: 0.0105, leave: 0.2 } },
  },
  { name: 'random loss, 5 %', durationMs: 60_000, phases: constant(2e6), link: { loss: 0.05 } },
  { name: 'random loss, 30 %', durationMs: 60_000, phases: constant(2e6), link: { loss: 0.3 } },
  { name: 'reordering, 25 % by 50 ms', durationMs: 60_000, phases: constant(2e6), link: { reorder: 0.25, reorderMs: 50 } },
  { name: 'jitter, 30 ms', durationMs: 60_000, phases: constant(2e6), link: { jitterMs: 30 } },
];

/** Who shares the link. */
const RIVALS = {
  call: (network, from, to, more) => new MediaFlow(network, from, to, { hasAudio: true, videoMaxBps: 4_000_000, ...more }),
  download: (network, from, to, { startAt }) => new WindowFlow(network, from, to, startAt),
  model: (network, from, to, { startAt }) => new ModelFlow(network, from, to, startAt),
};

/** Runs one and returns its records. @param {Scenario} scenario @param {number} seed */
export function runScenario({ durationMs, phases, link = {}, rival, rivalAt = 0 }, seed = 1) {
  const network = new VirtualNetwork({ seed });
  const far = { delayMs: ONE_WAY_MS };
  const receiver = network.addHost('receiver', { addresses: [RECEIVER], up: far, down: far });
  const { down } = network.linkOf(RECEIVER);
  for (const { at, rateBps } of phases) {
    network.clock.schedule(at, () => {
      down.profile = { ...far, queueMs: QUEUE_MS, ...link, rateBps };
    });
  }
  const sender = (n) => network.addHost(`sender ${n}`, { addresses: [`192.0.2.${n}`] });
  const call = new MediaFlow(network, sender(1), receiver, { hasAudio: true, videoMaxBps: 4_000_000, seed });
  const other = rival && RIVALS[rival](network, sender(2), receiver, { startAt: rivalAt, seed: seed + 1 });
  network.clock.run(durationMs);
  return { call, record: call.record, audio: call.audio, rival: other?.record };
}

import { afterEach, expect, test } from 'vitest';
import type { LightPeer } from '../load/light-peer.js';
import { CpuQuota } from '../testing/cpu-quota.js';
import { isCompiled } from '../testing/media-process.js';
import { beginCount, ProcessStage, talking, wait } from '../testing/process-stage.js';
import { when } from '../testing/when.js';

const stage = new ProcessStage();
afterEach(() => stage.close());

/** Everybody is still there and has missed next to nothing. */
function expectUnharmed(call: readonly LightPeer[], mostLost: number): void {
  for (const { counters, lost, state } of call) {
    expect(state).toBe('connected');
    expect(lost).toBeLessThanOrEqual(mostLost * counters.packets);
  }
}

test.runIf(isCompiled)(
  'R-21 a server with a fifth of a core (a control group of the kernel) takes nobody in from seven tenths of that on, and the call beside goes on',
  async ({ skip }) => {
    const quota = CpuQuota.of(0.2);
    if (!quota) return skip('no control group can be made here');
    stage.onClose(() => quota.remove());
    const server = await stage.server({ quota });
    const among = stage.swarm();
    const [sound, crowd] = [stage.chatter(among, 20), stage.chatter(among, 20)];
    const call = await talking(server, among, sound, 'hall');
    for (let i = 1; i <= 6; i++) await talking(server, among, crowd, `crowd-${i}`, 10 * i);
    await when(() => call.every(({ counters }) => counters.packets > 10));
    // A little more each time, so that it is refused before there is too much.
    crowd.packetsAtOnce = 20;
    const more = setInterval(() => {
      crowd.packetsAtOnce = Math.ceil(crowd.packetsAtOnce * 1.5);
    }, 1_000);
    stage.onClose(() => clearInterval(more));
    let outcome: LightPeer | string;
    do {
      await wait(500);
      outcome = await server.join(among, 'late', `late-${among.peers.size}`, 900 + among.peers.size);
    } while (typeof outcome !== 'string');
    clearInterval(more);
    crowd.packetsAtOnce = 1;
    expect(outcome).toBe('media/worker-overloaded');
    expect(quota.stops).toBeGreaterThan(0);
    await wait(1_000); // what had to wait has passed
    for (const peer of call) peer.resetCounters();
    await when(() => call.every(({ counters }) => counters.packets > 100));
    expectUnharmed(call, 0.02);
    await when(async () => typeof (await server.join(among, 'late', 'again', 899)) !== 'string', 30_000);
  },
  120_000,
);

test.runIf(isCompiled)(
  'R-21 a server that stands still for four fifths of each tenth of a second keeps its call, and takes others in',
  async () => {
    const server = await stage.server({});
    const among = stage.swarm();
    const sound = stage.chatter(among, 20);
    const call = await talking(server, among, sound, 'hall');
    await beginCount(call);
    const goOn = server.stutter(0.8);
    stage.onClose(goOn);
    await when(() => call.every(({ counters }) => counters.packets > 150), 60_000);
    await talking(server, among, sound, 'another', 10);
    goOn();
    await wait(200);
    expectUnharmed(call, 0.02);
    const { sessions } = await server.report();
    expect(sessions.flatMap(({ participants }) => participants.map(({ state }) => state))).not.toContain('failed');
  },
);

test.runIf(isCompiled)(
  'R-23 a server that may have half a gigabyte (a limit of the kernel) carries its calls in it, and takes nobody in from four fifths on',
  async () => {
    const server = await stage.server({ dataMegabytes: 512 });
    const among = stage.swarm();
    const sound = stage.chatter(among, 20);
    const call = await talking(server, among, sound, 'hall');
    for (let i = 1; i <= 10; i++) await talking(server, among, sound, `call-${i}`, 10 * i);
    await beginCount(call);
    let outcome: LightPeer | string;
    do {
      await server.fill(60);
      await wait(1_100); // a figure is good for a second
      outcome = await server.join(among, 'late', `late-${among.peers.size}`, 900 + among.peers.size);
    } while (typeof outcome !== 'string');
    expect(outcome).toBe('media/worker-overloaded');
    await when(() => call.every(({ counters }) => counters.packets > 100));
    expectUnharmed(call, 0.02);
    expect(server.isRunning).toBe(true);
    await server.fill(0);
    await when(async () => typeof (await server.join(among, 'late', 'again', 899)) !== 'string', 20_000);
  },
);

import { monitorEventLoopDelay } from 'node:perf_hooks';
import { findEngine, TestPattern } from '@maru/media';
import { receiveLayers } from '@maru/webrtc';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Arrivals } from './harness/arrivals.js';
import { BadNetwork, connectionOver } from './harness/bad-network.js';
import { type BrowserName, launch, type Tab } from './harness/browser.js';
import { callPage, SIMULCAST } from './harness/call-page.js';
import { EmptyPage, echoed, inPage, NodeSide, nodeOffers, opened, pageOffers } from './harness/data-page.js';

/** `npm run soak` says for how long: ten minutes. */
const SECONDS = Number(process.env['MARU_SOAK_SECONDS'] ?? 15);
const BROWSERS = (process.env['MARU_SOAK_BROWSERS'] ?? 'chromium,firefox').split(',') as BrowserName[];
/** Where nobody has promised a machine of our own, a picture may wait for the processor for longer. */
const LONGEST_FREEZE_MS = process.env['MARU_SOAK_SECONDS'] === undefined ? 3_000 : 1_000;
const LINK = { delayMs: 25, loss: 0.05 };
/** Sections are added and ended this often, by one side and the other. */
const RENEGOTIATE_MS = 3_000;

let page: EmptyPage;
beforeAll(async () => {
  page = await EmptyPage.serve();
});
afterAll(() => page.close());

/** What a call of {@link SECONDS} has shown. */
interface Soaked {
  readonly renegotiations: number;
  readonly slowestEchoMs: number;
}

/** Keeps a call going: echoes on the channel, and a section that is added by one side and ended by the other, again and again. */
async function hold(node: NodeSide, tab: Tab): Promise<Soaked> {
  const channel = await node.channel('pulse');
  await opened(channel);
  const until = performance.now() + SECONDS * 1_000;
  let [renegotiations, slowestEchoMs, renegotiateAt] = [0, 0, performance.now() + RENEGOTIATE_MS];
  while (performance.now() < until) {
    const askedAt = performance.now();
    await echoed(channel, new Uint8Array(1_000));
    slowestEchoMs = Math.max(slowestEchoMs, performance.now() - askedAt);
    await new Promise((next) => setTimeout(next, 200));
    if (performance.now() < renegotiateAt) continue;
    renegotiateAt += RENEGOTIATE_MS;
    await renegotiate(node, tab, renegotiations++);
  }
  return { renegotiations, slowestEchoMs };
}

/** What our video was asked for, and what was done about it. */
async function sentVideo(node: NodeSide): Promise<object> {
  for (const stats of (await node.pc.getStats()).values()) {
    const { type, kind, framesSent, retransmittedPacketsSent, pliCount, nackCount } = stats as unknown as Record<string, unknown>;
    if (type === 'outbound-rtp' && kind === 'video') return { framesSent, retransmittedPacketsSent, pliCount, nackCount };
  }
  return {};
}

/** What came of each size of its video, and what we asked for. */
async function takenVideo(node: NodeSide): Promise<object[]> {
  const taken: object[] = [];
  for (const stats of (await node.pc.getStats()).values()) {
    const { type, kind, frameWidth, packetsReceived, packetsLost, retransmittedPacketsReceived, nackCount, pliCount } =
      stats as unknown as Record<string, unknown>;
    if (type !== 'inbound-rtp' || kind !== 'video' || packetsReceived === 0) continue;
    taken.push({ frameWidth, packetsReceived, packetsLost, retransmittedPacketsReceived, nackCount, pliCount });
  }
  return taken;
}

async function renegotiate(node: NodeSide, tab: Tab, round: number): Promise<void> {
  if (round % 2 === 0) {
    await tab.evaluate(callPage.add, round % 4 === 0 ? 'audio' : 'video');
    return pageOffers(node, tab);
  }
  node.pc.getTransceivers().at(-1)!.stop();
  await nodeOffers(node, tab);
}

describe.each(BROWSERS)('a call of Node and %s that loses a packet of twenty', (name) => {
  test(
    `holds for ${SECONDS} s with sound, video in three sizes, data and renegotiation, and no picture stands still`,
    async () => {
      const network = new BadNetwork(LINK);
      const node = new NodeSide(connectionOver(network));
      const browser = await launch(name);
      const pattern = new TestPattern({ engine: await findEngine(), width: 320, height: 180, frameRate: 20 });
      try {
        const tab = await page.openIn(browser);
        await tab.evaluate(callPage.begin, SIMULCAST);
        await node.pc.setRemoteDescription({ type: 'offer', sdp: await tab.evaluate(inPage.describe, undefined) });
        const [audio, video] = node.pc.getTransceivers();
        receiveLayers(video!.receiver.track);
        const [heard, seen] = [new Arrivals(audio!.receiver.track), new Arrivals(video!.receiver.track)];
        for (const [transceiver, track] of [
          [audio!, pattern.audioTrack],
          [video!, pattern.videoTrack],
        ] as const) {
          transceiver.direction = 'sendrecv';
          await transceiver.sender.replaceTrack(track);
        }
        await tab.evaluate(inPage.apply, ['answer', await node.describe()]);
        await tab.until('thirty frames of us', callPage.hasFrames, 30);
        const stalls = monitorEventLoopDelay({ resolution: 20 });
        stalls.enable();
        const soaked = await hold(node, tab);
        const [sight] = (await tab.evaluate(callPage.sees, undefined)).toSorted((a, b) => b.frames - a.frames);
        const sound = await tab.evaluate(callPage.hears, undefined);
        const layers = [...seen.streams.values()].map(({ width, frames, longestMs }) => ({
          width,
          frames,
          longestMs: Math.round(longestMs),
        }));
        const stallMs = Math.round(stalls.max / 1e6); // of this process: where others have the processor, pictures wait for it
        const sent = await sentVideo(node);
        const made = await tab.evaluate(callPage.sent, undefined); // of each size: what it did not make we cannot have lost
        const told = {
          stallMs,
          sent,
          made,
          taken: await takenVideo(node),
          ...soaked,
          sight,
          sound,
          layers,
          nodeGapMs: Math.round(seen.longestGapMs),
          soundGapMs: Math.round(heard.longestGapMs),
        };
        console.log(`soak ${name}, ${SECONDS} s: ${JSON.stringify(told)}`);
        expect(node.pc.connectionState, JSON.stringify(told)).toBe('connected');
        expect(soaked.renegotiations).toBeGreaterThanOrEqual(Math.floor(SECONDS / 4) - 1);
        expect(sight!.frames, JSON.stringify(told)).toBeGreaterThan(SECONDS * 10);
        expect(sight!.longestMs, JSON.stringify(told)).toBeLessThan(LONGEST_FREEZE_MS);
        expect(seen.longestGapMs, JSON.stringify(told)).toBeLessThan(LONGEST_FREEZE_MS);
        expect(heard.longestGapMs, JSON.stringify(told)).toBeLessThan(LONGEST_FREEZE_MS);
        expect(layers.length, JSON.stringify(told)).toBeGreaterThanOrEqual(2);
        expect(sound.energy).toBeGreaterThan(0.000_1);
        expect(tab.complaints).toEqual([]);
      } finally {
        pattern.stop();
        node.pc.close();
        await browser.close();
      }
    },
    (SECONDS + 90) * 1_000,
  );
});

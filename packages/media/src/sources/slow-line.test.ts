import { VirtualNetwork } from '@maru/netsim';
import { SeededRandom } from '@maru/protocol/core';
import { readFrameHeader } from '@maru/protocol/payload';
import { environmentOn, peerConnectionIn, type RTCPeerConnection, type RTCTrackEvent, receiveEncoded } from '@maru/webrtc';
import { expect, test } from 'vitest';
import type { MediaEngine, PictureSize, VideoEncoderSettings } from '../engine/media-engine.js';
import { PictureSource } from './picture-source.js';

/** However bad it may look, a pixel takes so many bits: what a real encoder does that is asked for too much. */
const LEAST_BITS_A_PIXEL = 0.008;
const KEY_FRAME_SCALE = 4;

/** An engine that gives bytes alone, in time: VP8 that is as large as was asked for, but for what its pixels take at least. */
class VirtualEngine implements Pick<MediaEngine, 'name' | 'encodes' | 'decodes' | 'encodeVideo'> {
  readonly name = 'virtual';
  readonly encodes = new Set(['VP8']);
  readonly decodes = new Set<string>();

  encodeVideo(settings: VideoEncoderSettings, give: Parameters<MediaEngine['encodeVideo']>[1]) {
    const { width, height } = settings.encodedSize ?? settings;
    const bits = Math.max(settings.bitrateBps / settings.frameRate, width * height * LEAST_BITS_A_PIXEL);
    let [isKeyFrameWanted, debtBits] = [true, 0];
    return {
      write: ({ timestampMs }: { readonly timestampMs: number }) => {
        const isKeyFrame = isKeyFrameWanted;
        isKeyFrameWanted = false;
        const taken = isKeyFrame ? KEY_FRAME_SCALE * bits : bits - Math.min(debtBits, bits / 3);
        debtBits += taken - bits;
        give({ data: vp8({ width, height }, isKeyFrame, Math.ceil(taken / 8)), timestampMs, isKeyFrame });
        return true;
      },
      requestKeyFrame: () => {
        isKeyFrameWanted = true;
      },
      ready: () => Promise.resolve(),
      finish: () => {},
      close: () => {},
    };
  }
}

/** What depacketizers look at of a frame (RFC 6386 §9.1). */
function vp8({ width, height }: PictureSize, isKeyFrame: boolean, bytes: number): Uint8Array {
  const frame = new Uint8Array(Math.max(16, bytes));
  frame[0] = isKeyFrame ? 0x10 : 0x11;
  if (isKeyFrame) frame.set([0x9d, 0x01, 0x2a, width & 0xff, width >> 8, height & 0xff, height >> 8], 3);
  return frame;
}

const turn = (): Promise<void> => new Promise((done) => setImmediate(done));
/** Media needs promises alone; events have their turn once a second. */
const microtask = (): Promise<void> => Promise.resolve();

/** A camera of 1280 by 720 over a line that carries one rate after the other, each for so many seconds. */
async function filmed(phases: readonly { readonly kbps: number; readonly seconds: number }[]) {
  const network = new VirtualNetwork({ seed: 1 });
  const { clock } = network;
  // A queue that has no room for two packets lets none through.
  const line = (kbps: number) => ({ delayMs: 25, queueMs: Math.max(300, 20_000 / kbps), rateBps: 1_000 * kbps });
  const caller = network.addHost('caller', { addresses: ['192.0.2.1'], up: line(phases[0]!.kbps) });
  const { up } = network.linkOf('192.0.2.1');
  const callee = network.addHost('callee', { addresses: ['198.51.100.1'] });
  const [a, b] = [caller, callee].map((host, index) => {
    const random = new SeededRandom(index + 1);
    return new (peerConnectionIn(environmentOn(host, { random })))();
  }) as [RTCPeerConnection, RTCPeerConnection];
  a.onicecandidate = ({ candidate }) => void b.addIceCandidate(candidate ?? undefined);
  b.onicecandidate = ({ candidate }) => void a.addIceCandidate(candidate ?? undefined);
  const [width, height] = [1_280, 720];
  // Of an engine, a picture source takes the encoder alone.
  const engine = new VirtualEngine() as Partial<MediaEngine> as MediaEngine;
  const source = new PictureSource({ engine, label: 'virtual', width, height, frameRate: 30 });
  const seen: { readonly at: number; readonly height: number }[] = [];
  let seenHeight = 0;
  b.ontrack = (event) =>
    void receiveEncoded((event as RTCTrackEvent).track, ({ data, isKeyFrame }) => {
      if (isKeyFrame) seenHeight = readFrameHeader('vp8', data).size?.height ?? 0;
      seen.push({ at: clock.now(), height: seenHeight });
    });
  a.addTrack(source.track);
  const negotiate = async (): Promise<void> => {
    await a.setLocalDescription();
    await b.setRemoteDescription(a.localDescription!);
    await b.setLocalDescription();
    await a.setRemoteDescription(b.localDescription!);
  };
  let isConnected = false;
  a.onconnectionstatechange = () => {
    isConnected = a.connectionState === 'connected';
  };
  void negotiate();
  await clock.runAsync(30_000, turn, () => isConnected);
  const picture = new Uint8Array(0);
  let isFilming = true;
  const film = (): void => {
    if (!isFilming) return;
    source.write({ width, height, data: picture, timestampMs: clock.now() });
    clock.schedule(clock.now() + 1_000 / 30, film);
  };
  film();
  try {
    const figures = [];
    for (const { kbps, seconds } of phases) {
      up.profile = line(kbps);
      const from = clock.now();
      for (let second = 0; second < seconds; second++) {
        await clock.runAsync(1_000, microtask);
        await turn();
      }
      const settled = seen.filter(({ at }) => at >= from + 10_000);
      const gaps = settled.slice(1).map(({ at }, index) => at - settled[index]!.at);
      figures.push({
        perSecond: settled.length / (seconds - 10),
        longestGapMs: Math.max(0, ...gaps),
        height: settled.at(-1)?.height ?? 0,
      });
    }
    let outbound: Record<string, unknown> = {};
    void a.getStats().then((report) => {
      // RTCStats has the members that all have.
      outbound = [...report.values()].find(({ type }) => type === 'outbound-rtp') as unknown as Record<string, unknown>;
    });
    await clock.runAsync(100, turn);
    return { figures, outbound };
  } finally {
    isFilming = false;
    source.end();
    a.close();
    b.close();
  }
}

test.each([
  { kbps: 150, perSecond: 15, height: 360, longestGapMs: 500 },
  { kbps: 60, perSecond: 12, height: 180, longestGapMs: 1_500 },
  { kbps: 40, perSecond: 9, height: 180, longestGapMs: 4_500 },
  { kbps: 30, perSecond: 5, height: 180, longestGapMs: 4_500 },
])('R-06: over a line of $kbps kbit/s pictures go on, smaller and fewer, and come back whole', async (least) => {
  const { figures, outbound } = await filmed([
    { kbps: 2_000, seconds: 20 },
    { kbps: least.kbps, seconds: 40 },
    { kbps: 2_000, seconds: 40 },
  ]);
  const [before, slow, after] = figures;
  expect(before).toMatchObject({ height: 720 });
  expect(slow!.height).toBeGreaterThanOrEqual(least.height);
  expect(slow!.perSecond).toBeGreaterThan(least.perSecond);
  expect(slow!.longestGapMs).toBeLessThan(least.longestGapMs);
  expect(after).toMatchObject({ height: 720 });
  expect(after!.perSecond).toBeGreaterThan(25);
  expect(outbound).toMatchObject({ frameWidth: 1_280, frameHeight: 720, encoderImplementation: 'virtual' });
  expect(outbound['totalEncodeTime']).toBeGreaterThan(0);
  expect(outbound['qpSum']).toBeGreaterThanOrEqual(0);
  expect(outbound['totalEncodedBytesTarget']).toBeGreaterThan(100_000);
  expect(outbound['qualityLimitationResolutionChanges']).toBeGreaterThanOrEqual(2);
});

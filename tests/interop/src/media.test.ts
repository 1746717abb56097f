import { receiveTones } from '@maru/webrtc';
import { describe, expect, test } from 'vitest';
import type { BrowserName, Tab } from './harness/browser.js';
import { inPage, type NodeSide } from './harness/data-page.js';
import { encounterEach } from './harness/encounter.js';
import { eventually } from './harness/eventually.js';
import { mirror } from './harness/mirror.js';

/** What the page sees of a track that came from us. */
interface Seen {
  readonly framesDecoded: number;
  readonly width: number;
  readonly codec: string;
}

/** What a test asks of the page. Each function is sent to it whole. */
const onPage = {
  /** Films with the fake camera, in one codec alone. */
  film: async (mimeType: string): Promise<void> => {
    const { pc } = window.side;
    const stream = await navigator.mediaDevices.getUserMedia({ video: { width: 320, height: 240 } });
    const transceiver = pc.addTransceiver(stream.getVideoTracks()[0]!, { streams: [stream] });
    const { codecs } = RTCRtpReceiver.getCapabilities('video')!;
    const wanted = codecs.filter((codec) => codec.mimeType.toLowerCase() === mimeType.toLowerCase());
    const repairs = codecs.filter((codec) => codec.mimeType === 'video/rtx');
    transceiver.setCodecPreferences([...wanted, ...repairs]);
    pc.ontrack = ({ track }) => {
      const video = document.createElement('video');
      video.muted = video.autoplay = true;
      video.srcObject = new MediaStream([track]);
      document.body.append(video);
    };
  },
  /** Sings with the fake microphone. */
  sing: async (mimeType: string): Promise<void> => {
    const { pc } = window.side;
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    const transceiver = pc.addTransceiver(stream.getAudioTracks()[0]!, { streams: [stream] });
    const { codecs } = RTCRtpReceiver.getCapabilities('audio')!;
    const isWanted = (codec: { mimeType: string }): boolean => codec.mimeType.toLowerCase() === mimeType.toLowerCase();
    transceiver.setCodecPreferences(codecs.filter((codec) => isWanted(codec) || codec.mimeType === 'audio/telephone-event'));
    pc.ontrack = ({ track }) => {
      const audio = document.createElement('audio');
      audio.autoplay = true;
      audio.srcObject = new MediaStream([track]);
      document.body.append(audio);
    };
  },
  /** What this browser can send, without what only goes with it. */
  offers: (): string[] =>
    ['audio', 'video']
      .flatMap((kind) => RTCRtpSender.getCapabilities(kind)!.codecs)
      .map(({ mimeType }) => mimeType.split('/')[1]!)
      .filter((name) => !/^(rtx|red|ulpfec|flexfec-03|CN)$/i.test(name)),
  dial: (digits: string): void => window.side.pc.getSenders()[0]!.dtmf!.insertDTMF(digits, 100, 60),
  hears: async (leastEnergy: number): Promise<boolean> => {
    const report = await window.side.pc.getStats();
    return [...report.values()].some(
      ({ type, kind, totalAudioEnergy = 0 }) => type === 'inbound-rtp' && kind === 'audio' && totalAudioEnergy >= leastEnergy,
    );
  },
  seen: async (): Promise<Seen> => {
    const report = await window.side.pc.getStats();
    const inbound = [...report.values()].find(({ type, kind }) => type === 'inbound-rtp' && kind === 'video');
    const codec = inbound && report.get(inbound.codecId);
    const { framesDecoded = 0, frameWidth = 0 } = inbound ?? {};
    return { framesDecoded, width: frameWidth, codec: codec?.mimeType ?? '' };
  },
  hasFrames: async (least: number): Promise<boolean> => {
    const report = await window.side.pc.getStats();
    return [...report.values()].some(
      ({ type, kind, framesDecoded = 0 }) => type === 'inbound-rtp' && kind === 'video' && framesDecoded >= least,
    );
  },
};

const AUDIO = ['opus', 'G722', 'PCMU', 'PCMA'] as const;

describe.each<[BrowserName, readonly string[]]>([
  ['chromium', ['VP8', 'VP9', 'H264', 'AV1']],
  ['firefox', ['VP8', 'VP9', 'AV1']],
])('encoded media of %s', (name, codecs) => {
  let tab: Tab;
  let node: NodeSide;
  encounterEach(name, (encounter) => ({ tab, node } = encounter));

  test.each(codecs)('%s goes through Node and is decoded where it came from', async (codec) => {
    await tab.evaluate(onPage.film, `video/${codec}`);
    const offer = await tab.evaluate(inPage.describe, undefined);
    await node.pc.setRemoteDescription({ type: 'offer', sdp: offer });
    const mirrored = mirror(node.pc.getTransceivers()[0]!, codec);
    await tab.evaluate(inPage.apply, ['answer', await node.describe()]);
    await tab.until('thirty decoded frames', onPage.hasFrames, 30);
    expect(await tab.evaluate(onPage.seen, undefined)).toMatchObject({ codec: `video/${codec}`, width: 320 });
    expect(mirrored.passed[0]).toMatchObject({ isKeyFrame: true });
    expect(mirrored.passed.length).toBeGreaterThanOrEqual(30);
  });

  test.each(AUDIO)('%s goes through Node and is heard where it came from', async (codec) => {
    await tab.evaluate(onPage.sing, `audio/${codec}`);
    await node.pc.setRemoteDescription({ type: 'offer', sdp: await tab.evaluate(inPage.describe, undefined) });
    const mirrored = mirror(node.pc.getTransceivers()[0]!, codec);
    await tab.evaluate(inPage.apply, ['answer', await node.describe()]);
    await tab.until('sound', onPage.hears, 0.000_1);
    await eventually(
      async () => mirrored.passed.length,
      (passed) => passed > 10,
      (passed) => `${passed} packets`,
    );
  });

  test('tones that are dialled arrive as events (RFC 4733)', async () => {
    await tab.evaluate(onPage.sing, 'audio/opus');
    await node.pc.setRemoteDescription({ type: 'offer', sdp: await tab.evaluate(inPage.describe, undefined) });
    const [transceiver] = node.pc.getTransceivers();
    const keys: string[] = [];
    receiveTones(transceiver!.receiver.track, ({ type, tone }) => void (type === 'ended' && keys.push(tone)));
    await tab.evaluate(inPage.apply, ['answer', await node.describe()]);
    await tab.until('a connection', () => window.side.pc.connectionState === 'connected', undefined);
    await tab.evaluate(onPage.dial, '159');
    await eventually(
      async () => keys,
      (got) => got.length === 3,
      (got) => `heard ${got}`,
    );
    expect(keys).toEqual(['1', '5', '9']);
  });

  test('nothing that it can send is left out of these tests', async () => {
    const offered = await tab.evaluate(onPage.offers, undefined);
    expect(new Set(offered)).toEqual(new Set([...codecs, ...AUDIO, 'telephone-event']));
  });
});

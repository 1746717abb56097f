import { EncodedSource, type ReceivedMedia, type RTCRtpTransceiver, receiveEncoded } from '@maru/webrtc';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Browser, type BrowserName, launch, type Tab } from './harness/browser.js';
import { EmptyPage, inPage, NodeSide } from './harness/data-page.js';

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
  sing: async (): Promise<void> => {
    const { pc } = window.side;
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    pc.addTransceiver(stream.getAudioTracks()[0]!, { streams: [stream] });
    pc.ontrack = ({ track }) => {
      const audio = document.createElement('audio');
      audio.autoplay = true;
      audio.srcObject = new MediaStream([track]);
      document.body.append(audio);
    };
  },
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

/** Sends back what comes, as it comes: a mirror that needs no codec. */
function mirror(transceiver: RTCRtpTransceiver, codec: string): { readonly passed: ReceivedMedia[]; requests: number } {
  const state = { passed: [] as ReceivedMedia[], requests: 0 };
  const { kind } = transceiver.receiver.track;
  const source = new EncodedSource({ kind, codec, onKeyFrameRequest: () => (state.requests += 1) });
  transceiver.direction = 'sendrecv';
  receiveEncoded(transceiver.receiver.track, (media) => {
    state.passed.push(media);
    const timestampMs = (media.rtpTimestamp * 1_000) / media.codec.clockRate;
    source.write({ data: media.data, isKeyFrame: media.isKeyFrame, timestampMs });
  });
  void transceiver.sender.replaceTrack(source.track);
  return state;
}

describe.each<[BrowserName, readonly string[]]>([
  ['chromium', ['VP8', 'VP9', 'H264', 'AV1']],
  ['firefox', ['VP8', 'VP9']],
])('encoded media of %s', (name, codecs) => {
  let page: EmptyPage;
  let browser: Browser;
  let tab: Tab;
  let node: NodeSide;

  beforeAll(async () => {
    page = await EmptyPage.serve();
    browser = await launch(name);
  });

  afterAll(async () => {
    await browser.close();
    page.close();
  });

  beforeEach(async () => {
    tab = await page.openIn(browser);
    node = new NodeSide();
  });

  afterEach(async () => {
    node.pc.close();
    expect(tab.complaints).toEqual([]);
    await tab.close();
  });

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

  test('Opus goes through Node and is heard where it came from', async () => {
    await tab.evaluate(onPage.sing, undefined);
    const offer = await tab.evaluate(inPage.describe, undefined);
    await node.pc.setRemoteDescription({ type: 'offer', sdp: offer });
    const mirrored = mirror(node.pc.getTransceivers()[0]!, 'opus');
    await tab.evaluate(inPage.apply, ['answer', await node.describe()]);
    await tab.until('sound', onPage.hears, 0.000_1);
    expect(mirrored.passed.every(({ codec }) => codec.name === 'opus')).toBe(true);
  });
});

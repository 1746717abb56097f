import { receiveLayers } from '@maru/webrtc';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Arrivals } from './harness/arrivals.js';
import { BadNetwork, connectionOver } from './harness/bad-network.js';
import { type Browser, type BrowserName, launch, type Tab } from './harness/browser.js';
import { callPage, SIMULCAST } from './harness/call-page.js';
import { EmptyPage, inPage, NodeSide, nodeOffers, pageOffers } from './harness/data-page.js';
import { eventually } from './harness/eventually.js';
import { type Mirror, mirror } from './harness/mirror.js';

const onPage = {
  /** Films in one codec and one scalability mode. */
  filmIn: async ([mimeType, scalabilityMode]: [string, string]): Promise<void> => {
    const { pc } = window.side;
    const stream = await navigator.mediaDevices.getUserMedia({ video: { width: 640, height: 480 } });
    const encoding = { scalabilityMode } as RTCRtpEncodingParameters;
    const transceiver = pc.addTransceiver(stream.getVideoTracks()[0]!, { streams: [stream], sendEncodings: [encoding] });
    const { codecs } = RTCRtpReceiver.getCapabilities('video')!;
    transceiver.setCodecPreferences(codecs.filter((codec) => codec.mimeType === mimeType || codec.mimeType === 'video/rtx'));
  },
  /** Shares its own tab, in which something moves. */
  share: async (): Promise<void> => {
    const clock = document.createElement('h1');
    document.body.append(clock);
    const tick = (): void => {
      clock.textContent = `${performance.now()}`;
      requestAnimationFrame(tick);
    };
    tick();
    const options = { video: true, preferCurrentTab: true } as DisplayMediaStreamOptions;
    const stream = await navigator.mediaDevices.getDisplayMedia(options);
    const [track] = stream.getVideoTracks();
    track!.contentHint = 'text';
    window.side.pc.addTransceiver(track!, { streams: [stream] });
  },
  many: async (count: number): Promise<void> => {
    const { pc } = window.side;
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: { width: 160, height: 120, frameRate: 10 } });
    for (let i = 0; i < count; i++) {
      const [track] = i % 2 === 0 ? stream.getAudioTracks() : stream.getVideoTracks();
      pc.addTransceiver(track!, { streams: [stream] });
    }
  },
  /**
   * Films bars with a counter below them, and sings 1 kHz; what comes back is compared with it. Where no sound device is, Firefox runs
   * no AudioContext: there the tone is that of its fake microphone, and what comes back is recorded and decoded to be measured.
   */
  perform: async (browserName: string): Promise<void> => {
    const { pc } = window.side;
    const [width, height, bits] = [320, 240, 16];
    const draw = (context: CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D, count: number): void => {
      for (let bar = 0; bar < 8; bar++) {
        context.fillStyle = `hsl(${bar * 45} 70% ${30 + 5 * bar}%)`;
        context.fillRect((bar * width) / 8, 0, width / 8, height - 32);
      }
      for (let bit = 0; bit < bits; bit++) {
        context.fillStyle = (count >>> (bits - 1 - bit)) & 1 ? '#fff' : '#000';
        context.fillRect((bit * width) / bits, height - 32, width / bits, 32);
      }
    };
    const canvas = Object.assign(document.createElement('canvas'), { width, height });
    const context = canvas.getContext('2d')!;
    let count = 0;
    setInterval(() => draw(context, count++), 1_000 / 20);
    pc.addTransceiver(canvas.captureStream(20).getVideoTracks()[0]!);

    const oscillator = (): MediaStream => {
      const audio = new AudioContext();
      const tone = new OscillatorNode(audio, { frequency: 1_000 });
      const microphone = audio.createMediaStreamDestination();
      tone.connect(new GainNode(audio, { gain: 0.3 })).connect(microphone);
      tone.start();
      return microphone.stream;
    };
    const sound = browserName === 'firefox' ? await navigator.mediaDevices.getUserMedia({ audio: true }) : oscillator();
    pc.addTransceiver(sound.getAudioTracks()[0]!);
    const record = async (stream: MediaStream, durationMs: number): Promise<ArrayBuffer> => {
      const recorder = new MediaRecorder(stream);
      const chunks: Blob[] = [];
      recorder.ondataavailable = ({ data }) => chunks.push(data);
      const isOver = new Promise((resolve) => (recorder.onstop = resolve));
      recorder.start();
      setTimeout(() => recorder.stop(), durationMs);
      await isOver;
      return new Blob(chunks).arrayBuffer();
    };
    /** Of the second half of a recording: how often it passes zero upwards in a second; 0 for silence. */
    const toneOf = async (recording: ArrayBuffer): Promise<number> => {
      const decoded = await new OfflineAudioContext(1, 1, 48_000).decodeAudioData(recording);
      const { sampleRate } = decoded;
      const samples = decoded.getChannelData(0).subarray(decoded.length >> 1);
      if (samples.every((sample) => Math.abs(sample) < 0.01)) return 0;
      return (samples.filter((sample, i) => i > 0 && samples[i - 1]! < 0 && sample >= 0).length * sampleRate) / samples.length;
    };

    const performance = { counts: [] as number[], likeness: [] as number[], toneHz: 0 };
    Object.assign(window, { performed: performance });
    pc.ontrack = ({ track }) => {
      const stream = new MediaStream([track]);
      const element = document.createElement(track.kind as 'audio' | 'video');
      element.muted = track.kind === 'video';
      Object.assign(element, { autoplay: true, srcObject: stream });
      document.body.append(element);
      if (!(element instanceof HTMLVideoElement)) {
        const listen = async (): Promise<void> => {
          while (performance.toneHz === 0) performance.toneHz = await toneOf(await record(stream, 1_500));
        };
        track.onunmute = () => void listen();
        return;
      }
      const [seen, wanted] = [0, 1].map(() => new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true })!);
      const onFrame = (): void => {
        element.requestVideoFrameCallback(onFrame);
        if (element.videoWidth !== width) return;
        seen!.drawImage(element, 0, 0);
        const { data } = seen!.getImageData(0, 0, width, height);
        let value = 0;
        for (let bit = 0; bit < bits; bit++) {
          const at = ((height - 16) * width + Math.floor(((bit + 0.5) * width) / bits)) * 4;
          value = (value << 1) | (data[at + 1]! > 127 ? 1 : 0);
        }
        draw(wanted!, value);
        const original = wanted!.getImageData(0, 0, width, height).data;
        let squares = 0;
        for (let i = 0; i < data.length; i += 4) for (let c = 0; c < 3; c++) squares += (data[i + c]! - original[i + c]!) ** 2;
        performance.counts.push(value);
        performance.likeness.push(10 * Math.log10(255 ** 2 / (squares / (width * height * 3))));
      };
      element.requestVideoFrameCallback(onFrame);
    };
  },
  performed: (): { counts: number[]; likeness: number[]; toneHz: number } =>
    (window as unknown as { performed: { counts: number[]; likeness: number[]; toneHz: number } }).performed,
  watch: (): void => {
    window.watched = [];
    window.side.pc.ontrack = ({ track }) => {
      if (track.kind !== 'video') return;
      const video = document.createElement('video');
      video.muted = video.autoplay = true;
      video.srcObject = new MediaStream([track]);
      document.body.append(video);
    };
  },
  decoded: async (): Promise<number> => {
    const reports = [...(await window.side.pc.getStats()).values()];
    return Math.max(
      0,
      ...reports.filter(({ type, kind }) => type === 'inbound-rtp' && kind === 'video').map((one) => one.framesDecoded ?? 0),
    );
  },
};

let page: EmptyPage;
beforeAll(async () => {
  page = await EmptyPage.serve();
});
afterAll(() => page.close());

describe.each<BrowserName>(['chromium', 'firefox'])('a call of Node and %s', (name) => {
  let browser: Browser;
  let tab: Tab;
  let node: NodeSide;

  beforeAll(async () => {
    browser = await launch(name);
  });
  afterAll(() => browser.close());
  beforeEach(async () => {
    tab = await page.openIn(browser);
    await tab.evaluate(onPage.watch, undefined);
    node = new NodeSide();
  });
  afterEach(async () => {
    node.pc.close();
    expect(tab.complaints).toEqual([]);
    await tab.close();
  });

  /** Answers what the page offers, with a mirror for its only video. */
  async function answer(codec = 'VP8'): Promise<Mirror> {
    await node.pc.setRemoteDescription({ type: 'offer', sdp: await tab.evaluate(inPage.describe, undefined) });
    const video = node.pc.getTransceivers().find(({ receiver }) => receiver.track.kind === 'video')!;
    const mirrored = mirror(video, codec);
    await tab.evaluate(inPage.apply, ['answer', await node.describe()]);
    return mirrored;
  }

  const decodes = (more: number): Promise<number> =>
    tab.evaluate(onPage.decoded, undefined).then((now) =>
      eventually(
        () => tab.evaluate(onPage.decoded, undefined),
        (frames) => frames >= now + more,
        (frames) => `${frames} frames, ${now} before`,
      ),
    );

  test('sends three sizes of one picture, and each arrives', async () => {
    await tab.evaluate(callPage.begin, SIMULCAST);
    await node.pc.setRemoteDescription({ type: 'offer', sdp: await tab.evaluate(inPage.describe, undefined) });
    const { track } = node.pc.getTransceivers()[1]!.receiver;
    receiveLayers(track);
    const seen = new Arrivals(track);
    await tab.evaluate(inPage.apply, ['answer', await node.describe()]);
    const widths = (): number[] => [...seen.streams.values()].map(({ width }) => width).toSorted((a, b) => a - b);
    await eventually(
      async () => widths(),
      (all) => all.length === 3 && all[0]! > 0,
      (all) => `sizes: ${all}`,
    );
    expect(new Set(widths()).size).toBe(3);
  });

  test('brings back what was filmed and sung: pictures by their counter and their likeness, sound by its tone', async () => {
    await tab.evaluate(onPage.perform, name);
    await node.pc.setRemoteDescription({ type: 'offer', sdp: await tab.evaluate(inPage.describe, undefined) });
    const [video, audio] = node.pc.getTransceivers();
    mirror(video!, 'VP8');
    mirror(audio!, 'opus');
    await tab.evaluate(inPage.apply, ['answer', await node.describe()]);
    const { counts, likeness, toneHz } = await eventually(
      () => tab.evaluate(onPage.performed, undefined),
      (seen) => seen.counts.length >= 60 && seen.toneHz > 0,
      (seen) => `${seen.counts.length} pictures, ${seen.toneHz} Hz`,
    );
    expect(Math.abs(toneHz - 1_000)).toBeLessThan(20);
    const later = counts.slice(20);
    expect(
      later.every((count, i) => i === 0 || count >= later[i - 1]!),
      later.join(' '),
    ).toBe(true);
    expect(later.at(-1)! - later[0]!).toBeLessThan(later.length * 4);
    const middle = likeness.slice(20).toSorted((a, b) => a - b)[(likeness.length - 20) >> 1]!;
    expect(middle).toBeGreaterThan(20); // another picture has ten
  });

  test('restarts ICE in mid-call, and the picture goes on', async () => {
    await tab.evaluate(onPage.filmIn, ['video/VP8', 'L1T1']);
    await answer();
    await decodes(20);
    const ufrag = (): string | undefined => /ice-ufrag:(\S+)/.exec(node.pc.remoteDescription!.sdp)?.[1];
    const before = ufrag();
    await tab.evaluate(inPage.restart, undefined);
    await pageOffers(node, tab);
    expect(ufrag()).not.toBe(before);
    await decodes(20);
    node.pc.restartIce();
    await nodeOffers(node, tab);
    await decodes(20);
    expect(node.pc.connectionState).toBe('connected');
  });

  test('is held and taken up again by one side and the other', async () => {
    await tab.evaluate(onPage.filmIn, ['video/VP8', 'L1T1']);
    const mirrored = await answer();
    await decodes(20);
    await tab.evaluate(callPage.direct, [0, 'inactive']);
    await pageOffers(node, tab);
    const { length } = mirrored.passed;
    await tab.evaluate(callPage.direct, [0, 'sendrecv']);
    await pageOffers(node, tab);
    await decodes(20);
    expect(mirrored.passed.length).toBeGreaterThan(length);
    node.pc.getTransceivers()[0]!.direction = 'recvonly';
    await nodeOffers(node, tab);
    node.pc.getTransceivers()[0]!.direction = 'sendrecv';
    await nodeOffers(node, tab);
    await decodes(20);
  });

  test('goes on through twenty rounds of sections that come and go', async () => {
    await tab.evaluate(onPage.filmIn, ['video/VP8', 'L1T1']);
    await answer();
    await decodes(20);
    for (let round = 0; round < 20; round++) {
      if (round % 2 === 0) {
        await tab.evaluate(callPage.add, round % 4 === 0 ? 'audio' : 'video');
        await pageOffers(node, tab);
      } else {
        node.pc.getTransceivers().at(-1)!.stop();
        await nodeOffers(node, tab);
      }
    }
    expect(node.pc.localDescription!.sdp.match(/^m=/gm)!.length).toBeLessThanOrEqual(3);
    await decodes(20);
  });

  test('has twenty-four transceivers, all of which carry something', async () => {
    await tab.evaluate(onPage.many, 24);
    await node.pc.setRemoteDescription({ type: 'offer', sdp: await tab.evaluate(inPage.describe, undefined) });
    const all = node.pc.getTransceivers().map(({ receiver }) => new Arrivals(receiver.track));
    await tab.evaluate(inPage.apply, ['answer', await node.describe()]);
    await eventually(
      async () => all.filter(({ frames }) => frames >= 3).length,
      (flowing) => flowing === 24,
      (flowing) => `${flowing} of 24 carry something`,
    );
  });
});

describe('what only Chromium can', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch('chromium');
  });
  afterAll(() => browser.close());

  async function through(begin: (tab: Tab) => Promise<void>, codec: string, network?: BadNetwork) {
    const tab = await page.openIn(browser);
    const node = new NodeSide(network ? connectionOver(network) : undefined);
    try {
      await tab.evaluate(onPage.watch, undefined);
      await begin(tab);
      await node.pc.setRemoteDescription({ type: 'offer', sdp: await tab.evaluate(inPage.describe, undefined) });
      const mirrored = mirror(node.pc.getTransceivers()[0]!, codec);
      await tab.evaluate(inPage.apply, ['answer', await node.describe()]);
      await eventually(
        () => tab.evaluate(onPage.decoded, undefined),
        (frames) => frames >= 40,
        (frames) => `${frames} frames decoded, ${mirrored.passed.length} passed, ${mirrored.requests} key frames asked for`,
        { timeoutMs: 60_000 },
      );
      const [sent] = await tab.evaluate(callPage.sent, undefined);
      expect(tab.complaints).toEqual([]);
      return { mirrored, sent: sent! };
    } finally {
      node.pc.close();
      await tab.close();
    }
  }

  test.each([
    ['VP9', 'L3T3_KEY'],
    ['AV1', 'L1T3'],
    ['VP8', 'L1T3'],
  ])('%s in layers (%s) goes through Node whole', async (codec, mode) => {
    const { mirrored } = await through((tab) => tab.evaluate(onPage.filmIn, [`video/${codec}`, mode]), codec);
    expect(mirrored.passed.length).toBeGreaterThanOrEqual(40);
  });

  test('a shared screen goes through Node', async () => {
    const { mirrored } = await through((tab) => tab.evaluate(onPage.share, undefined), 'VP8');
    expect(mirrored.passed[0]).toMatchObject({ isKeyFrame: true });
  });

  test.each([0.01, 0.3])('where %s of the packets are lost, what is missing is sent again, both ways', async (loss) => {
    const network = new BadNetwork({ delayMs: 20, loss });
    const { mirrored, sent } = await through((tab) => tab.evaluate(onPage.filmIn, ['video/VP8', 'L1T1']), 'VP8', network);
    if (loss > 0.1) expect(sent.resent).toBeGreaterThan(0);
    expect(mirrored.passed.length).toBeGreaterThanOrEqual(40);
  });
});

import { EncodedSource, type ReceivedMedia, receiveEncoded, receiveLayers } from '@maru/webrtc';
import { describe, expect, test } from 'vitest';
import type { Tab } from './harness/browser.js';
import { inPage, type NodeSide } from './harness/data-page.js';
import { encounterEach } from './harness/encounter.js';
import { eventually } from './harness/eventually.js';

const CAPTURE_TIME = 'http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time';

/** What a test asks of the page. Each function is sent to it whole. */
const onPage = {
  /** Sings with the fake microphone, each frame with the one before it. */
  singTwice: async (): Promise<void> => {
    const { pc } = window.side;
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    const transceiver = pc.addTransceiver(stream.getAudioTracks()[0]!, { streams: [stream] });
    const { codecs } = RTCRtpReceiver.getCapabilities('audio')!;
    const isRed = ({ mimeType }: { mimeType: string }): boolean => mimeType.toLowerCase() === 'audio/red';
    transceiver.setCodecPreferences([...codecs.filter(isRed), ...codecs.filter((codec) => !isRed(codec))]);
    pc.ontrack = ({ track }) => {
      const audio = document.createElement('audio');
      audio.autoplay = true;
      audio.srcObject = new MediaStream([track]);
      document.body.append(audio);
    };
  },
  /** Sings, and says when it was captured, where this Chromium can be asked to; true if it can. */
  singWithTimes: async (uri: string): Promise<boolean> => {
    const { pc } = window.side;
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    const transceiver = pc.addTransceiver(stream.getAudioTracks()[0]!, { streams: [stream] }) as RTCRtpTransceiver & {
      getHeaderExtensionsToNegotiate?(): { uri: string; direction: string }[];
      setHeaderExtensionsToNegotiate?(extensions: { uri: string; direction: string }[]): void;
    };
    const extensions = transceiver.getHeaderExtensionsToNegotiate?.() ?? [];
    for (const extension of extensions) if (extension.uri === uri) extension.direction = 'sendrecv';
    transceiver.setHeaderExtensionsToNegotiate?.(extensions);
    pc.ontrack = ({ track }) => {
      const audio = document.createElement('audio');
      audio.autoplay = true;
      audio.srcObject = new MediaStream([track]);
      document.body.append(audio);
    };
    return extensions.some((extension) => extension.uri === uri);
  },
  /** When what it hears was captured, in milliseconds before now, and how the clock of that stands to the sender's. */
  ageOfSound: async (): Promise<{ ageMs: number; offsetMs: number } | undefined> => {
    const [source] = window.side.pc.getReceivers()[0]!.getSynchronizationSources() as (RTCRtpSynchronizationSource & {
      captureTimestamp?: number;
      senderCaptureTimeOffset?: number;
    })[];
    if (source?.captureTimestamp === undefined || source.senderCaptureTimeOffset === undefined) return undefined;
    const sinceNtp = Date.now() + 2_208_988_800_000;
    return { ageMs: sinceNtp - source.captureTimestamp, offsetMs: source.senderCaptureTimeOffset };
  },
  /** Films with the fake camera, with the codecs that a page has if it asks for none. */
  film: async (): Promise<void> => {
    const { pc } = window.side;
    const stream = await navigator.mediaDevices.getUserMedia({ video: { width: 320, height: 240 } });
    pc.addTransceiver(stream.getVideoTracks()[0]!, { streams: [stream] });
    pc.ontrack = ({ track }) => {
      const video = document.createElement('video');
      video.muted = video.autoplay = true;
      video.srcObject = new MediaStream([track]);
      document.body.append(video);
    };
  },
  filmInLayers: async (rids: readonly string[]): Promise<void> => {
    const stream = await navigator.mediaDevices.getUserMedia({ video: { width: 1_280, height: 720 } });
    const sendEncodings = rids.map((rid, i) => ({ rid, scaleResolutionDownBy: 2 ** (rids.length - 1 - i) }));
    window.side.pc.addTransceiver(stream.getVideoTracks()[0]!, { streams: [stream], sendEncodings });
  },
  hasFrames: async (least: number): Promise<boolean> => {
    const report = await window.side.pc.getStats();
    return [...report.values()].some(
      ({ type, kind, framesDecoded = 0 }) => type === 'inbound-rtp' && kind === 'video' && framesDecoded >= least,
    );
  },
  /** Frames that were heard already count as discarded there. */
  hearsTwice: async (least: number): Promise<boolean> => {
    const report = await window.side.pc.getStats();
    return [...report.values()].some(
      ({ type, kind, packetsDiscarded = 0, totalAudioEnergy = 0 }) =>
        type === 'inbound-rtp' && kind === 'audio' && packetsDiscarded >= least && totalAudioEnergy > 0,
    );
  },
};

/** Waits until something has come to us. */
const seen = (what: string, isThere: () => boolean): Promise<boolean> =>
  eventually(
    async () => isThere(),
    (is) => is,
    () => `${what}: not within 30 s`,
  );

const statOf = async (node: NodeSide, name: string): Promise<number> => {
  const report = [...(await node.pc.getStats())].map(([, one]) => one as unknown as Record<string, unknown>);
  return (report.find(({ type }) => type === 'inbound-rtp')?.[name] as number | undefined) ?? 0;
};

describe('with chromium', () => {
  let tab: Tab;
  let node: NodeSide;
  encounterEach('chromium', (encounter) => ({ tab, node } = encounter));

  const offered = async (): Promise<void> => {
    await node.pc.setRemoteDescription({ type: 'offer', sdp: await tab.evaluate(inPage.describe, undefined) });
  };
  const answer = async (): Promise<void> => tab.evaluate(inPage.apply, ['answer', await node.describe()]);

  test('sound goes with redundancy both ways (RFC 2198)', async () => {
    await tab.evaluate(onPage.singTwice, undefined);
    await offered();
    const [transceiver] = node.pc.getTransceivers();
    const source = new EncodedSource({ kind: 'audio', codec: 'opus' });
    transceiver!.direction = 'sendrecv';
    await transceiver!.sender.replaceTrack(source.track);
    const heard: ReceivedMedia[] = [];
    receiveEncoded(transceiver!.receiver.track, (media) => {
      heard.push(media);
      source.write({ data: media.data, isKeyFrame: true, timestampMs: media.rtpTimestamp / 48 });
    });
    await answer();
    await tab.until('redundant sound', onPage.hearsTwice, 20);
    await eventually(
      () => statOf(node, 'fecPacketsReceived'),
      (count) => count > 20,
      (count) => `${count} packets with redundancy`,
    );
    expect(heard.every(({ codec }) => codec.name === 'opus')).toBe(true);
    const steps = heard.slice(1).map(({ rtpTimestamp }, i) => (rtpTimestamp - heard[i]!.rtpTimestamp) >>> 0);
    expect(new Set(steps)).toEqual(new Set([960]));
  });

  test('what is sent on says when it was captured, and by whose clock (abs-capture-time)', async ({ skip }) => {
    if (!(await tab.evaluate(onPage.singWithTimes, CAPTURE_TIME))) skip('this Chromium cannot be asked for it');
    await offered();
    const [transceiver] = node.pc.getTransceivers();
    const source = new EncodedSource({ kind: 'audio', codec: 'opus' });
    transceiver!.direction = 'sendrecv';
    await transceiver!.sender.replaceTrack(source.track);
    let known: { readonly ageMs: number; readonly offsetMs: number } | undefined;
    receiveEncoded(transceiver!.receiver.track, ({ data, rtpTimestamp, captureTimeMs, captureClockOffsetMs }) => {
      if (captureTimeMs === undefined || captureClockOffsetMs === undefined) return;
      known = { ageMs: Date.now() - captureTimeMs, offsetMs: captureClockOffsetMs };
      source.write({ data, isKeyFrame: true, timestampMs: rtpTimestamp / 48, captureTimeMs, captureClockOffsetMs });
    });
    await answer();
    await seen('sound with its time', () => known !== undefined);
    const heard = await eventually(
      () => tab.evaluate(onPage.ageOfSound, undefined),
      (age) => age !== undefined,
      () => 'the page knows no time of capture',
    );
    // One machine, so one clock; late by what a busy one takes.
    for (const { ageMs, offsetMs } of [known!, heard!]) {
      expect(ageMs).toBeGreaterThan(-1_000);
      expect(ageMs).toBeLessThan(30_000);
      expect(Math.abs(offsetMs)).toBeLessThan(1_000);
    }
  });

  test('pictures come out of RED, as pages send them that ask for no codec (RFC 5109)', async () => {
    await tab.evaluate(onPage.film, undefined);
    await offered();
    const [transceiver] = node.pc.getTransceivers();
    const source = new EncodedSource({ kind: 'video', codec: 'VP8' });
    transceiver!.direction = 'sendrecv';
    await transceiver!.sender.replaceTrack(source.track);
    const { codecs } = transceiver!.receiver.getParameters();
    expect(codecs).toEqual([]);
    receiveEncoded(transceiver!.receiver.track, ({ data, isKeyFrame, rtpTimestamp }) =>
      source.write({ data, isKeyFrame, timestampMs: rtpTimestamp / 90 }),
    );
    await answer();
    const agreed = transceiver!.receiver.getParameters().codecs.map(({ mimeType }) => mimeType);
    expect(agreed).toEqual(expect.arrayContaining(['video/red', 'video/ulpfec']));
    await tab.until('thirty decoded frames', onPage.hasFrames, 30);
  });

  test('layers of simulcast come each with its name, and another exchange keeps them', async () => {
    const rids = ['q', 'h', 'f'];
    await tab.evaluate(onPage.filmInLayers, rids);
    await offered();
    const [transceiver] = node.pc.getTransceivers();
    const widths = new Map<string, number>();
    const take = ({ rid = '', width }: ReceivedMedia): void => void (width > 0 && widths.set(rid, width));
    receiveLayers(transceiver!.receiver.track);
    receiveEncoded(transceiver!.receiver.track, take);
    await answer();
    await seen('three layers', () => widths.size === 3);
    expect([...widths.entries()].sort()).toEqual([
      ['f', 1_280],
      ['h', 640],
      ['q', 320],
    ]);
    const offer = await node.describe();
    expect(offer).toContain('a=simulcast:recv q;h;f');
    await tab.evaluate(inPage.apply, ['offer', offer]);
    await node.pc.setRemoteDescription({ type: 'answer', sdp: await tab.evaluate(inPage.describe, undefined) });
    expect(node.pc.remoteDescription!.sdp).toContain('a=simulcast:send q;h;f');
  });
});

import { findEngine, TestPattern } from '@maru/media';
import { describe, expect, test } from 'vitest';
import type { BrowserName, Tab } from './harness/browser.js';
import { inPage, type NodeSide } from './harness/data-page.js';
import { encounterEach } from './harness/encounter.js';
import { eventually } from './harness/eventually.js';

/** What a test asks of the page. Each function is sent to it whole. */
const onPage = {
  /** Wants to see one track, in one codec alone. */
  watch: (mimeType: string): void => {
    const { pc } = window.side;
    const transceiver = pc.addTransceiver('video', { direction: 'recvonly' });
    const { codecs } = RTCRtpReceiver.getCapabilities('video')!;
    transceiver.setCodecPreferences(codecs.filter((codec) => [mimeType, 'video/rtx'].includes(codec.mimeType)));
    pc.ontrack = ({ track }) => {
      const video = document.createElement('video');
      video.muted = video.autoplay = true;
      video.srcObject = new MediaStream([track]);
      document.body.append(video);
    };
  },
  seen: async (): Promise<{ readonly frames: number; readonly rate: number; readonly keys: number }> => {
    const report = [...(await window.side.pc.getStats()).values()].find(
      ({ type, kind }) => type === 'inbound-rtp' && kind === 'video',
    );
    const { framesDecoded: frames = 0, framesPerSecond: rate = 0, pliCount: keys = 0 } = report ?? {};
    return { frames, rate, keys };
  },
};

describe.each<BrowserName>(['chromium', 'firefox'])('temporal layers of ours in %s', (name) => {
  let tab: Tab;
  let node: NodeSide;
  encounterEach(name, (encounter) => ({ tab, node } = encounter));

  test.each([
    ['VP8', 'L1T2'],
    ['VP8', 'L1T3'],
    ['VP9', 'L1T3'],
  ])('%s in %s: every picture is shown', async (codec, scalabilityMode) => {
    await tab.evaluate(onPage.watch, `video/${codec}`);
    await node.pc.setRemoteDescription({ type: 'offer', sdp: await tab.evaluate(inPage.describe, undefined) });
    const pattern = new TestPattern({ engine: await findEngine(), width: 320, height: 180, frameRate: 20 });
    const transceiver = node.pc.getTransceivers()[0]!;
    const { sender } = transceiver;
    transceiver.direction = 'sendonly';
    await sender.replaceTrack(pattern.videoTrack);
    await tab.evaluate(inPage.apply, ['answer', await node.describe()]);
    const parameters = sender.getParameters();
    parameters.encodings[0]!.scalabilityMode = scalabilityMode;
    await sender.setParameters(parameters);
    const { keys } = await eventually(
      () => tab.evaluate(onPage.seen, undefined),
      ({ frames, rate }) => frames >= 60 && rate >= 15,
      (seen) => `${seen.frames} frames, ${seen.rate} a second, asked for ${seen.keys} key frames`,
    );
    expect(keys).toBeLessThan(5);
    const sent = [...(await node.pc.getStats()).values()].find(({ type }) => type === 'outbound-rtp');
    expect(sent).toMatchObject({ scalabilityMode });
    pattern.stop();
  });
});

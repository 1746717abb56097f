import { type RTCBundlePolicy, RTCPeerConnection } from '@maru/webrtc';
import { afterEach, describe, expect, test } from 'vitest';
import type { BrowserName, Tab } from './harness/browser.js';
import { inPage, NodeSide, opened } from './harness/data-page.js';
import { encounterEach } from './harness/encounter.js';

/** A description as somebody writes it who has not heard of BUNDLE. */
const unbundled = (sdp: string): string => sdp.replace(/a=group:BUNDLE .*\r\n/, '').replace(/a=bundle-only\r\n/g, '');

async function transportsOf({ pc }: NodeSide): Promise<number> {
  return [...(await pc.getStats())].filter(([, { type }]) => type === 'transport').length;
}

describe.each<BrowserName>(['chromium', 'firefox'])('with %s', (name) => {
  let tab: Tab;
  let node: NodeSide;
  encounterEach(name, (encounter) => ({ tab } = encounter));

  afterEach(() => node.pc.close());

  test.each<RTCBundlePolicy>(['balanced', 'max-compat', 'max-bundle'])(
    'an offer of policy %s is bundled, and what it holds connects',
    async (bundlePolicy) => {
      node = new NodeSide(new RTCPeerConnection({ bundlePolicy }));
      for (const kind of ['audio', 'audio', 'video']) node.pc.addTransceiver(kind);
      const channel = node.pc.createDataChannel('chat');
      await tab.evaluate(inPage.apply, ['offer', await node.describe()]);
      await node.pc.setRemoteDescription({ type: 'answer', sdp: await tab.evaluate(inPage.describe, undefined) });
      await opened(channel);
      expect(await transportsOf(node)).toBe(1);
      const sections = node.pc.remoteDescription!.sdp.match(/^m=\w+ \d+/gm)!;
      expect(sections.filter((line) => line.endsWith(' 0'))).toEqual([]);
    },
  );

  test('without BUNDLE each section connects for itself, whoever offers', async () => {
    node = new NodeSide();
    for (const kind of ['audio', 'video']) node.pc.addTransceiver(kind);
    const channel = node.pc.createDataChannel('chat');
    await tab.evaluate(inPage.apply, ['offer', unbundled(await node.describe())]);
    await node.pc.setRemoteDescription({ type: 'answer', sdp: await tab.evaluate(inPage.describe, undefined) });
    await opened(channel);
    await tab.until('a connection', () => window.side.pc.connectionState === 'connected', undefined);
    expect(await transportsOf(node)).toBe(3);
  });
});

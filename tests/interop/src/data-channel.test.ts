import type { RTCDataChannel } from '@maru/webrtc';
import { describe, expect, test } from 'vitest';
import type { BrowserName, Tab } from './harness/browser.js';
import { echoed, inPage, type NodeSide, nodeOffers, opened, pageOffers } from './harness/data-page.js';
import { encounterEach } from './harness/encounter.js';

describe.each<BrowserName>(['chromium', 'firefox'])('data channels with %s', (name) => {
  let tab: Tab;
  let node: NodeSide;
  encounterEach(name, (encounter) => ({ tab, node } = encounter));

  describe.each(['node', 'page'] as const)('when the %s offers', (offerer) => {
    const negotiate = (): Promise<void> => (offerer === 'node' ? nodeOffers(node, tab) : pageOffers(node, tab));

    /** A channel that the offerer opens, as our side holds it. */
    async function connect(label = 'chat', options: RTCDataChannelInit = {}): Promise<RTCDataChannel> {
      const own = offerer === 'node' ? node.pc.createDataChannel(label, options) : undefined;
      if (!own) await tab.evaluate(inPage.open, [label, options]);
      await negotiate();
      const channel = own ?? (await node.channel(label));
      await opened(channel);
      return channel;
    }

    test('text, bytes, nothing and 256 KiB come back as they went', async () => {
      const channel = await connect();
      expect(await echoed(channel, 'grüß dich, 세상')).toBe('grüß dich, 세상');
      expect(await echoed(channel, '')).toBe('');
      expect(new Uint8Array((await echoed(channel, Uint8Array.of(0, 1, 255))) as ArrayBuffer)).toEqual(Uint8Array.of(0, 1, 255));
      expect((await echoed(channel, new Uint8Array(0))) as ArrayBuffer).toHaveProperty('byteLength', 0);
      const large = Uint8Array.from({ length: 262_144 }, (_, i) => (i * 7) & 0xff);
      expect(Buffer.compare(Buffer.from((await echoed(channel, large)) as ArrayBuffer), Buffer.from(large))).toBe(0);
      expect(node.pc.connectionState).toBe('connected');
    });

    test.each([
      ['unordered', { ordered: false }],
      ['without retransmissions', { maxRetransmits: 0 }],
      ['with some retransmissions, unordered', { maxRetransmits: 3, ordered: false }],
      ['with a lifetime', { maxPacketLifeTime: 500 }],
      ['with a protocol', { protocol: 'maru-test' }],
    ])('a channel %s is the same at both ends, and carries', async (_what, options) => {
      const channel = await connect('mode', options);
      expect(await echoed(channel, 'hello')).toBe('hello');
      const [theirs] = await tab.evaluate(inPage.channels, undefined);
      const { ordered, maxRetransmits, maxPacketLifeTime, protocol, id } = channel;
      expect(theirs).toMatchObject({ ordered, maxRetransmits, maxPacketLifeTime, protocol, id, state: 'open' });
    });

    test('two hundred channels open and carry at once', async () => {
      const first = await connect();
      const channels = Array.from({ length: 199 }, (_, i) => node.pc.createDataChannel(`channel ${i}`));
      await Promise.all(channels.map(opened));
      const answers = await Promise.all([first, ...channels].map((channel) => echoed(channel, channel.label)));
      expect(answers).toEqual(['chat', ...channels.map(({ label }) => label)]);
    });

    test('closing at either end closes both', async () => {
      const channel = await connect();
      const another = node.pc.createDataChannel('another');
      await opened(another);
      const closed = new Promise((done) => channel.addEventListener('close', done, { once: true }));
      await tab.until('both channels', (labels: string[]) => labels.every((label) => window.side.channels.has(label)), [
        'chat',
        'another',
      ]);
      await tab.evaluate(inPage.close, 'chat');
      await closed;
      another.close();
      await tab.until('closed', (label: string) => window.side.channels.get(label)!.readyState === 'closed', 'another');
    });

    test.each(['node', 'page'] as const)('an ICE restart by the %s keeps the channel', async (restarter) => {
      const channel = await connect();
      const before = node.pc.localDescription!.sdp.match(/a=ice-ufrag:(\S+)/)![1];
      if (restarter === 'node') {
        node.pc.restartIce();
        await nodeOffers(node, tab);
      } else {
        await tab.evaluate(inPage.restart, undefined);
        await pageOffers(node, tab);
      }
      expect(node.pc.localDescription!.sdp.match(/a=ice-ufrag:(\S+)/)![1]).not.toBe(before);
      expect(await echoed(channel, 'still here')).toBe('still here');
      await negotiate(); // and a renegotiation that changes nothing
      expect(await echoed(channel, 'and still')).toBe('and still');
    });
  });

  test('an offer of sound and pictures beside data is answered with data', async () => {
    await tab.evaluate(inPage.wantMedia, undefined);
    await tab.evaluate(inPage.open, ['chat', undefined]);
    await pageOffers(node, tab);
    const channel = await node.channel('chat');
    await opened(channel);
    expect(await echoed(channel, 'hello')).toBe('hello');
    await tab.until('connected', inPage.state, undefined);
  });
});

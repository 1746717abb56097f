import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type RTCDataChannel, RTCPeerConnection } from '@maru/webrtc';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Browser, type BrowserName, launch, type Tab } from './harness/browser.js';

/** What a page holds of its side: see {@link preparePage}. */
interface PageSide {
  pc: globalThis.RTCPeerConnection;
  channels: Map<string, globalThis.RTCDataChannel>;
  describe(): Promise<string>;
}

declare global {
  interface Window {
    side: PageSide;
  }
}

/** Gives the page a connection whose channels echo what they get, and a way to its whole description. */
function preparePage(): void {
  const pc = new globalThis.RTCPeerConnection();
  const channels = new Map<string, globalThis.RTCDataChannel>();
  const echo = (channel: globalThis.RTCDataChannel): void => {
    channels.set(channel.label, channel);
    channel.binaryType = 'arraybuffer';
    channel.onmessage = ({ data }) => channel.send(data);
  };
  pc.ondatachannel = ({ channel }) => echo(channel);
  const create = pc.createDataChannel.bind(pc);
  pc.createDataChannel = (label, options) => {
    const channel = create(label, options);
    echo(channel);
    return channel;
  };
  const describe = async (): Promise<string> => {
    await pc.setLocalDescription();
    while (pc.iceGatheringState !== 'complete') {
      await new Promise((next) => pc.addEventListener('icegatheringstatechange', next, { once: true }));
    }
    return pc.localDescription!.sdp;
  };
  window.side = { pc, channels, describe };
}

const inPage = {
  open: ([label, options]: [string, RTCDataChannelInit | undefined]): void =>
    void window.side.pc.createDataChannel(label, options),
  describe: (): Promise<string> => window.side.describe(),
  apply: ([type, sdp]: [RTCSdpType, string]): Promise<void> => window.side.pc.setRemoteDescription({ type, sdp }),
  restart: (): void => window.side.pc.restartIce(),
  state: (): string => window.side.pc.connectionState,
  channels: (): {
    label: string;
    id: number | null;
    ordered: boolean;
    maxRetransmits: number | null;
    maxPacketLifeTime: number | null;
    protocol: string;
    state: string;
  }[] =>
    [...window.side.channels.values()].map(({ label, id, ordered, maxRetransmits, maxPacketLifeTime, protocol, readyState }) => ({
      label,
      id,
      ordered,
      maxRetransmits,
      maxPacketLifeTime,
      protocol,
      state: readyState,
    })),
  close: (label: string): void => window.side.channels.get(label)!.close(),
  wantMedia: (): void => {
    window.side.pc.addTransceiver('audio');
    window.side.pc.addTransceiver('video');
  },
};

/** Our side: a connection, and the channels that the page opened. */
class NodeSide {
  readonly pc = new RTCPeerConnection();
  private readonly arrived = new Map<string, RTCDataChannel>();
  private readonly waiters = new Map<string, (channel: RTCDataChannel) => void>();

  constructor() {
    this.pc.ondatachannel = ({ channel }) => {
      this.arrived.set(channel.label, channel);
      this.waiters.get(channel.label)?.(channel);
    };
  }

  channel(label: string): Promise<RTCDataChannel> {
    const channel = this.arrived.get(label);
    return channel ? Promise.resolve(channel) : new Promise((found) => this.waiters.set(label, found));
  }

  async describe(): Promise<string> {
    await this.pc.setLocalDescription();
    while (this.pc.iceGatheringState !== 'complete') {
      await new Promise((next) => this.pc.addEventListener('icegatheringstatechange', next, { once: true }));
    }
    return this.pc.localDescription!.sdp;
  }
}

async function nodeOffers(node: NodeSide, tab: Tab): Promise<void> {
  const offer = await node.describe();
  await tab.evaluate(inPage.apply, ['offer', offer]);
  await node.pc.setRemoteDescription({ type: 'answer', sdp: await tab.evaluate(inPage.describe, undefined) });
}

async function pageOffers(node: NodeSide, tab: Tab): Promise<void> {
  await node.pc.setRemoteDescription({ type: 'offer', sdp: await tab.evaluate(inPage.describe, undefined) });
  await tab.evaluate(inPage.apply, ['answer', await node.describe()]);
}

function opened(channel: RTCDataChannel): Promise<void> {
  if (channel.readyState === 'open') return Promise.resolve();
  return new Promise((open, failed) => {
    channel.addEventListener('open', () => open(), { once: true });
    channel.addEventListener('close', () => failed(new Error(`${channel.label} closed`)), { once: true });
  });
}

function echoed(channel: RTCDataChannel, data: string | Uint8Array): Promise<unknown> {
  const answer = new Promise((got) =>
    channel.addEventListener('message', (event) => got((event as MessageEvent).data), { once: true }),
  );
  channel.send(data);
  return answer;
}

describe.each<BrowserName>(['chromium', 'firefox'])('data channels with %s', (name) => {
  let page: Server;
  let browser: Browser;
  let tab: Tab;
  let node: NodeSide;

  beforeAll(async () => {
    page = createServer((_request, response) => response.setHeader('content-type', 'text/html').end('<title>data</title>'));
    await new Promise<void>((listening) => page.listen(0, '127.0.0.1', listening));
    browser = await launch(name);
  });

  afterAll(async () => {
    await browser.close();
    page.close();
  });

  beforeEach(async () => {
    tab = await browser.newTab();
    await tab.goto(`http://localhost:${(page.address() as AddressInfo).port}/`);
    await tab.evaluate(preparePage, undefined);
    node = new NodeSide();
  });

  afterEach(async () => {
    node.pc.close();
    expect(tab.complaints).toEqual([]);
    await tab.close();
  });

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

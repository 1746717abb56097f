// A data channel between a page and us: the page's half, our half, and how they find each other.

import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type RTCDataChannel, RTCPeerConnection } from '@maru/webrtc';
import type { Browser, Tab } from './browser.js';

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

/** What a test may ask of the page. Each function is sent to it whole. */
export const inPage = {
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

/** A page of nothing, served on this machine. */
export class EmptyPage {
  private constructor(private readonly server: Server) {}

  static async serve(): Promise<EmptyPage> {
    const server = createServer((_request, response) =>
      response.setHeader('content-type', 'text/html').end('<title>data</title>'),
    );
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return new EmptyPage(server);
  }

  /** A tab that shows it, with a connection prepared. */
  async openIn(browser: Browser): Promise<Tab> {
    const tab = await browser.newTab();
    await tab.goto(`http://localhost:${(this.server.address() as AddressInfo).port}/`);
    await tab.evaluate(preparePage, undefined);
    return tab;
  }

  close(): void {
    this.server.close();
  }
}

/** Our side: a connection, and the channels that the page opened. */
export class NodeSide {
  private readonly arrived = new Map<string, RTCDataChannel>();
  private readonly waiters = new Map<string, (channel: RTCDataChannel) => void>();

  constructor(readonly pc = new RTCPeerConnection()) {
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

export async function nodeOffers(node: NodeSide, tab: Tab): Promise<void> {
  const offer = await node.describe();
  await tab.evaluate(inPage.apply, ['offer', offer]);
  await node.pc.setRemoteDescription({ type: 'answer', sdp: await tab.evaluate(inPage.describe, undefined) });
}

export async function pageOffers(node: NodeSide, tab: Tab): Promise<void> {
  await node.pc.setRemoteDescription({ type: 'offer', sdp: await tab.evaluate(inPage.describe, undefined) });
  await tab.evaluate(inPage.apply, ['answer', await node.describe()]);
}

/** Resolves once `channel` is open. */
export function opened(channel: RTCDataChannel): Promise<void> {
  if (channel.readyState === 'open') return Promise.resolve();
  return new Promise((open, failed) => {
    channel.addEventListener('open', () => open(), { once: true });
    channel.addEventListener('close', () => failed(new Error(`${channel.label} closed`)), { once: true });
  });
}

/** Sends `data` and resolves with what comes back. */
export function echoed(channel: RTCDataChannel, data: string | Uint8Array): Promise<unknown> {
  const answer = new Promise((got) =>
    channel.addEventListener('message', (event) => got((event as MessageEvent).data), { once: true }),
  );
  channel.send(data);
  return answer;
}

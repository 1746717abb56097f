import { type LinkProfile, type VirtualHost, VirtualNetwork } from '@maru/netsim';
import { SeededRandom } from '@maru/protocol/core';
import { environmentOn, peerConnectionIn, type RTCConfiguration, type RTCDataChannel, type RTCPeerConnection } from '../index.js';

/** How long a test lets virtual time pass before it gives up. */
const PATIENCE_MS = 120_000;

/** Two connections on two hosts of a virtual network, and the words to play with them. */
export class World {
  readonly network: VirtualNetwork;
  readonly hosts: readonly [VirtualHost, VirtualHost];
  readonly a: RTCPeerConnection;
  readonly b: RTCPeerConnection;

  constructor({ seed = 1, link = { delayMs: 5 } }: { readonly seed?: number; readonly link?: Partial<LinkProfile> } = {}) {
    this.network = new VirtualNetwork({ seed });
    this.hosts = [
      this.network.addHost('a', { addresses: ['192.0.2.1'], up: link, down: link }),
      this.network.addHost('b', { addresses: ['198.51.100.1'], up: link, down: link }),
    ];
    this.a = this.newConnection(0, seed);
    this.b = this.newConnection(1, seed + 1);
  }

  /** One more connection on one of the hosts. */
  newConnection(host: 0 | 1, seed: number, configuration: RTCConfiguration = {}): RTCPeerConnection {
    return new (peerConnectionIn(environmentOn(this.hosts[host], { random: new SeededRandom(seed) })))(configuration);
  }

  get now(): number {
    return this.network.clock.now();
  }

  /** Lets time pass until `wanted` settles; its value. Fails if nothing more can make it settle. */
  async until<Value>(wanted: Promise<Value>, patienceMs = PATIENCE_MS): Promise<Value> {
    let isSettled = false;
    const mark = (): void => {
      isSettled = true;
    };
    wanted.then(mark, mark);
    await this.network.clock.runAsync(patienceMs, turn, () => isSettled);
    if (!isSettled) throw new Error(`not within ${patienceMs} ms of virtual time`);
    return wanted;
  }

  /** Lets `durationMs` pass. */
  async pass(durationMs: number): Promise<void> {
    await this.network.clock.runAsync(durationMs, turn);
  }

  /** Candidates go from each to the other at once, as soon as they are known. */
  trickle(a = this.a, b = this.b): void {
    for (const [from, to] of [
      [a, b],
      [b, a],
    ] as const) {
      from.addEventListener('icecandidate', (event) => {
        const { candidate } = event as Event & { candidate: Parameters<RTCPeerConnection['addIceCandidate']>[0] };
        if (to.signalingState !== 'closed') to.addIceCandidate(candidate).catch(() => {}); // of a generation that was rolled back
      });
    }
  }

  /** One round of offer and answer. */
  async negotiate(offerer = this.a, answerer = this.b): Promise<void> {
    await offerer.setLocalDescription();
    await answerer.setRemoteDescription(offerer.localDescription!);
    await answerer.setLocalDescription();
    await offerer.setRemoteDescription(answerer.localDescription!);
  }

  /** A channel from a to b that both have open: a's end and b's. */
  async connect(label = 'chat'): Promise<[RTCDataChannel, RTCDataChannel]> {
    this.trickle();
    const channel = this.a.createDataChannel(label);
    const other = nextEvent(this.b, 'datachannel') as Promise<Event & { channel: RTCDataChannel }>;
    const isOpen = nextEvent(channel, 'open');
    await this.until(this.negotiate());
    await this.until(isOpen);
    return [channel, (await this.until(other)).channel];
  }

  close(): void {
    this.a.close();
    this.b.close();
  }
}

/** Promises and ticks of Node.js have all run after a few turns of its loop. */
async function turn(): Promise<void> {
  await new Promise(setImmediate);
}

export function nextEvent(target: EventTarget, type: string): Promise<Event> {
  return new Promise((happened) => target.addEventListener(type, happened, { once: true }));
}

/** Resolves when `read` gives one of `wanted`, asked whenever `target` fires `type`. */
export async function reaches<State>(target: EventTarget, type: string, read: () => State, ...wanted: State[]): Promise<State> {
  while (!wanted.includes(read())) await nextEvent(target, type);
  return read();
}

export function nextMessage(channel: RTCDataChannel): Promise<unknown> {
  return nextEvent(channel, 'message').then((event) => (event as MessageEvent).data as unknown);
}

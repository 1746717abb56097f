import { VirtualNetwork } from '@maru/netsim';
import { describe, expect, test } from 'vitest';
import { NEVER } from '../core/index.js';
import type { MediaLayer, MediaOutputs } from './index.js';
import { SimulatedPeer } from './testing/simulated-peer.js';

const ONE_WAY_MS = 20;

function twoPeers(seed = 1): { readonly network: VirtualNetwork; readonly a: SimulatedPeer; readonly b: SimulatedPeer } {
  const network = new VirtualNetwork({ seed });
  const link = { up: { delayMs: ONE_WAY_MS / 2 }, down: { delayMs: ONE_WAY_MS / 2 } };
  const a = new SimulatedPeer(network.addHost('a', { addresses: ['192.0.2.1'], ...link }), 'controlling', seed);
  const b = new SimulatedPeer(network.addHost('b', { addresses: ['198.51.100.1'], ...link }), 'controlled', seed + 1);
  a.gather();
  b.gather();
  return { network, a, b };
}

test('channels open over ICE, DTLS and SCTP, and messages arrive', () => {
  const { network, a, b } = twoPeers();
  const channel = a.channels.open(a.now, { label: 'chat' });
  b.connectTo(a);
  a.connectTo(b);
  a.agree(b, 'server');
  b.agree(a, 'client');
  const isOpen = (): boolean => a.channelEvents.some(({ type }) => type === 'channel-opened');
  expect(network.clock.run(10 * ONE_WAY_MS, isOpen)).toBe(true); // five round trips
  a.send(channel, 'hello');
  expect(network.clock.run(1_000, () => b.messages.length > 0)).toBe(true);
  expect(b.messages).toEqual(['hello']);
});

test('a ClientHello that comes before anything was agreed is kept and answered then (RFC 8842 §5.5)', () => {
  const { network, a, b } = twoPeers();
  b.connectTo(a);
  b.agree(a, 'client');
  a.connectTo(b);
  network.clock.run(2_000); // b has had its pair long since, and said hello more than once
  const agreedAt = network.clock.now();
  a.agree(b, 'server');
  expect(network.clock.run(10_000, () => a.transport.dtls.state === 'connected')).toBe(true);
  expect(network.clock.now() - agreedAt).toBeLessThanOrEqual(4 * ONE_WAY_MS + 1);
});

test('a ClientHello that comes between a check and the description of who sent both is kept', () => {
  const { network, a, b } = twoPeers();
  b.connectTo(a);
  b.agree(a, 'client');
  network.clock.run(3 * ONE_WAY_MS + 1); // b's check was answered, and its first hello is here; it has not repeated it
  const agreedAt = network.clock.now();
  expect(a.transport.ice.stats().dropped.get('ice/unverified-data')).toBeUndefined();
  a.connectTo(b);
  a.agree(b, 'server');
  expect(network.clock.run(10_000, () => a.transport.dtls.state === 'connected')).toBe(true);
  expect(network.clock.now() - agreedAt).toBeLessThanOrEqual(4 * ONE_WAY_MS + 1);
  expect(b.transport.dtls.stats().flightsRetransmitted).toBe(0);
});

test('a server works on a ClientHello while its own check is under way, and answers when there is a pair', () => {
  const { network, a, b } = twoPeers();
  b.connectTo(a);
  b.agree(a, 'client');
  network.clock.run(3 * ONE_WAY_MS + 1);
  a.connectTo(b);
  a.agree(b, 'server');
  const { transport } = a;
  expect(transport.ice.selectedPair).toBeUndefined();
  expect([transport.dtls.state, transport.dtls.stats().datagramsSent]).toEqual(['connecting', 1]);
  expect(a.dtlsEvents).toEqual([]);
  for (let i = 0; i < 100; i++) b.transport.ice.send(b.now, new Uint8Array(13).fill(22), b); // a flood while nothing can be answered
  network.clock.run(10_000, () => transport.dtls.state === 'connected');
  expect(transport.dtls.state).toBe('connected');
  expect(transport.dtls.stats().flightsRetransmitted).toBe(0);
  expect(transport.unknownPackets).toBeGreaterThan(80);
});

test('inputs from within an event are handled by the drain that runs', () => {
  const { network, a, b } = twoPeers();
  const channel = a.channels.open(a.now, { label: 'chat' });
  a.onChannelEvent = (event) => {
    if (event.type !== 'channel-opened') return;
    a.send(channel, 'from within'); // drains, nested
  };
  b.connectTo(a);
  a.connectTo(b);
  a.agree(b, 'server');
  b.agree(a, 'client');
  network.clock.run(2_000, () => b.messages.length > 0);
  expect(b.messages).toEqual(['from within']);
});

test('another association may follow on the same ICE agent', () => {
  const { network, a, b } = twoPeers();
  b.connectTo(a);
  a.connectTo(b);
  a.agree(b, 'server');
  b.agree(a, 'client');
  network.clock.run(2_000, () => a.transport.dtls.state === 'connected');
  for (const peer of [a, b]) {
    peer.channels.abort(peer.now);
    peer.settle();
    peer.transport.replaceAssociation(peer.now);
    peer.channels = peer.newChannels();
    peer.transport.attach(peer.now, peer.channels);
  }
  const channel = a.channels.open(a.now, { label: 'again' });
  a.agree(b, 'client');
  b.agree(a, 'server');
  network.clock.run(5_000, () => a.channelEvents.some((event) => event.type === 'channel-opened'));
  a.send(channel, 'again');
  network.clock.run(1_000, () => b.messages.length > 0);
  expect(b.messages).toEqual(['again']);
});

test('closing ends it at both ends, and leaves no timer', () => {
  const { network, a, b } = twoPeers();
  a.channels.open(a.now, { label: 'chat' });
  b.connectTo(a);
  a.connectTo(b);
  a.agree(b, 'server');
  b.agree(a, 'client');
  network.clock.run(2_000, () => b.channelEvents.some(({ type }) => type === 'channel-announced'));
  a.close();
  network.clock.run(1_000);
  expect(b.transport.dtls.state).toBe('closed');
  expect(b.channelEvents.at(-1)).toMatchObject({ type: 'closed', reason: 'aborted-by-peer' });
  expect(a.transport.deadline).toBe(Infinity);
});

test('what is neither STUN nor DTLS is counted and goes nowhere', () => {
  const { network, a, b } = twoPeers();
  b.connectTo(a);
  a.connectTo(b);
  network.clock.run(1_000);
  const rtp = new Uint8Array(40).fill(0x80);
  expect(b.transport.ice.send(b.now, rtp, b)).toBe(true);
  network.clock.run(1_000);
  expect(a.transport.unknownPackets).toBe(1);
});

/** Keeps what comes, and sends what it is given. */
class Tape implements MediaLayer {
  readonly deadline = NEVER;
  readonly heard: { readonly kind: 'rtp' | 'rtcp'; readonly bytes: Uint8Array }[] = [];
  readonly waiting: { readonly kind: 'rtp' | 'rtcp'; readonly bytes: Uint8Array }[] = [];
  readonly turns: string[] = [];

  connect(): void {
    this.turns.push('connect');
  }

  receiveRtp(_now: number, bytes: Uint8Array, offset: number, length: number): void {
    this.heard.push({ kind: 'rtp', bytes: bytes.slice(offset, offset + length) });
  }

  receiveRtcp(_now: number, bytes: Uint8Array, offset: number, length: number): void {
    this.heard.push({ kind: 'rtcp', bytes: bytes.slice(offset, offset + length) });
  }

  advance(): void {}

  drain(outputs: MediaOutputs): void {
    for (const { kind, bytes } of this.waiting.splice(0)) outputs[kind](bytes, 0, bytes.length);
  }

  pathChanged(): void {
    this.turns.push('path');
  }

  disconnect(): void {
    this.turns.push('disconnect');
  }
}

describe('media', () => {
  const rtp = Uint8Array.of(0x80, 96, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4);
  const rtcp = Uint8Array.of(0x80, 201, 0, 1, 0, 0, 0, 3);

  function withMedia() {
    const peers = twoPeers();
    const { a, b } = peers;
    const [tapeA, tapeB] = [new Tape(), new Tape()];
    a.transport.attachMedia(a.now, tapeA);
    b.transport.attachMedia(b.now, tapeB);
    b.connectTo(a);
    a.connectTo(b);
    a.agree(b, 'server');
    b.agree(a, 'client');
    peers.network.clock.run(1_000, () => tapeA.turns.length > 0 && tapeB.turns.length > 0);
    return { ...peers, tapeA, tapeB };
  }

  test('goes under the keys of DTLS, RTP and RTCP told apart', () => {
    const { network, a, tapeA, tapeB } = withMedia();
    tapeA.waiting.push({ kind: 'rtp', bytes: rtp }, { kind: 'rtcp', bytes: rtcp });
    a.settle();
    network.clock.run(1_000, () => tapeB.heard.length === 2);
    expect(tapeB.heard).toEqual([
      { kind: 'rtp', bytes: rtp },
      { kind: 'rtcp', bytes: rtcp },
    ]);
    expect(a.transport.srtpStats!.sent).toMatchObject({ rtpPackets: 1, rtcpPackets: 1 });
  });

  test('does not go before there are keys, and no more after the association has ended', () => {
    const { network, a, b, tapeA, tapeB } = withMedia();
    expect([tapeA.turns, tapeB.turns]).toEqual([['connect'], ['connect']]);
    b.close();
    network.clock.run(1_000, () => tapeA.turns.includes('disconnect'));
    tapeA.waiting.push({ kind: 'rtp', bytes: rtp });
    a.settle();
    network.clock.run(1_000);
    expect(tapeB.heard).toEqual([]);
  });

  test('S-44: what is not authentic never reaches it', () => {
    const { network, a, tapeA, tapeB } = withMedia();
    const { transmit } = a;
    a.transmit = (bytes, path, socket) => {
      const changed = bytes.slice();
      if (changed[0] === 0x80) changed[changed.length - 1]! ^= 1;
      transmit.call(a, changed, path, socket);
    };
    tapeA.waiting.push({ kind: 'rtp', bytes: rtp }, { kind: 'rtcp', bytes: rtcp });
    a.settle();
    network.clock.run(1_000);
    expect(tapeB.heard).toEqual([]);
  });
});

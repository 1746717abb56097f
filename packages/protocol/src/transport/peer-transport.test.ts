import { VirtualNetwork } from '@maru/netsim';
import { expect, test } from 'vitest';
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

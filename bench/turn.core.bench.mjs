// The TURN server core alone: no sockets, one thread. What a relayed packet, an allocation and a stranger cost it.
// usage: node --expose-gc bench/turn.core.bench.mjs [--json]   (after npm run build)
import { nodeCrypto } from '@maru/node';
import { Malformed, SeededRandom, SILENT_LOG } from '@maru/protocol/core';
import {
  ChannelNumber,
  Data,
  decodeStunMessage,
  LongTermAuth,
  newTransactionId,
  RequestedTransport,
  StunEncoder,
  StunMethod,
  XorPeerAddress,
} from '@maru/protocol/stun';
import {
  DEFAULT_LIMITS,
  DEFAULT_SETTINGS,
  IpEndpoint,
  PeerPolicy,
  StaticCredentials,
  TurnServer,
} from '@maru/protocol/turn/server';

const PEER = '8.8.8.8';
const UNLIMITED = Number.POSITIVE_INFINITY;

/** A server whose relays open at once, and which counts what leaves. */
class Rig {
  constructor() {
    this.packets = 0;
    this.bytes = 0;
    this.sent = undefined;
    this.relays = [];
    this.now = 1_000;
    this.random = new SeededRandom(3);
    const limits = {
      ...DEFAULT_LIMITS,
      allocationsPerUser: UNLIMITED,
      allocationsPerAddress: UNLIMITED,
      allocationBps: 2_000_000_000,
    };
    const settings = {
      ...DEFAULT_SETTINGS,
      realm: 'bench',
      credentials: new StaticCredentials([{ username: 'ada', password: 'countess' }], nodeCrypto),
      peerPolicy: PeerPolicy.of(),
      relayAddresses: ['9.9.9.9', '9.9.9.8'].map((address) => ({ address, firstPort: 10_000, lastPort: 60_000 })),
      limits: { ...limits, allocations: 100_000, challengesPerSecond: 60_000 },
    };
    const count = (length) => {
      this.packets += 1;
      this.bytes += length;
    };
    const sink = {
      toPeer: (_relay, _peer, _bytes, _offset, length) => count(length),
      toChannel: (_path, _channel, _bytes, _offset, length) => count(length),
      toClient: (_path, _bytes, _offset, length) => count(length),
    };
    this.server = new TurnServer(settings, sink, { crypto: nodeCrypto, random: new SeededRandom(1), log: SILENT_LOG });
    this.listener = this.server.addListener('udp', IpEndpoint.of('9.9.9.1', 3_478));
    this.outputs = {
      transmit: (bytes) => {
        this.sent = bytes;
      },
      openRelay: (relay) => {
        this.relays.push(relay);
        this.server.relayOpened(this.now, relay);
      },
      closeRelay() {},
      connectPeer() {},
      closePeer() {},
      splice() {},
      closeClient() {},
      event() {},
    };
  }

  client(index) {
    const remote = new IpEndpoint();
    remote.setIpv4(Uint8Array.of(5, index >>> 16, index >>> 8, index), 0, 4_000 + (index & 255));
    return { remote, auth: new LongTermAuth('ada', 'countess', nodeCrypto) };
  }

  give(remote, bytes) {
    this.server.receive(this.now, this.listener, remote, bytes, 0, bytes.length);
    this.server.drain(this.outputs);
  }

  ask({ remote, auth }, method, fill) {
    const encoder = new StunEncoder().start('request', method, newTransactionId(this.random));
    fill(encoder);
    auth.sign(encoder);
    this.give(remote, encoder.finish().slice());
    return this.sent;
  }

  /** An allocation with its 401 round; the client's own work is part of the figure's baseline, measured apart. */
  allocate(client) {
    const wants = (encoder) => encoder.add(RequestedTransport, 17);
    const challenge = decodeStunMessage(this.ask(client, StunMethod.allocate, wants));
    if (challenge instanceof Malformed) throw new Error(challenge.reason);
    client.auth.onChallenge(challenge);
    this.ask(client, StunMethod.allocate, wants);
    return this.relays.at(-1);
  }

  bind(client, channel, port) {
    const fill = (encoder) => encoder.add(ChannelNumber, channel).add(XorPeerAddress, { address: PEER, port });
    this.ask(client, StunMethod.channelBind, fill);
  }
}

const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];

/** ns and allocated bytes for each call of `one(i)`, the median of nine runs. */
function measure(count, one) {
  const run = () => {
    const startedAt = process.hrtime.bigint();
    for (let i = 0; i < count; i++) one(i);
    return Number(process.hrtime.bigint() - startedAt) / count;
  };
  run();
  const ns = median(Array.from({ length: 9 }, run));
  globalThis.gc?.();
  const before = process.memoryUsage().heapUsed;
  for (let i = 0; i < 20_000; i++) one(i);
  return { 'ns per packet': ns, 'bytes allocated per packet': Math.max(0, (process.memoryUsage().heapUsed - before) / 20_000) };
}

function relaying(clients, payloadBytes) {
  const rig = new Rig();
  const ends = Array.from({ length: clients }, (_, i) => {
    const client = rig.client(i);
    const relay = rig.allocate(client);
    rig.bind(client, 0x4000, 1_000 + i);
    return { client, relay, peer: IpEndpoint.of(PEER, 1_000 + i), stranger: IpEndpoint.of(PEER, 9_000) };
  });
  const payload = new Uint8Array(payloadBytes).fill(7);
  const channel = new Uint8Array(4 + payloadBytes);
  channel.set([0x40, 0, payloadBytes >> 8, payloadBytes & 255]);
  const send = new StunEncoder()
    .start('indication', StunMethod.send, newTransactionId(rig.random))
    .add(XorPeerAddress, { address: PEER, port: 2_000 })
    .add(Data, payload)
    .finish()
    .slice();
  const { server, listener } = rig;
  const at = (i) => ends[i % clients];
  const rows = {
    'ChannelData, client to peer': (i) => server.receive(rig.now, listener, at(i).client.remote, channel, 0, channel.length),
    'ChannelData, peer to client': (i) => server.receiveFromPeer(rig.now, at(i).relay, at(i).peer, payload, 0, payloadBytes),
    'Send indication, client to peer': (i) => server.receive(rig.now, listener, at(i).client.remote, send, 0, send.length),
    'Data indication, peer to client': (i) =>
      server.receiveFromPeer(rig.now, at(i).relay, at(i).stranger, payload, 0, payloadBytes),
  };
  return Object.entries(rows).map(([what, one]) => {
    rig.packets = 0;
    const timed = (i) => {
      rig.now += 0.025; // 40,000 packets a second
      one(i);
    };
    const figures = measure(200_000, timed);
    rig.now -= 0.025 * 2_020_000;
    if (rig.packets !== 2_020_000) throw new Error(`${what}: ${rig.packets} of 2020000 relayed`);
    return { what: `${what}, ${clients} clients, ${payloadBytes} B`, ...figures };
  });
}

function allocating(count) {
  const rig = new Rig();
  const warm = new Rig();
  for (let i = 0; i < 2_000; i++) warm.allocate(warm.client(i));
  globalThis.gc?.();
  const heap = () => process.memoryUsage().heapUsed + process.memoryUsage().external;
  const clients = Array.from({ length: count }, (_, i) => rig.client(i));
  for (const client of clients) client.auth = undefined;
  globalThis.gc?.();
  const before = heap();
  const auths = new LongTermAuth('ada', 'countess', nodeCrypto);
  const startedAt = process.cpuUsage();
  for (const client of clients) {
    client.auth = new LongTermAuth('ada', 'countess', nodeCrypto);
    rig.allocate(client);
    client.auth = auths;
  }
  const { user, system } = process.cpuUsage(startedAt);
  rig.relays.length = 0;
  globalThis.gc?.();
  const bytes = (heap() - before) / count;
  for (const client of clients.slice(0, 1)) rig.bind(client, 0x4000, 1);
  return { what: `${count} allocations`, 'us of CPU each, both ends': (user + system) / count, 'bytes held each': bytes };
}

function strangers(count) {
  const rig = new Rig();
  const bytes = new StunEncoder()
    .start('request', StunMethod.allocate, new Uint8Array(12))
    .add(RequestedTransport, 17)
    .finish()
    .slice();
  const source = new IpEndpoint();
  const run = (limit) => {
    const startedAt = process.hrtime.bigint();
    for (let i = 0; i < count; i++) {
      rig.now += 0.05;
      source.setIpv4Word(limit ? 0x0505_0505 : (0x0600_0000 + i) | 0, 9);
      rig.give(source, bytes);
    }
    return Number(process.hrtime.bigint() - startedAt) / count / 1_000;
  };
  run(false);
  globalThis.gc?.();
  const before = process.memoryUsage().heapUsed;
  const us = run(false);
  globalThis.gc?.();
  return {
    what: `${count} unauthenticated Allocates, each from another address`,
    'us each': us,
    'bytes held': process.memoryUsage().heapUsed - before,
  };
}

const rows = [...relaying(20, 1_160), ...relaying(20, 160), ...relaying(2_000, 1_160), allocating(10_000), strangers(100_000)];
if (process.argv.includes('--json')) console.log(JSON.stringify({ node: process.version, rows }));
else
  for (const { what, ...figures } of rows)
    console.log(
      what.padEnd(66),
      Object.entries(figures)
        .map(([name, value]) => `${value.toFixed(1)} ${name}`)
        .join(', '),
    );

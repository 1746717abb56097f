// Live ends in memory, made anew for each input: two SCTP associations, two DTLS connections.
import { generateCertificateSync, nodeCrypto } from '@maru/node';
import { Malformed, NEVER, SeededRandom, SILENT_LOG } from '@maru/protocol/core';
import { DataChannels } from '@maru/protocol/datachannel';
import { DtlsConnection, fingerprintOf } from '@maru/protocol/dtls';
import {
  ChannelNumber,
  decodeStunMessage,
  LongTermAuth,
  newTransactionId,
  RequestedTransport,
  StunEncoder,
  StunMethod,
  XorPeerAddress,
} from '@maru/protocol/stun';
import { DEFAULT_SETTINGS, IpEndpoint, PeerPolicy, StaticCredentials, TurnServer } from '@maru/protocol/turn/server';

export const PATH = { localAddress: '10.0.0.1', localPort: 1, remoteAddress: '10.0.0.2', remotePort: 2 };

/** @param {number} seed */
export const context = (seed) => ({ random: new SeededRandom(seed), crypto: nodeCrypto, log: SILENT_LOG });

/** Data channels over an association, with what comes out of them. */
export class ChannelEnd {
  /** @param {number} seed */
  constructor(seed) {
    this.channels = new DataChannels({ maxMessageBytes: 65_536, initialTsn: 0xffff_fff0 }, context(seed));
    /** @type {Uint8Array[]} */
    this.outgoing = [];
    /** @type {string[]} */
    this.told = [];
    this.key = 0;
  }

  settle() {
    this.channels.drain({
      transmit: (bytes) => this.outgoing.push(bytes.slice()),
      event: (event) => {
        this.told.push(event.type);
        if (event.type === 'channel-announced') this.key = event.channel;
      },
      message: (_channel, kind, bytes) => this.told.push(`${kind} ${bytes.length}`),
    });
  }

  /** What must not depend on anything but the inputs. */
  summary() {
    const { smoothedRttMs: _, ...counts } = this.channels.snapshot();
    return { told: this.told, sent: this.outgoing.length, drops: [...this.channels.droppedByReason], counts };
  }
}

/** Two ends, connected, with a channel each way and a little said. `seen` are the packets to `b`, in order. */
export function connectedPair() {
  const a = new ChannelEnd(1);
  const b = new ChannelEnd(2);
  const seen = [];
  let now = 0;
  a.channels.connect(now, 'client');
  b.channels.connect(now, 'server');
  a.key = a.channels.open(now, { label: 'fuzz', protocol: '', ordered: true, priority: 'low' });
  const exchange = () => {
    for (let turns = 0; turns < 20; turns++) {
      a.settle();
      b.settle();
      const [toB, toA] = [a.outgoing.splice(0), b.outgoing.splice(0)];
      if (toB.length + toA.length === 0) return;
      for (const bytes of toB) seen.push(bytes);
      for (const bytes of toB) b.channels.receive(now, bytes, PATH);
      for (const bytes of toA) a.channels.receive(now, bytes, PATH);
    }
  };
  exchange();
  a.channels.send(now, a.key, 'text', new TextEncoder().encode('hello'));
  a.channels.send(now, a.key, 'binary', new Uint8Array(3_000).fill(7));
  exchange();
  now += 300;
  a.channels.advance(now);
  b.channels.advance(now);
  exchange();
  return { a, b, seen, now };
}

/** Runs the timers of `end` for as long as they ask for it, at most `times` times. */
export function runTimers(end, now, times) {
  let at = now;
  for (let left = times; left > 0 && end.channels.deadline !== NEVER; left--) {
    at = Math.max(at, end.channels.deadline);
    end.channels.advance(at);
    end.settle();
  }
  return at;
}

const certificate = generateCertificateSync();
const fingerprint = fingerprintOf(nodeCrypto, certificate.chain[0]);

/** One end of DTLS, begun. @param {'client' | 'server'} role */
export function dtlsEnd(role) {
  const connection = new DtlsConnection({ certificate, path: PATH }, context(role === 'client' ? 11 : 12));
  const end = { connection, outgoing: [], told: [] };
  connection.expectFingerprints(0, [fingerprint]);
  connection.start(0, role);
  end.settle = () =>
    connection.drain({
      transmit: (bytes) => end.outgoing.push(bytes.slice()),
      event: (event) => end.told.push(event.type === 'failed' ? event.failure.code : event.type),
      data: (bytes) => end.told.push(`data ${bytes.length}`),
    });
  end.settle();
  return end;
}

/** What a server and a client hear in an honest handshake, as datagrams. */
export function recordedHandshake() {
  const client = dtlsEnd('client');
  const server = dtlsEnd('server');
  const heard = { client: [], server: [] };
  for (let turns = 0; turns < 10; turns++) {
    const [toServer, toClient] = [client.outgoing.splice(0), server.outgoing.splice(0)];
    heard.server.push(...toServer);
    heard.client.push(...toClient);
    for (const bytes of toServer) server.connection.receive(turns, bytes, PATH);
    for (const bytes of toClient) client.connection.receive(turns, bytes, PATH);
    if (turns === 5) client.connection.send(new Uint8Array(20));
    client.settle();
    server.settle();
  }
  return { ...heard, certificate: certificate.chain[0] };
}

const NO_ADDRESS = new IpEndpoint();
const CLIENT = IpEndpoint.of('5.5.5.5', 4_000) ?? NO_ADDRESS;
const FUZZ_PEER = { address: '8.8.8.8', port: 7 };

/** A TURN server with an allocation that has a permission and a channel. `seen` are the messages that led there. */
export class AllocatedServer {
  constructor() {
    /** @type {Uint8Array[]} */
    this.seen = [];
    /** @type {unknown[]} */
    this.said = [];
    this.now = 1_000;
    const count =
      (what) =>
      (...args) =>
        void this.said.push([what, args.at(-1)]);
    const packets = { toPeer: count('peer'), toChannel: count('channel'), toClient: count('client') };
    const settings = {
      ...DEFAULT_SETTINGS,
      realm: 'fuzz',
      credentials: new StaticCredentials([{ username: 'ada', password: 'countess' }], nodeCrypto),
      peerPolicy: PeerPolicy.of(),
      relayAddresses: ['9.9.9.9', '2a00:9::9'].map((address) => ({ address, firstPort: 50_000, lastPort: 50_099 })),
      allowsMobility: true,
      behaviourDiscovery: true,
    };
    this.server = new TurnServer(settings, packets, context(11));
    const listeners = ['9.9.9.1', '9.9.9.2'].flatMap((address) =>
      [3_478, 3_479].map((port) => this.server.addListener('udp', IpEndpoint.of(address, port) ?? NO_ADDRESS)),
    );
    this.udp = listeners[0];
    this.tcp = this.server.addListener('tcp', IpEndpoint.of('9.9.9.1', 3_478) ?? NO_ADDRESS);
    this.relay = undefined;
    this.answers = [];
    this.auth = new LongTermAuth('ada', 'countess', nodeCrypto);
    this.random = context(12).random;
    const wants = (encoder) => encoder.add(RequestedTransport, 17);
    const challenge = decodeStunMessage(this.ask(StunMethod.allocate, wants));
    if (!(challenge instanceof Malformed)) this.auth.onChallenge(challenge);
    this.ask(StunMethod.allocate, wants);
    this.ask(StunMethod.createPermission, (encoder) => encoder.add(XorPeerAddress, FUZZ_PEER));
    this.ask(StunMethod.channelBind, (encoder) => encoder.add(ChannelNumber, 0x4000).add(XorPeerAddress, FUZZ_PEER));
    this.ask(StunMethod.refresh, () => {});
  }

  ask(method, fill) {
    const encoder = new StunEncoder().start('request', method, newTransactionId(this.random));
    fill(encoder);
    this.auth.sign(encoder);
    const bytes = encoder.finish().slice();
    this.seen.push(bytes);
    this.give(bytes);
    return this.answers.at(-1);
  }

  /** One datagram from the client that has the allocation. */
  give(bytes) {
    this.server.receive(this.now, this.udp, CLIENT, bytes, 0, bytes.length);
    this.settle();
  }

  settle() {
    const note = (what) => () => void this.said.push(what);
    this.server.drain({
      transmit: (bytes) => {
        this.answers.push(bytes.slice());
        this.said.push([...bytes]);
      },
      openRelay: (relay) => {
        this.relay = relay;
        this.server.relayOpened(this.now, relay);
      },
      closeRelay: note('close-relay'),
      connectPeer: note('connect-peer'),
      closePeer: note('close-peer'),
      splice: note('splice'),
      closeClient: (_path, reason) => void this.said.push(reason),
      event: (event) => void this.said.push(event.type),
    });
  }

  /** The bytes again: signed by the user, so that they get past the integrity that fuzzing cannot guess. */
  signed(bytes) {
    const message = decodeStunMessage(bytes);
    if (message instanceof Malformed) return bytes;
    const encoder = new StunEncoder().start('request', message.method, message.transactionId);
    for (const { type, value } of message.attributes) {
      const isOfAuth = [0x0006, 0x0008, 0x0014, 0x0015, 0x001c, 0x001d, 0x001e, 0x8002, 0x8028].includes(type);
      if (!isOfAuth) encoder.add({ type, name: '', decode: () => value, encode: (raw, out) => void out.raw(raw) }, value);
    }
    this.auth.sign(encoder);
    return encoder.finish().slice();
  }
}

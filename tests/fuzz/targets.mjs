// One target for each parser that reads what others send. `run` must not throw and must answer by its bytes alone.

import { generateCertificateSync } from '@maru/node';
import { Malformed } from '@maru/protocol/core';
import { CookieJar, readCertificate, screenClientHello } from '@maru/protocol/dtls';
import { parseCandidate, parseIceServerUrl } from '@maru/protocol/ice';
import {
  applyDescription,
  createAnswer,
  createOffer,
  dataOutcome,
  JsepFault,
  mediaOutcome,
  NEW_NEGOTIATION,
  needsExchange,
  readMedia,
  remoteCandidates,
  transportOutcome,
  verifyRemote,
} from '@maru/protocol/jsep';
import * as sdp from '@maru/protocol/sdp';
import { formatSdp, parseSdp, SdpMalformed } from '@maru/protocol/sdp';
import * as stun from '@maru/protocol/stun';
import { checkFingerprint, decodeStunMessage, isStun, StreamFramer } from '@maru/protocol/stun';
import { PeerTransport, packetKind } from '@maru/protocol/transport';
import { decodeChannelData, isChannelData, turnFrameSize } from '@maru/protocol/turn';
import {
  parseJson,
  validateClientMessage,
  validateClientOpening,
  validateEnvelope,
  validateServerFrame,
  validateServerMessage,
} from '@maru/signaling';
import { decodeMdns, encodeMdnsQuery, encodeMdnsResponse } from '../../packages/node/dist/mdns/message.js';
import { decodeOpen } from '../../packages/protocol/dist/datachannel/dcep/open.js';
import { sealPacket, verificationTag } from '../../packages/protocol/dist/sctp/packet.js';
import { ChannelEnd, connectedPair, context, dtlsEnd, PATH, recordedHandshake, runTimers } from './associations.mjs';
import { bytesOf, framed, hexVectors, jsonVector, textVectors, unframed } from './seeds.mjs';

const text = (bytes) => new TextDecoder().decode(bytes);
/** A refusal by its reason: the value itself may be one shared object. */
const plain = (value) => (value instanceof Malformed ? `refused: ${value.reason}` : value);

/** Every attribute that the house reads: what `@maru/protocol/stun` exports and has a type and a decoder. */
const ATTRIBUTES = Object.values(stun).filter((one) => typeof one?.decode === 'function' && typeof one.type === 'number');

/** What reads the values of SDP attributes: each gets every value, whatever the name before it. */
const ATTRIBUTE_PARSERS = Object.entries(sdp)
  .filter(([name]) => name.startsWith('parse') && name !== 'parseSdp')
  .map(([, parse]) => parse);

/** A Binding request with one attribute of `length` bytes, all 1: most families of addresses are that. */
function stunWith(type, length) {
  const bytes = new Uint8Array(24 + length);
  bytes.set([0, 1, 0, 4 + length, 0x21, 0x12, 0xa4, 0x42]);
  bytes.set([type >> 8, type & 0xff, 0, length, ...new Uint8Array(length).fill(1)], 20);
  return bytes;
}

const handshake = recordedHandshake();
const jar = new CookieJar(context(5).crypto, context(5).random);
const sctpSeeds = connectedPair().seen;
const sdpSeeds = () => textVectors('sdp', '.sdp');

/** A transceiver that takes whatever codecs and layers a section offers. */
function everythingOffered({ kind, mid, codecs, extensions, sendEncodings }, takesSimulcast) {
  const sources = [{ ssrc: 1, rtxSsrc: 2 }];
  const sender = { streamIds: ['stream'], trackId: 'track', cname: 'somebody', sources, encodings: sendEncodings };
  const wanted = {
    direction: 'sendrecv',
    codecs,
    hasPreferences: takesSimulcast,
    extensions: extensions.map(bothWays),
    takesSimulcast,
  };
  return { kind, mid, isStopped: false, ...sender, ...wanted };
}

function bothWays({ uri }) {
  return { uri, direction: 'sendrecv' };
}

/** SCTP that gets past the tag and the checksum: those are what fuzzing finds last. */
function sealed(bytes, tag) {
  const packet = bytes.length >= 12 ? bytes.slice() : new Uint8Array(12);
  sealPacket(packet, packet.length, 5_000, 5_000, tag, true);
  return packet;
}

/**
 * `covers`: the beginnings of paths, below packages/, of the code that a target is there for.
 * @type {Record<string, { covers: readonly string[], seeds(): Uint8Array[], run(bytes: Uint8Array): unknown }>}
 */
export const TARGETS = {
  stun: {
    covers: [
      'protocol/dist/stun/message',
      'protocol/dist/stun/attributes/',
      'protocol/dist/stun/fingerprint',
      'protocol/dist/stun/attribute.',
    ],
    seeds: () => [...hexVectors('stun'), ...ATTRIBUTES.flatMap(({ type }) => [4, 8, 20].map((length) => stunWith(type, length)))],
    run(bytes) {
      const message = decodeStunMessage(bytes);
      if (message instanceof Malformed) return [isStun(bytes), plain(message)];
      const values = ATTRIBUTES.map((attribute) => message.readAll(attribute).map(plain));
      return [isStun(bytes), { ...message, bytes: undefined }, checkFingerprint(message), values];
    },
  },

  'turn-channel-data': {
    covers: ['protocol/dist/turn/channel-data'],
    seeds: () => [new Uint8Array([0x40, 0, 0, 4, 1, 2, 3, 4]), new Uint8Array([0x4f, 0xff, 0, 1, 9, 0, 0, 0])],
    run: (bytes) => [isChannelData(bytes), plain(decodeChannelData(bytes))],
  },

  'stream-framer': {
    covers: ['protocol/dist/stun/stream-framer', 'protocol/dist/turn/channel-data'],
    seeds: () => [framed([...hexVectors('stun', /rfc5769/), new Uint8Array([0x40, 0, 0, 4, 1, 2, 3, 4])])],
    run(bytes) {
      const framer = new StreamFramer(turnFrameSize, 4_096);
      const frames = [];
      for (const part of unframed(bytes)) framer.feed(part, (frame) => frames.push([...frame]));
      return [frames, framer.failed, framer.bufferedBytes];
    },
  },

  'ice-candidate': {
    covers: ['protocol/dist/ice/candidate-text', 'protocol/dist/ice/server-url'],
    seeds: () => [
      ...jsonVector('ice', 'candidates.json').map(({ line }) => bytesOf(line)),
      bytesOf('turns:[2001:db8::1]:5349?transport=tcp'),
      bytesOf('stun:example.org'),
    ],
    run: (bytes) => [plain(parseCandidate(text(bytes))), plain(parseIceServerUrl(text(bytes)))],
  },

  mdns: {
    covers: ['node/dist/mdns/message'],
    seeds: () => [
      encodeMdnsQuery('1f4712db-ea17-4bcf-a596-105139dfd8bf.local'),
      encodeMdnsResponse('1f4712db-ea17-4bcf-a596-105139dfd8bf.local', [new Uint8Array([192, 0, 2, 1]), new Uint8Array(16)]),
    ],
    run: (bytes) => plain(decodeMdns(bytes)),
  },

  'dtls-server': {
    covers: [
      'protocol/dist/dtls/server-handshake',
      'protocol/dist/dtls/connection',
      'protocol/dist/dtls/reassembly',
      'protocol/dist/dtls/messages/',
    ],
    seeds: () => [
      framed(handshake.server),
      framed(hexVectors('dtls', /datagrams/)),
      ...handshake.server.map((one) => framed([one])),
    ],
    run(bytes) {
      const end = dtlsEnd('server');
      for (const datagram of unframed(bytes)) {
        end.connection.receive(1, datagram, PATH);
        end.settle();
      }
      return [end.connection.state, end.told];
    },
  },

  'dtls-client': {
    covers: [
      'protocol/dist/dtls/client-handshake',
      'protocol/dist/dtls/connection',
      'protocol/dist/dtls/reassembly',
      'protocol/dist/dtls/messages/',
    ],
    seeds: () => [framed(handshake.client), ...handshake.client.map((one) => framed([one]))],
    run(bytes) {
      const end = dtlsEnd('client');
      for (const datagram of unframed(bytes)) {
        end.connection.receive(1, datagram, PATH);
        end.settle();
      }
      return [end.connection.state, end.told];
    },
  },

  'dtls-cookie-gate': {
    covers: ['protocol/dist/dtls/cookie'],
    seeds: () => [...handshake.server.slice(0, 2), ...hexVectors('dtls', /datagrams/)],
    run: (bytes) => plain(screenClientHello(bytes, PATH, jar)),
  },

  x509: {
    covers: ['protocol/dist/dtls/x509/certificate.', 'protocol/dist/dtls/x509/der-reader', 'protocol/dist/dtls/x509/public-key'],
    seeds: () => [handshake.certificate],
    run: (bytes) => plain(readCertificate(bytes)),
  },

  'sctp-first-packet': {
    covers: ['protocol/dist/sctp/'],
    seeds: () => sctpSeeds.slice(0, 3).map((packet) => framed([packet])),
    run(bytes) {
      const end = new ChannelEnd(2);
      end.channels.connect(0, 'server');
      end.settle();
      for (const packet of unframed(bytes)) {
        end.channels.receive(1, sealed(packet, verificationTag(sealed(packet, 0))), PATH);
        end.settle();
      }
      runTimers(end, 1, 4);
      return end.summary();
    },
  },

  'sctp-established': {
    covers: ['protocol/dist/sctp/'],
    seeds: () => [
      ...sctpSeeds.map((packet) => framed([packet])),
      ...hexVectors('sctp').map((chunk) => framed([withHeader(chunk)])),
    ],
    run(bytes) {
      const { b, seen, now } = connectedPair();
      const tag = verificationTag(seen.at(-1));
      b.outgoing.length = 0;
      for (const packet of unframed(bytes)) {
        b.channels.receive(now, sealed(packet, tag), PATH);
        b.settle();
      }
      runTimers(b, now, 6);
      return b.summary();
    },
  },

  dcep: {
    covers: ['protocol/dist/datachannel/dcep/open'],
    seeds: () => hexVectors('datachannel'),
    run: (bytes) => plain(decodeOpen(bytes)),
  },

  sdp: {
    covers: ['protocol/dist/sdp/'],
    seeds: sdpSeeds,
    run(bytes) {
      const tree = parseSdp(text(bytes));
      if (tree instanceof SdpMalformed) return tree.reason;
      const written = formatSdp(tree);
      const again = parseSdp(written);
      if (again instanceof SdpMalformed) throw new Error(`what we write we refuse: ${again.reason}`);
      if (formatSdp(again) !== written) throw new Error('writing twice differs');
      const values = [tree, ...tree.media].flatMap(({ attributes }) => attributes.map(({ value = '' }) => value));
      return [written, values.map((value) => ATTRIBUTE_PARSERS.map((parse) => parse(value)))];
    },
  },

  jsep: {
    covers: ['protocol/dist/jsep/'],
    seeds: sdpSeeds,
    run(bytes) {
      const tree = parseSdp(text(bytes));
      if (tree instanceof SdpMalformed) return tree.reason;
      const fault = verifyRemote('offer', tree, NEW_NEGOTIATION);
      if (fault instanceof JsepFault) return `${fault}`;
      const offered = applyDescription(NEW_NEGOTIATION, 'remote', { type: 'offer', tree });
      const data = { port: 5_000, maxMessageSize: 262_144 };
      const ends = { identity: { id: '1', version: 1 }, data };
      const media = tree.media.flatMap((_, index) => {
        const described = readMedia(tree, index);
        return described ? [everythingOffered(described, index % 2 === 0)] : [];
      });
      const transport = {
        ice: { ufrag: 'abcd', password: 'a'.repeat(22) },
        isIceLite: false,
        fingerprints: [],
        tlsId: undefined,
        candidates: [],
        isGatheringComplete: false,
      };
      const answer = createAnswer({ ...ends, offer: tree, media, establishedSetup: undefined, transport });
      const agreed = applyDescription(offered, 'local', { type: 'answer', tree: answer });
      const { current } = agreed;
      const places = tree.media.map((_, index) => [remoteCandidates(tree, index), mediaOutcome(current, index)]);
      const next = createOffer({ ...ends, negotiation: agreed, media, transport: { ...transport, setup: 'actpass' } });
      const needs = media.map((wish) => needsExchange(wish, agreed));
      return [formatSdp(answer), formatSdp(next), transportOutcome(current), dataOutcome(current), places, needs];
    },
  },

  'signaling-json': {
    covers: ['signaling/dist/'],
    seeds: () =>
      [
        '{"id":1,"message":{"type":"mute","kind":"audio","muted":true}}',
        '{"type":"hello","version":1,"session":"room","token":"t","name":"Ada"}',
        '{"ack":3}',
        '{"type":"closed","code":"session/ended"}',
        '{"seq":2,"message":{"type":"signal","to":"c_1","signal":{"type":"description","description":{"type":"offer","sdp":"v=0"}}}}',
      ].map(bytesOf),
    run(bytes) {
      const parsed = parseJson(text(bytes));
      if (!parsed.ok) return parsed;
      const { value } = parsed;
      const checks = [validateClientMessage, validateClientOpening, validateEnvelope, validateServerFrame, validateServerMessage];
      return checks.map((check) => check(value));
    },
  },

  transport: {
    covers: ['protocol/dist/transport/'],
    seeds: () =>
      [...hexVectors('stun', /rfc5769/), ...handshake.server.slice(0, 1), new Uint8Array([0x80, 96, 0, 1])].map((one) =>
        framed([one]),
      ),
    run(bytes) {
      const transport = new PeerTransport({ ice: { role: 'controlled' }, certificate }, context(9));
      const told = [];
      const outputs = {
        transmit: (datagram) => told.push(datagram.length),
        write: () => {},
        iceEvent: ({ type }) => told.push(type),
        dtlsEvent: ({ type }) => told.push(type),
        channelEvent: ({ type }) => told.push(type),
        message: () => told.push('message'),
      };
      for (const datagram of unframed(bytes)) {
        told.push(packetKind(datagram));
        transport.receive(1, datagram, PATH);
        transport.drain(outputs);
      }
      return [told, transport.unknownPackets];
    },
  },

  // Each byte is something that happens to a live pair: packets lost, doubled, late, changed; time, messages, closing.
  peer: {
    covers: ['protocol/dist/sctp/', 'protocol/dist/datachannel/'],
    seeds: () => [
      Uint8Array.from({ length: 64 }, (_, i) => (i * 37) & 0xff),
      Uint8Array.from({ length: 120 }, (_, i) => [0, 1, 2, 3][i % 4] ^ (i << 3)),
    ],
    run(bytes) {
      const pair = connectedPair();
      let { now } = pair;
      const wires = { a: [], b: [] };
      for (const byte of bytes.subarray(0, 400)) {
        const [from, to] = byte & 1 ? ['a', 'b'] : ['b', 'a'];
        const wire = wires[to];
        const amount = byte >> 4;
        switch ((byte >> 1) & 7) {
          case 0:
            pair[from].channels.send(now, pair[from].key, 'binary', new Uint8Array(amount * amount * 40));
            break;
          case 1:
            for (const packet of wire.splice(0, amount + 1)) pair[to].channels.receive(now, packet, PATH);
            break;
          case 2:
            wire.splice(0, amount >> 2);
            break;
          case 3:
            if (wire.length > 0) wire.push(wire[amount % wire.length].slice());
            break;
          case 4:
            wire.reverse();
            break;
          case 5:
            now += amount * amount;
            for (const end of [pair.a, pair.b]) end.channels.advance(now);
            break;
          case 6:
            if (wire.length > 0) wire[0][(byte * 7) % wire[0].length] ^= byte;
            break;
          default:
            if (amount === 15) pair[from].channels.close(now, pair[from].key);
            else
              pair[from].key = pair[from].channels.open(now, {
                label: `${amount}`,
                protocol: '',
                ordered: amount > 7,
                maxRetransmits: amount,
                priority: 'high',
              });
        }
        pair.a.settle();
        pair.b.settle();
        wires.b.push(...pair.a.outgoing.splice(0));
        wires.a.push(...pair.b.outgoing.splice(0));
      }
      return [pair.a.summary(), pair.b.summary()];
    },
  },
};

const certificate = generateCertificateSync();

/** A chunk behind a common header. */
function withHeader(chunk) {
  const packet = new Uint8Array(12 + chunk.length);
  packet.set(chunk, 12);
  return packet;
}

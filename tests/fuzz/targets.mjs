// One target for each parser that reads what others send. `run` must not throw and must answer by its bytes alone.

import { generateCertificateSync, nodeCrypto } from '@maru/node';
import { ByteWriter } from '@maru/protocol/bytes';
import { Malformed, SRTP_PROFILES } from '@maru/protocol/core';
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
  transportOutcomes,
  verifyRemote,
} from '@maru/protocol/jsep';
import { decodeRtcp, encodeRtcp } from '@maru/protocol/rtcp';
import * as rtp from '@maru/protocol/rtp';
import {
  DependencyDescriptorReader,
  decodeVideoLayersAllocation,
  RtpPacketView,
  remapExtensions,
  TokenReader,
  unwrapRtx,
} from '@maru/protocol/rtp';
import * as sdp from '@maru/protocol/sdp';
import { formatSdp, parseSdp, SdpMalformed } from '@maru/protocol/sdp';
import { SrtpReceiver, SrtpSender } from '@maru/protocol/srtp';
import * as stun from '@maru/protocol/stun';
import { checkFingerprint, decodeStunMessage, isStun, StreamFramer } from '@maru/protocol/stun';
import { PeerTransport, packetKind } from '@maru/protocol/transport';
import { decodeChannelData, isChannelData, turnFrameSize } from '@maru/protocol/turn';
import { IpEndpoint } from '@maru/protocol/turn/server';
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
import {
  AllocatedServer,
  ChannelEnd,
  connectedPair,
  context,
  dtlsEnd,
  PATH,
  recordedHandshake,
  runTimers,
} from './associations.mjs';
import { payloadSeeds, readPayloads } from './payloads.mjs';
import { bytesOf, framed, hexVectors, jsonVector, srtpVectors, textVectors, unframed } from './seeds.mjs';

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

  /** As a datagram of who has an allocation, the same signed by him, from a stranger, from a peer, and in pieces on a stream. */
  'turn-server': {
    covers: ['protocol/dist/turn/server/'],
    seeds: () => [...new AllocatedServer().seen, new Uint8Array([0x40, 0, 0, 4, 1, 2, 3, 4]), ...hexVectors('stun', /rfc5769/)],
    run(bytes) {
      const world = new AllocatedServer();
      const { server, now } = world;
      world.said.length = 0;
      world.give(bytes);
      world.give(world.signed(bytes));
      const stranger = IpEndpoint.of('6.6.6.6', 6);
      if (stranger && world.udp) server.receive(now, world.udp, stranger, bytes, 0, bytes.length);
      if (stranger && world.relay) server.receiveFromPeer(now, world.relay, stranger, bytes, 0, bytes.length);
      const path = stranger && server.openClient(now, world.tcp, stranger);
      const half = bytes.length >> 1;
      if (path) server.receiveFromClient(now, path, bytes, 0, half);
      if (path) server.receiveFromClient(now, path, bytes, half, bytes.length - half);
      world.settle();
      server.advance(now + 10_000);
      world.settle();
      return [world.said, [...server.allocations()], server.statistics.dropped];
    },
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
      const describe = (mids) => ({
        ice: { ufrag: `abcd${mids[0]}`, password: 'a'.repeat(22) },
        isIceLite: false,
        fingerprints: [],
        tlsId: undefined,
        candidates: [],
        isGatheringComplete: false,
        role: undefined,
      });
      const bundlePolicy = ['balanced', 'max-compat', 'max-bundle'][bytes.length % 3];
      const answer = createAnswer({ ...ends, offer: tree, media, bundlePolicy, transport: describe });
      const agreed = applyDescription(offered, 'local', { type: 'answer', tree: answer });
      const { current } = agreed;
      const places = tree.media.map((_, index) => [remoteCandidates(tree, index), mediaOutcome(current, index)]);
      const next = createOffer({ ...ends, negotiation: agreed, media, bundlePolicy, transport: describe });
      const needs = media.map((wish) => needsExchange(wish, agreed));
      return [formatSdp(answer), formatSdp(next), transportOutcomes(current), dataOutcome(current), places, needs];
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

  rtp: {
    covers: ['protocol/dist/rtp/'],
    seeds: () => [...srtpVectors('rtp', 'plain'), ...RTP_EXTENSION_SEEDS],
    run(bytes) {
      const view = new RtpPacketView();
      const packet = bytes.slice();
      const refusal = view.wrap(packet);
      if (refusal) return plain(refusal);
      const told = [view.headerBytes, view.payloadBytes, view.paddingBytes];
      const descriptors = new DependencyDescriptorReader();
      const tokens = new TokenReader();
      view.rewindExtensions();
      while (view.nextExtension()) {
        const { elementId, valueOffset, valueBytes } = view;
        told.push(elementId, valueBytes, tokens.read(packet, valueOffset, valueBytes));
        told.push(plain(descriptors.decode(packet, valueOffset, valueBytes)));
        for (const [read, bytes] of VALUE_READERS) if (valueBytes >= bytes) told.push(read(packet, valueOffset, valueBytes));
        told.push(plain(decodeVideoLayersAllocation(packet.subarray(valueOffset, valueOffset + valueBytes))));
      }
      remapExtensions(
        view,
        new Uint8Array(256).map((_, id) => (id * 7) & 15),
      );
      if (view.wrap(packet)) throw new Error('rewriting extensions broke the packet');
      told.push(unwrapRtx(view, 96, 1), [...packet]);
      return told;
    },
  },

  rtcp: {
    covers: ['protocol/dist/rtcp/'],
    seeds: () => [...srtpVectors('rtcp', 'plain'), ...RTCP_SEEDS],
    run(bytes) {
      const { packets, unknownPackets, refusal } = decodeRtcp(bytes);
      const writer = new ByteWriter(new Uint8Array(65_536));
      for (const packet of packets) encodeRtcp(packet, writer);
      return [packets, unknownPackets, refusal?.reason, writer.failed];
    },
  },

  payload: {
    covers: ['protocol/dist/payload/'],
    seeds: payloadSeeds,
    run: readPayloads,
  },

  // The first byte says which profile and what else; then packets, each to be protected or unprotected. None of them is authentic
  // unless we made it: what comes out of the receiver must be what went into the sender.
  srtp: {
    covers: ['protocol/dist/srtp/'],
    seeds: () => [
      ...srtpVectors('rtp', 'protected').map((packet) => new Uint8Array([0, ...framed([packet, packet])])),
      ...srtpVectors('rtcp', 'plain').map((packet) => new Uint8Array([1, ...framed([packet])])),
      ...srtpVectors('rtp', 'plain').flatMap((packet) =>
        [0, 1, 2, 3, 8, 20].map((way) => new Uint8Array([way, ...framed([packet, packet])])),
      ),
    ],
    run(bytes) {
      const way = bytes[0] ?? 0;
      const profile = Object.keys(SRTP_PROFILES)[way & 3];
      const { keyBytes, saltBytes } = SRTP_PROFILES[profile];
      const master = { key: new Uint8Array(keyBytes), salt: new Uint8Array(saltBytes) };
      const options = {
        profile,
        master,
        crypto: nodeCrypto,
        cryptex: (way & 8) !== 0,
        encryptedExtensionIds: way & 16 ? [1, 2, 3] : [],
      };
      const [sender, receiver] = [new SrtpSender(options), new SrtpReceiver(options)];
      const told = [];
      for (const packet of unframed(bytes.subarray(1))) {
        const slot = new Uint8Array(packet.length + 64);
        for (const kind of ['Rtp', 'Rtcp']) {
          slot.set(packet);
          told.push(receiver[`unprotect${kind}`](slot, 0, packet.length));
          if (told.at(-1) >= 0) throw new Error('a packet that nobody made is authentic');
          slot.set(packet);
          const length = sender[`protect${kind}`](slot, 0, packet.length);
          const back = length < 0 ? length : receiver[`unprotect${kind}`](slot, 0, length);
          if (length >= 0 && back < packet.length) throw new Error(`what we protect we do not read: ${kind} ${back}`);
          told.push(length, back);
        }
      }
      return told;
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

const hex = (digits) => new Uint8Array(Buffer.from(digits.replaceAll(' ', ''), 'hex'));

/** Packets with a dependency descriptor that brings a structure, video layers, padding and both forms of extensions. */
const RTP_EXTENSION_SEEDS = [
  '9060000100000000000000011000000405108000010080000ab1550155000000aabb',
  '9060000100000000000000011000000307096154326496 01ac02900384 0000 01ff',
  'b060000100000000000000 01bede0002 1061 22aabbcc 00 f00000 aabb0003',
].map(hex);

/** Readers of values, with as many bytes as they need. */
const VALUE_READERS = [
  [rtp.readAudioLevel, rtp.AUDIO_LEVEL_BYTES],
  [rtp.readVoiceActivity, rtp.AUDIO_LEVEL_BYTES],
  [rtp.readAbsSendTimeMs, rtp.ABS_SEND_TIME_BYTES],
  [rtp.readTransmissionOffset, rtp.TRANSMISSION_OFFSET_BYTES],
  [rtp.readTransportSequence, rtp.TRANSPORT_SEQUENCE_BYTES],
  [rtp.readFeedbackRequest, rtp.TRANSPORT_SEQUENCE_BYTES],
  [rtp.readWantsTimestamps, rtp.TRANSPORT_SEQUENCE_BYTES],
  [rtp.readVideoOrientation, rtp.VIDEO_ORIENTATION_BYTES],
  [rtp.readMinPlayoutDelayMs, rtp.PLAYOUT_DELAY_BYTES],
  [rtp.readMaxPlayoutDelayMs, rtp.PLAYOUT_DELAY_BYTES],
  [rtp.readContentType, rtp.CONTENT_TYPE_BYTES],
  [rtp.readVideoTiming, 0],
  [rtp.readAbsCaptureTime, 0],
];

const RTCP_SEEDS = [
  '8fcd0007 00000001 00000002 0064 0007 000010 05 2003 b000 04 08 0c 10 00 00 00 00',
  '81cd0003 00000001 00000002 00648001 81ce0002 00000001 12345678',
  '8fce0005 00000001 00000000 52454d42 010bd090 00000002',
  '80cf0006 00000001 01000001 deadbeef 04000002 00000005 00000006',
  '8bcd0006 00000001 00000002 00000003 8001 a002 0000 0000 00010000',
  '81ca0003 00000001 0102616200000000 84ce0004 00000001 00000000 00000002 07000000 81cb0001 00000001',
].map(hex);

/** A chunk behind a common header. */
function withHeader(chunk) {
  const packet = new Uint8Array(12 + chunk.length);
  packet.set(chunk, 12);
  return packet;
}

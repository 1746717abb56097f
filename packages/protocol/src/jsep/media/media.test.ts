import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  attributeValue,
  attributeValues,
  formatMediaSection,
  formatSdp,
  hasAttribute,
  type MediaSection,
  parseSdp,
  SdpMalformed,
  type SessionTree,
} from '../../sdp/index.js';
import { createAnswer, createOffer, type LocalTransport, NEW_NEGOTIATION, type Negotiation } from '../index.js';
import { applyDescription } from '../negotiation.js';
import { mediaWish, TEST_CODECS, wishesFor } from '../testing/wishes.js';
import { answeredH264Level, h264ProfileOf } from './h264-profile.js';
import { codecKey, codecsOf, type MediaWish, mediaOutcome, needsExchange, readMedia } from './index.js';

const DATA = { port: 5_000, maxMessageSize: 262_144 };
const TRANSPORT: LocalTransport = {
  ice: { ufrag: 'abcd', password: 'abcdefghijklmnopqrstuv' },
  isIceLite: false,
  fingerprints: [{ algorithm: 'sha-256', value: 'AA:BB' }],
  role: undefined,
  tlsId: undefined,
  candidates: [],
  isGatheringComplete: false,
};

const ON_ONE = { bundlePolicy: 'max-bundle', transport: () => TRANSPORT } as const;

function offer(media: readonly MediaWish[], negotiation: Negotiation = NEW_NEGOTIATION): SessionTree {
  return createOffer({ identity: { id: '1', version: 1 }, negotiation, media, data: undefined, ...ON_ONE });
}

function answer(offered: SessionTree, media: readonly MediaWish[] = wishesFor(offered)): SessionTree {
  const input = { identity: { id: '2', version: 1 }, data: DATA, ...ON_ONE };
  return createAnswer({ ...input, offer: offered, media });
}

/** Where an exchange leaves the side that made the offer. */
function offererAfter(offered: SessionTree, answered: SessionTree, before: Negotiation = NEW_NEGOTIATION): Negotiation {
  const proposed = applyDescription(before, 'local', { type: 'offer', tree: offered })!;
  return applyDescription(proposed, 'remote', { type: 'answer', tree: answered })!;
}

/** And the one that answered. */
function answererAfter(offered: SessionTree, answered: SessionTree): Negotiation {
  const proposed = applyDescription(NEW_NEGOTIATION as Negotiation, 'remote', { type: 'offer', tree: offered })!;
  return applyDescription(proposed, 'local', { type: 'answer', tree: answered })!;
}

function vector(name: string): SessionTree {
  const tree = parseSdp(readFileSync(new URL(`../../../vectors/sdp/${name}.sdp`, import.meta.url), 'utf8'));
  if (tree instanceof SdpMalformed) throw new Error(tree.reason);
  return tree;
}

/** A description with `change` made to the text of its first section. */
function changed(tree: SessionTree, change: (text: string) => string): SessionTree {
  const parsed = parseSdp(change(formatSdp(tree)));
  if (parsed instanceof SdpMalformed) throw new Error(parsed.reason);
  return parsed;
}

const numbers = (section: MediaSection | undefined): string[] =>
  codecsOf(section!).map((codec) => `${codec.payloadType} ${codec.name}`);

describe('an offer of media', () => {
  test('says what RFC 9429 §5.2.1 asks for', () => {
    const [section] = offer([mediaWish('video')]).media;
    expect(formatMediaSection(section!).split('\r\n').slice(0, -1)).toEqual([
      'm=video 9 UDP/TLS/RTP/SAVPF 96 97 98 99 100 101',
      'c=IN IP4 0.0.0.0',
      'a=ice-ufrag:abcd',
      'a=ice-pwd:abcdefghijklmnopqrstuv',
      'a=fingerprint:sha-256 AA:BB',
      'a=setup:actpass',
      'a=mid:0',
      'a=extmap:1 urn:ietf:params:rtp-hdrext:sdes:mid',
      'a=extmap:2 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01',
      'a=sendrecv',
      'a=msid:stream video-track',
      'a=rtcp-mux',
      'a=rtcp-mux-only',
      'a=rtcp-rsize',
      'a=rtpmap:96 VP8/90000',
      'a=rtcp-fb:96 nack',
      'a=rtcp-fb:96 nack pli',
      'a=rtcp-fb:96 transport-cc',
      'a=rtpmap:97 rtx/90000',
      'a=fmtp:97 apt=96',
      'a=rtpmap:98 H264/90000',
      'a=rtcp-fb:98 nack',
      'a=rtcp-fb:98 nack pli',
      'a=rtcp-fb:98 transport-cc',
      'a=fmtp:98 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f',
      'a=rtpmap:99 rtx/90000',
      'a=fmtp:99 apt=98',
      'a=rtpmap:100 H264/90000',
      'a=rtcp-fb:100 nack',
      'a=rtcp-fb:100 nack pli',
      'a=rtcp-fb:100 transport-cc',
      'a=fmtp:100 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=64001f',
      'a=rtpmap:101 rtx/90000',
      'a=fmtp:101 apt=100',
      'a=ssrc-group:FID 2000 2001',
      'a=ssrc:2000 cname:somebody',
      'a=ssrc:2001 cname:somebody',
    ]);
  });

  test('gives one number to one codec in all sections, and another codec never the same (RFC 9143 §9.1)', () => {
    const other = { ...TEST_CODECS.audio[0]!, name: 'other', preferredPayloadType: 96 };
    const tree = offer([mediaWish('video'), mediaWish('video'), mediaWish('audio', { codecs: [other, ...TEST_CODECS.audio] })]);
    expect(tree.media[0]!.formats).toEqual(tree.media[1]!.formats);
    const audio = tree.media[2]!.formats;
    expect(audio.filter((format) => tree.media[0]!.formats.includes(format))).toEqual([]);
  });

  test('names no track where nothing is sent', () => {
    const [section] = offer([mediaWish('audio', { direction: 'recvonly' })]).media;
    expect(hasAttribute(section!, 'msid')).toBe(false);
    expect(hasAttribute(section!, 'ssrc')).toBe(false);
  });

  test('names every stream of a track, and "-" for a track in none', () => {
    const msids = (streamIds: readonly string[]): string[] =>
      attributeValues(offer([mediaWish('audio', { streamIds })]).media[0]!, 'msid');
    expect(msids(['a', 'b'])).toEqual(['a audio-track', 'b audio-track']);
    expect(msids([])).toEqual(['- audio-track']);
  });

  test('of simulcast lists rids in the order of the encodings, and no SSRC', () => {
    const encodings = ['q', 'h', 'f'].map((rid, i) => ({ rid, isPaused: i === 1 }));
    const [section] = offer([mediaWish('video', { encodings })]).media;
    expect(attributeValues(section!, 'rid')).toEqual(['q send', 'h send', 'f send']);
    expect(attributeValue(section!, 'simulcast')).toBe('send q;~h;f');
    expect(hasAttribute(section!, 'ssrc')).toBe(false);
  });

  test('of redundant audio writes it around the first codec (RFC 2198 §5)', () => {
    const [section] = offer([mediaWish('audio')]).media;
    expect(attributeValues(section!, 'fmtp')).toContain('63 111/111');
  });

  test('keeps numbers that the other side has chosen before', () => {
    const theirs = changed(offer([mediaWish('audio')]), (text) =>
      text.replaceAll(/\b111\b/g, '77').replaceAll(/extmap:1 /g, 'extmap:9 '),
    );
    const ours = answer(theirs);
    const next = offer([...wishesFor(theirs), mediaWish('audio')], answererAfter(theirs, ours));
    expect(numbers(next.media[1])).toContain('77 opus');
    expect(attributeValues(next.media[1]!, 'extmap')[0]).toMatch(/^9 /);
  });

  test('rejects the section of a stopped transceiver and gives its place to the next new one (RFC 9429 §5.2.2)', () => {
    const wishes = [mediaWish('audio'), mediaWish('video')];
    const first = offer(wishes);
    const placed = wishes.map((wish, i) => ({ ...wish, mid: `${i}` }));
    const state = offererAfter(first, answer(first));
    const stopped = placed.map((wish, i) => ({ ...wish, isStopped: i === 0 }));
    const second = offer(stopped, state);
    expect(second.media.map(({ port }) => port)).toEqual([0, 9]);
    const third = offer([...stopped, mediaWish('video'), mediaWish('audio')], offererAfter(second, answer(second), state));
    expect(third.media.map(({ kind, attributes }) => [kind, attributes.find(({ name }) => name === 'mid')?.value])).toEqual([
      ['video', '2'],
      ['video', '1'],
      ['audio', '3'],
    ]);
  });
});

describe('an answer of media', () => {
  test.each(['chromium-offer', 'chromium-offer-simulcast', 'firefox-offer', 'firefox-offer-simulcast'])(
    'to %s takes what both have, under the offerer’s numbers and in its order',
    (name) => {
      const theirs = vector(name);
      const ours = answer(theirs);
      for (const [index, section] of ours.media.entries()) {
        if (section.kind === 'application') continue;
        const offered = theirs.media[index]!;
        const order = section.formats.map((format) => offered.formats.indexOf(format));
        expect(order.every((place) => place >= 0)).toBe(true);
        expect(order).toEqual([...order].sort((a, b) => a - b));
        expect(codecsOf(section).map(codecKey)).toEqual(
          section.formats.map((format) => codecKey(codecsOf(offered).find(({ payloadType }) => `${payloadType}` === format)!)),
        );
        expect(hasAttribute(section, 'sendrecv')).toBe(true);
        expect(attributeValues(section, 'extmap').every((value) => attributeValues(offered, 'extmap').includes(value))).toBe(
          true,
        );
      }
    },
  );

  test('retransmits only what it takes', () => {
    const ours = answer(vector('chromium-offer'));
    expect(numbers(ours.media[1])).toEqual(['96 VP8', '97 rtx', '108 H264', '109 rtx']);
  });

  test('has the order that was asked for with setCodecPreferences', () => {
    const theirs = offer([mediaWish('video')]);
    const codecs = [...TEST_CODECS.video].reverse();
    const ours = answer(theirs, wishesFor(theirs, { codecs, hasPreferences: true }));
    expect(numbers(ours.media[0])).toEqual(['100 H264', '101 rtx', '98 H264', '99 rtx', '96 VP8', '97 rtx']);
  });

  test('takes the lower level where levels must be the same (RFC 6184 §8.2.2)', () => {
    const theirs = changed(offer([mediaWish('video')]), (text) =>
      text.replaceAll('level-asymmetry-allowed=1;', '').replaceAll('42e01f', '42e00c'),
    );
    expect(attributeValues(answer(theirs).media[0]!, 'fmtp').find((value) => value.startsWith('98'))).toContain(
      'profile-level-id=42e00c',
    );
  });

  test.each([
    ['profile-id=1;level-id=60', '60'],
    ['level-id=180;tier-flag=0;tx-mode=SRST', '93'],
    ['', '93'],
  ])('takes the lower level of H.265, which goes for both ways (RFC 7798 §7.2.2): offered "%s"', (parameters, level) => {
    const h265 = { name: 'H265', clockRate: 90_000, feedback: [], preferredPayloadType: 49 };
    const theirs = offer([mediaWish('video', { codecs: [{ ...h265, parameters }] })]);
    const ours = { ...h265, parameters: 'level-id=93;profile-id=1;tier-flag=0;tx-mode=SRST' };
    expect(attributeValues(answer(theirs, wishesFor(theirs, { codecs: [ours] })).media[0]!, 'fmtp')).toEqual([
      `49 level-id=${level};profile-id=1;tier-flag=0;tx-mode=SRST`,
    ]);
  });

  test.each(['profile-id=2', 'tier-flag=1', 'tx-mode=MRST'])('H.265 of another kind is another codec: %s', (parameters) => {
    const h265 = { name: 'H265', clockRate: 90_000, feedback: [], preferredPayloadType: 49 };
    const theirs = offer([mediaWish('video', { codecs: [{ ...h265, parameters }] })]);
    const ours = { ...h265, parameters: 'level-id=93;profile-id=1;tier-flag=0;tx-mode=SRST' };
    expect(answer(theirs, wishesFor(theirs, { codecs: [ours] })).media[0]!.port).toBe(0);
  });

  test.each([
    ['sendrecv', 'sendrecv', 'sendrecv'],
    ['sendrecv', 'recvonly', 'recvonly'],
    ['sendonly', 'sendrecv', 'recvonly'],
    ['recvonly', 'recvonly', 'inactive'],
    ['inactive', 'sendrecv', 'inactive'],
  ] as const)('to %s from one who wants %s is %s', (offered, wanted, expected) => {
    const theirs = offer([mediaWish('audio', { direction: offered })]);
    const ours = answer(theirs, wishesFor(theirs, { direction: wanted }));
    expect(hasAttribute(ours.media[0]!, expected)).toBe(true);
  });

  test('rejects what has no codec in common, nobody to take it, or somebody who stopped', () => {
    const theirs = offer([mediaWish('audio'), mediaWish('video'), mediaWish('audio')]);
    const [first, second] = wishesFor(theirs);
    const ours = answer(theirs, [
      { ...first!, codecs: [{ name: 'other', clockRate: 8_000, parameters: '', feedback: [] }] },
      { ...second!, isStopped: true },
    ]);
    expect(ours.media.map(({ port }) => port)).toEqual([0, 0, 0]);
  });

  test('rejects a section with nothing but retransmission and tones', () => {
    const theirs = changed(offer([mediaWish('audio')]), (text) =>
      text.replaceAll('opus', 'telephone-event').replaceAll('PCMU', 'CN'),
    );
    const codecs = [
      ...TEST_CODECS.audio,
      { name: 'telephone-event', clockRate: 48_000, channels: 2, parameters: '', feedback: [] },
    ];
    expect(answer(theirs, wishesFor(theirs, { codecs })).media[0]!.port).toBe(0);
  });

  test('takes simulcast layer by layer where it is wanted, else as one stream', () => {
    const theirs = vector('chromium-offer-simulcast');
    const asOne = answer(theirs);
    expect(hasAttribute(asOne.media[1]!, 'simulcast')).toBe(false);
    const layered = answer(theirs, wishesFor(theirs, { takesSimulcast: true }));
    expect(attributeValue(layered.media[1]!, 'simulcast')).toBe('recv q;h;f');
    const outcome = mediaOutcome(answererAfter(theirs, layered).current!, 1)!;
    expect(outcome.receive.encodings.map(({ rid }) => rid)).toEqual(['q', 'h', 'f']);
  });

  test('sends the layers that were asked for, and pauses those that either side has paused', () => {
    const theirs = changed(
      offer([mediaWish('video')]),
      (text) => `${text}a=rid:q recv\r\na=rid:f recv\r\na=simulcast:recv q;~f\r\n`,
    );
    const encodings = ['q', 'h', 'f'].map((rid) => ({ rid, isPaused: false }));
    const ours = answer(theirs, wishesFor(theirs, { encodings }));
    expect(attributeValue(ours.media[0]!, 'simulcast')).toBe('send q;~f');
    expect(mediaOutcome(answererAfter(theirs, ours).current!, 0)!.send.encodings).toEqual([
      { rid: 'q', isPaused: false },
      { rid: 'f', isPaused: true },
    ]);
  });
});

describe('what was agreed', () => {
  test('is read alike on both sides', () => {
    const theirs = offer([mediaWish('video', { direction: 'sendonly' })]);
    const ours = answer(theirs);
    const [offerer, answerer] = [offererAfter(theirs, ours), answererAfter(theirs, ours)].map(
      ({ current }) => mediaOutcome(current!, 0)!,
    );
    expect([offerer!.direction, answerer!.direction]).toEqual(['sendonly', 'recvonly']);
    expect(offerer!.send.codecs.map(({ payloadType }) => payloadType)).toEqual(
      answerer!.receive.codecs.map(({ payloadType }) => payloadType),
    );
    expect(offerer!.send.extensions).toEqual(answerer!.receive.extensions);
    expect(answerer!.receive.sources).toEqual([{ ssrc: 2_000, rtxSsrc: 2_001 }]);
    expect(answerer!.receive.cname).toBe('somebody');
    expect(offerer!.isReducedSize).toBe(true);
  });

  test('leaves the other’s numbers to the other: each sends under those that the receiver wrote', () => {
    const theirs = offer([mediaWish('audio')]);
    const ours = changed(answer(theirs), (text) => text.replaceAll(/\b111\b/g, '109').replaceAll(/\b63\b/g, '64'));
    const outcome = mediaOutcome(offererAfter(theirs, ours).current!, 0)!;
    expect(outcome.send.codecs[0]!.payloadType).toBe(109);
    expect(outcome.receive.codecs[0]!.payloadType).toBe(111);
  });

  test('is nothing for a rejected section', () => {
    const theirs = offer([mediaWish('audio')]);
    expect(mediaOutcome(answererAfter(theirs, answer(theirs, [])).current!, 0)).toBeUndefined();
  });

  test('of simulcast drops what the other side did not take', () => {
    const encodings = ['q', 'h', 'f'].map((rid) => ({ rid, isPaused: false }));
    const theirs = offer([mediaWish('video', { encodings })]);
    const ours = answer(theirs, wishesFor(theirs, { takesSimulcast: true }));
    const fewer = changed(ours, (text) => text.replace('simulcast:recv q;h;f', 'simulcast:recv q;f'));
    expect(mediaOutcome(offererAfter(theirs, fewer).current!, 0)!.send.encodings.map(({ rid }) => rid)).toEqual(['q', 'f']);
  });

  test('reads what browsers write of their tracks', () => {
    const media = readMedia(vector('firefox-offer'), 1)!;
    expect(media).toMatchObject({ kind: 'video', hasMsid: true, isRejected: false, direction: 'sendrecv' });
    expect(media.sources).toHaveLength(1);
    expect(media.sources[0]!.rtxSsrc).toBeGreaterThan(0);
  });
});

describe('whether another exchange is needed', () => {
  const wish = mediaWish('audio', { mid: '0' });
  const theirs = offer([mediaWish('audio')]);
  const state = offererAfter(theirs, answer(theirs));

  test.each<[string, Partial<MediaWish>, boolean]>([
    ['nothing changed', {}, false],
    ['no section yet', { mid: undefined }, true],
    ['another direction', { direction: 'recvonly' }, true],
    ['another stream', { streamIds: ['other'] }, true],
    ['one stream more', { streamIds: ['stream', 'other'] }, true],
    ['stopped', { isStopped: true }, true],
    ['stopped before it had a section', { isStopped: true, mid: undefined }, false],
  ])('%s', (_, rest, expected) => {
    expect(needsExchange({ ...wish, ...rest }, state)).toBe(expected);
  });

  test('not where the answer said less than was offered', () => {
    const ours = answer(theirs, wishesFor(theirs, { direction: 'recvonly' }));
    expect(needsExchange(wish, offererAfter(theirs, ours))).toBe(false);
    expect(needsExchange({ ...wish, direction: 'sendrecv' }, answererAfter(theirs, ours))).toBe(true);
  });

  test('not for a stopped one whose section is gone', () => {
    const gone = offer([{ ...wish, isStopped: true }], state);
    expect(needsExchange({ ...wish, isStopped: true }, offererAfter(gone, answer(gone), state))).toBe(false);
  });
});

describe('H.264 profiles (RFC 6184 Table 5)', () => {
  test.each([
    ['42e01f', 'constrained-baseline'],
    ['42c01f', 'constrained-baseline'],
    ['4d801f', 'constrained-baseline'],
    ['42001f', 'baseline'],
    ['4d001f', 'main'],
    ['640c1f', 'constrained-high'],
    ['64001f', 'high'],
    ['nonsense', 'unknown'],
    ['ff001f', 'unknown'],
    [undefined, 'baseline'],
  ])('%s is %s', (id, profile) => {
    expect(h264ProfileOf(id)).toBe(profile);
  });

  test('level 1b lies between 1 and 1.1', () => {
    expect(answeredH264Level('42e00a', '42f00b', false)).toBe('42e00a');
    expect(answeredH264Level('42e00b', '42f00b', false)).toBe('42f00b');
    expect(answeredH264Level('42e01f', '42f00b', true)).toBe('42e01f');
  });
});

test('whatever an offer lists, an answer numbers nothing twice and nothing that was not offered', () => {
  const codec = fc.record({
    name: fc.constantFrom('VP8', 'vp8', 'H264', 'rtx', 'red', 'opus', 'other'),
    payloadType: fc.integer({ min: 0, max: 127 }),
    parameters: fc.constantFrom('', 'apt=96', '96/96', 'profile-level-id=42e01f', 'packetization-mode=1;profile-level-id=42e01f'),
  });
  fc.assert(
    fc.property(fc.array(codec, { maxLength: 12 }), fc.boolean(), (codecs, hasPreferences) => {
      const lines = codecs.flatMap(({ name, payloadType, parameters }) => [
        `a=rtpmap:${payloadType} ${name}/90000`,
        ...(parameters === '' ? [] : [`a=fmtp:${payloadType} ${parameters}`]),
      ]);
      const formats = codecs.map(({ payloadType }) => payloadType).join(' ') || '96';
      const theirs = changed(offer([mediaWish('video')]), (text) => {
        const head = text.slice(0, text.indexOf('a=rtpmap')).replace(/(m=video 9 \S+) .*/, `$1 ${formats}`);
        return `${head}${lines.map((line) => `${line}\r\n`).join('')}`;
      });
      const [section] = answer(theirs, wishesFor(theirs, { hasPreferences })).media;
      if (section!.port === 0) return;
      expect(new Set(section!.formats).size).toBe(section!.formats.length);
      expect(section!.formats.every((format) => theirs.media[0]!.formats.includes(format))).toBe(true);
    }),
  );
});

import { readFileSync } from 'node:fs';
import { SeededRandom } from '@maru/protocol/core';
import { JsepFault, readMedia } from '@maru/protocol/jsep';
import { attributeValue, formatSdp, hasAttribute, parseSdp, SdpMalformed, type SessionTree } from '@maru/protocol/sdp';
import { RTCPeerConnection } from '@maru/webrtc';
import { describe, expect, test } from 'vitest';
import { orderedRids } from './encoding-order.js';
import {
  type AnsweredOffer,
  answerOffer,
  newDescription,
  type ParticipantDescription,
  readOffer,
} from './participant-description.js';

const LIMITS = { sections: 64, slots: 24 };
const TRANSPORT = {
  ice: { ufrag: 'abcdefgh', password: 'abcdefghabcdefghabcdefgh' },
  fingerprints: [{ algorithm: 'sha-256', value: Array.from({ length: 32 }, () => 'AB').join(':') }],
  candidates: ['candidate:1 1 udp 2130706431 192.0.2.1 4000 typ host'],
  isGatheringComplete: true,
};

const vector = (name: string): string =>
  readFileSync(new URL(`../../../protocol/vectors/sdp/${name}.sdp`, import.meta.url), 'utf8').replace(/\r?\n/g, '\r\n');

interface ReadAnswer extends AnsweredOffer {
  readonly answer: SessionTree;
}

function answered(text: string, preferred: readonly string[] = [], before?: ParticipantDescription): ReadAnswer {
  const random = new SeededRandom(7);
  const description = before ?? newDescription(random);
  const offer = readOffer(description, text, LIMITS);
  if (offer instanceof JsepFault) throw new Error(offer.message);
  if (offer instanceof SdpMalformed) throw new Error(offer.expected);
  const answer = answerOffer(description, offer, TRANSPORT, { preferred, cname: 'c' }, random);
  return { ...answer, answer: parseSdp(answer.sdp) as SessionTree };
}

const codecNames = (tree: SessionTree, index: number): string[] => readMedia(tree, index)!.codecs.map(({ name }) => name);

describe.each(['chromium-nogum-offer-simulcast', 'firefox-nogum-offer-simulcast'])('the offer of %s', (name) => {
  const { answer, sections, extensions, data, transport } = answered(vector(name));

  test('is answered section by section: taken, not sent', () => {
    expect(answer.media.map(({ kind, port }) => [kind, port > 0])).toEqual([
      ['audio', true],
      ['video', true],
      ['application', true],
    ]);
    expect(answer.media.slice(0, 2).every((section) => hasAttribute(section, 'recvonly'))).toBe(true);
    expect(hasAttribute(answer, 'ice-lite')).toBe(true);
    expect(attributeValue(answer.media[0]!, 'candidate')).toBe('1 1 udp 2130706431 192.0.2.1 4000 typ host');
    expect(hasAttribute(answer.media[0]!, 'end-of-candidates')).toBe(true);
  });

  test('has its three layers taken, the lowest first', () => {
    expect(attributeValue(answer.media[1]!, 'simulcast')).toBe('recv q;h;f');
    expect(sections.sending[1]!.encodings).toEqual([{ rid: 'q' }, { rid: 'h' }, { rid: 'f' }]);
  });

  test('gets VP8, VP9 and what repeats them; sound is Opus', () => {
    const video = new Set(codecNames(answer, 1).map((codec) => codec.toLowerCase()));
    for (const codec of ['vp8', 'vp9', 'rtx']) expect(video).toContain(codec);
    expect([...video].every((codec) => ['vp8', 'vp9', 'h264', 'av1', 'rtx'].includes(codec))).toBe(true);
    const vp8 = sections.sending[1]!.codecs.find((codec) => codec.name === 'vp8')!;
    expect(vp8.rtxPayloadType).toBeGreaterThan(0);
    expect(sections.sending[0]!.codecs.map((codec) => codec.name)).toContain('opus');
    expect(sections.sending[0]!.codecs.map((codec) => codec.name)).not.toContain('pcmu');
  });

  test('gets the extensions that forwarding needs, under its own numbers', () => {
    for (const extension of ['mid', 'rid', 'repaired-rid', 'transport-cc', 'abs-send-time', 'ssrc-audio-level'] as const)
      expect(extensions[extension], extension).toBeGreaterThan(0);
  });

  test('says whom to connect to, and has its data channels', () => {
    expect(transport!.dtlsRole).toBe('client');
    expect(transport!.remoteFingerprints[0]!.algorithm).toBe('sha-256');
    expect(data!.remotePort).toBe(5_000);
  });
});

test('a codec that everybody can decode is put first', () => {
  const { answer } = answered(vector('chromium-nogum-offer-simulcast'), ['h264']);
  expect(codecNames(answer, 1)[0]).toBe('H264');
  expect(codecNames(answered(vector('chromium-nogum-offer-simulcast'), ['vp8']).answer, 1)[0]).toBe('VP8');
});

test('what is no SDP, and what contradicts itself, is refused with a reason', () => {
  const description = newDescription(new SeededRandom(1));
  expect(readOffer(description, 'hello', LIMITS)).toBeInstanceOf(SdpMalformed);
  const withoutUfrag = vector('chromium-nogum-offer').replace(/a=ice-ufrag:.*\r\n/g, '');
  expect(readOffer(description, withoutUfrag, LIMITS)).toBeInstanceOf(JsepFault);
  const fault = readOffer(description, vector('chromium-nogum-offer'), { sections: 1, slots: 1 });
  expect(fault).toMatchObject({ reason: 'jsep/too-many-sections' });
});

test('another certificate is refused, with a restart of ICE too (S-30f)', () => {
  const text = vector('chromium-nogum-offer');
  const { description } = answered(text);
  const other = text.replace(/(a=fingerprint:sha-256 )..:/g, '$100:').replace(/a=ice-ufrag:.*\r\n/g, 'a=ice-ufrag:other\r\n');
  expect(readOffer(description, other, LIMITS)).toMatchObject({ reason: 'jsep/fingerprint-changed' });
});

test('more than three layers are refused (S-55)', () => {
  const rids = Array.from({ length: 20 }, (_, i) => `r${i}`);
  const text = vector('chromium-nogum-offer-simulcast')
    .replace(/a=rid:q send\r\na=rid:h send\r\na=rid:f send\r\n/, rids.map((rid) => `a=rid:${rid} send\r\n`).join(''))
    .replace('a=simulcast:send q;h;f', `a=simulcast:send ${rids.join(';')}`);
  const { answer, sections } = answered(text);
  expect(answer.media[1]!.port).toBe(0);
  expect(sections.sending).toHaveLength(1);
});

describe('a connection of Node.js with slots', () => {
  async function offered(pc: RTCPeerConnection): Promise<string> {
    await pc.setLocalDescription();
    return pc.localDescription!.sdp;
  }

  test('accepts the answer; slots keep their SSRCs for life, a restart is seen', async () => {
    const pc = new RTCPeerConnection();
    pc.createDataChannel('maru-media', { negotiated: true, id: 0 });
    pc.addTransceiver('audio', { direction: 'recvonly' });
    pc.addTransceiver('video', { direction: 'recvonly' });
    pc.addTransceiver('video', { direction: 'sendonly', sendEncodings: [{ rid: 'q' }, { rid: 'h' }, { rid: 'f' }] });
    const first = answered(await offered(pc));
    await pc.setRemoteDescription({ type: 'answer', sdp: formatSdp(first.answer) });
    expect(pc.getTransceivers().map(({ currentDirection }) => currentDirection)).toEqual(['recvonly', 'recvonly', 'sendonly']);
    expect(first.sections.slots.map(({ mid, kind }) => [mid, kind])).toEqual([
      ['0', 'audio'],
      ['1', 'video'],
    ]);
    expect(first.sections.sending.map(({ mid }) => mid)).toEqual(['2']);

    pc.addTransceiver('video', { direction: 'recvonly' });
    const text = await offered(pc);
    const second = answered(text, [], first.description);
    expect(second.sections.slots.slice(0, 2)).toEqual(first.sections.slots);
    expect(new Set(second.sections.slots.map(({ ssrc }) => ssrc)).size).toBe(3);
    await pc.setRemoteDescription({ type: 'answer', sdp: formatSdp(second.answer) });

    pc.restartIce();
    const restart = readOffer(second.description, await offered(pc), LIMITS);
    expect(restart).toMatchObject({ isRestart: true });
    pc.close();
  });

  test('is told the msid of each slot: the first for sound and the first for pictures are one stream, to be played in step', async () => {
    const pc = new RTCPeerConnection();
    for (const kind of ['audio', 'audio', 'video', 'video'] as const) pc.addTransceiver(kind, { direction: 'recvonly' });
    const first = answered(await offered(pc));
    const read = (answer: SessionTree, index: number) => readMedia(parseSdp(formatSdp(answer)) as SessionTree, index)!;
    const streams = (answer: SessionTree) => answer.media.map((_, index) => read(answer, index).streamIds[0]);
    expect(streams(first.answer)).toEqual(['pair-0', 'pair-1', 'pair-0', 'pair-1']);
    expect(first.sections.slots.map(({ pair }) => pair)).toEqual([0, 1, 0, 1]);
    expect(read(first.answer, 0)).toMatchObject({ trackId: 'slot-0', sources: [{}] });
    await pc.setRemoteDescription({ type: 'answer', sdp: formatSdp(first.answer) });

    for (const kind of ['video', 'audio', 'video'] as const) pc.addTransceiver(kind, { direction: 'recvonly' });
    const second = answered(await offered(pc), [], first.description);
    expect(streams(second.answer)).toEqual(['pair-0', 'pair-1', 'pair-0', 'pair-1', 'pair-2', 'pair-2', 'pair-3']);
    pc.close();
  });
});

test('encodings are put in order by the names that people give them, else as they are listed', () => {
  expect(orderedRids(['f', 'h', 'q'])).toEqual(['q', 'h', 'f']);
  expect(orderedRids(['h', 'm', 'l'])).toEqual(['l', 'm', 'h']);
  expect(orderedRids(['h', 'l'])).toEqual(['l', 'h']);
  expect(orderedRids(['h', 'f'])).toEqual(['h', 'f']);
  expect(orderedRids(['eins', 'zwei'])).toEqual(['eins', 'zwei']);
});

import { readFileSync } from 'node:fs';
import { SeededRandom } from '@maru/protocol/core';
import { JsepFault } from '@maru/protocol/jsep';
import { SdpMalformed } from '@maru/protocol/sdp';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AnswerBook } from './answer-book.js';
import { offerOf, splitOffer } from './offer-layout.js';
import { type AnsweredOffer, answerOffer, newDescription, readOffer } from './participant-description.js';

const LIMITS = { sections: 64, slots: 24 };
const OURS = {
  fingerprints: [{ algorithm: 'sha-256', value: Array.from({ length: 32 }, () => 'AB').join(':') }],
  candidates: ['candidate:1 1 udp 2130706431 192.0.2.1 4000 typ host'],
  isGatheringComplete: true,
};
const ICE = { ufrag: 'ours', password: 'ourpasswordourpasswordourpassword' };
const WISHES = { preferred: ['vp8', 'opus'], cname: 'cname' };

const vector = (name: string): string =>
  readFileSync(new URL(`../../../protocol/vectors/sdp/${name}.sdp`, import.meta.url), 'utf8').replace(/\r?\n/g, '\r\n');

/** The offer of somebody who only receives, before candidates are known. */
const slotsOnly = (name: string): string =>
  vector(name)
    .replace(/a=(sendrecv|sendonly)\r\n/g, 'a=recvonly\r\n')
    .replace(/a=(candidate|end-of-candidates|msid|ssrc-group|simulcast|rid)[:\r].*\r?\n/g, '')
    .replace(/a=ssrc:\d+ (?!cname).*\r\n/g, '');

const FINGERPRINT = Array.from({ length: 32 }, (_, i) => (i + 16).toString(16).toUpperCase()).join(':');

/** Another client's offer of the same kind. */
const ofAnother = (text: string, number: number): string =>
  text
    .replace(/o=.*/, `o=- ${4_000 + number} 2 IN IP4 127.0.0.1`)
    .replace(/a=ice-ufrag:.*/g, `a=ice-ufrag:frag${number}`)
    .replace(/a=ice-pwd:.*/g, `a=ice-pwd:password${number}password${number}pass`)
    .replace(/a=fingerprint:.*/g, `a=fingerprint:sha-256 ${FINGERPRINT}`)
    .replace(/a=ssrc:\d+/g, `a=ssrc:${1_000 + number}`);

function answeredBy(book: AnswerBook, text: string): AnsweredOffer {
  const description = newDescription(new SeededRandom(5));
  const offer = book.read(description, text);
  if (offer instanceof JsepFault || offer instanceof SdpMalformed) throw new Error(JSON.stringify(offer));
  return book.answer(description, offer, ICE, WISHES);
}

function answeredPlainly(text: string, random: SeededRandom): AnsweredOffer {
  const description = newDescription(new SeededRandom(5));
  const offer = readOffer(description, text, LIMITS);
  if (!('tree' in offer)) throw new Error(JSON.stringify(offer));
  return answerOffer(description, offer, { ...OURS, ice: ICE }, WISHES, random);
}

/** Draws what it is told to, again and again. */
class RepeatedRandom extends SeededRandom {
  private next = new SeededRandom(1);

  rewind(): void {
    this.next = new SeededRandom(1);
  }

  override uint32(): number {
    return this.next.uint32();
  }
}

/** Everything that an answer leads to, as values; of what is remembered, all but who offered. */
const valuesOf = ({ description, ...answered }: AnsweredOffer) => ({
  ...answered,
  identity: description.identity,
  sources: [...description.sources],
  local: description.agreed?.local,
  remote: description.agreed?.remote.replace(/^o=.*$/m, ''),
});

const KINDS = ['chromium-nogum-offer', 'firefox-nogum-offer', 'chromium-offer', 'firefox-offer'];

test.each(KINDS)('the third client of a kind is answered as if it were the first (%s)', (name) => {
  const random = new RepeatedRandom(0);
  const book = new AnswerBook(OURS, LIMITS, random);
  for (const number of [1, 2]) answeredBy(book, ofAnother(slotsOnly(name), number));
  const third = ofAnother(slotsOnly(name), 3);
  random.rewind();
  const answered = answeredBy(book, third);
  random.rewind();
  expect(answered.sections.slots.length).toBeGreaterThan(1);
  expect(valuesOf(answered)).toEqual(valuesOf(answeredPlainly(third, random)));
});

test('the third shares with the second what is alike, and nothing that is its own', () => {
  const book = new AnswerBook(OURS, LIMITS, new SeededRandom(2));
  const [, second, third] = [1, 2, 3].map((number) => answeredBy(book, ofAnother(slotsOnly(KINDS[0]!), number)));
  expect(third!.sections.slots[0]!.codecs).toBe(second!.sections.slots[0]!.codecs);
  expect(third!.sections.slots[0]!.ssrc).not.toBe(second!.sections.slots[0]!.ssrc);
  expect(third!.sdp).not.toContain(`${second!.sections.slots[0]!.ssrc}`);
  expect(third!.description.agreed!.remote).toContain('frag3');
});

test('who restarts or adds slots after an answer by template is answered from what is remembered', () => {
  const book = new AnswerBook(OURS, LIMITS, new SeededRandom(3));
  const texts = [1, 2].map((number) => ofAnother(slotsOnly(KINDS[0]!), number));
  const [, second] = texts.map((text) => answeredBy(book, text));
  const restart = book.read(second!.description, ofAnother(texts[1]!, 7));
  expect(restart).toMatchObject({ isRestart: true });
  expect(book.read(second!.description, texts[1]!)).toMatchObject({ isRestart: false });
  const certificate = texts[1]!.replaceAll('sha-256 10:', 'sha-256 AA:');
  expect(book.read(second!.description, certificate)).toMatchObject({ reason: 'jsep/fingerprint-changed' });
});

test('who sends is answered by itself, each time', () => {
  const book = new AnswerBook(OURS, LIMITS, new SeededRandom(4));
  const offers = [1, 2, 3].map((number) => ofAnother(vector('chromium-nogum-offer-simulcast'), number));
  const rids = offers.map((text) => answeredBy(book, text).sections.sending.at(-1)!.encodings);
  expect(rids[2]).toEqual(rids[0]);
  expect(rids[0]).toEqual([{ rid: 'q' }, { rid: 'h' }, { rid: 'f' }]);
});

test('a layout that was forgotten for others is answered as a new one', () => {
  const book = new AnswerBook(OURS, LIMITS, new SeededRandom(6));
  const offer = ofAnother(slotsOnly(KINDS[0]!), 1);
  const named = (name: string) => offer.replace('s=-', `s=${name}`);
  for (let i = 0; i < 60; i++) answeredBy(book, named(`kind ${i % 30}`));
  const back = answeredBy(book, named('kind 0'));
  expect(back.sections.slots.map(({ mid, kind }) => [mid, kind])).toEqual(
    answeredBy(book, offer).sections.slots.map(({ mid, kind }) => [mid, kind]),
  );
});

test('what is refused is refused the second time, and by the same words', () => {
  const book = new AnswerBook(OURS, { sections: 1, slots: 1 }, new SeededRandom(4));
  const read = (text: string) => book.read(newDescription(new SeededRandom(5)), text);
  const offer = ofAnother(slotsOnly(KINDS[0]!), 1);
  expect(read(offer)).toMatchObject({ reason: 'jsep/too-many-sections' });
  expect(read(ofAnother(offer, 2))).toEqual(read(offer));
});

test.each([
  ['a ufrag of another section', (text: string) => text.replace('a=ice-ufrag:frag1', 'a=ice-ufrag:other')],
  ['no password', (text: string) => text.replace(/a=ice-pwd:.*\r\n/g, '')],
  ['a password that is too short', (text: string) => text.replace(/a=ice-pwd:.*/g, 'a=ice-pwd:short')],
  ['a fingerprint that is none', (text: string) => text.replace(/a=fingerprint:.*/g, 'a=fingerprint:sha-256 ZZ')],
  ['an origin without numbers', (text: string) => text.replace(/o=.*/, 'o=- x 2 IN IP4 127.0.0.1')],
  ['a character that stands for a hole', (text: string) => text.replace('s=-', 's=-\0')],
])('an offer is taken as it is that has %s', (_what, change) => {
  const text = ofAnother(slotsOnly(KINDS[0]!), 1);
  expect(splitOffer(text)).toBeDefined();
  expect(splitOffer(change(text))).toBeUndefined();
});

test('whatever is said, an offer of the same layout is valid if this one is', () => {
  const text = ofAnother(slotsOnly(KINDS[0]!), 1);
  const lines = text.split('\r\n');
  const own = { ufrag: 'abcd', password: 'abcdabcdabcdabcdabcdabcd', fingerprint: `sha-256 ${FINGERPRINT}` };
  const nothing = newDescription(new SeededRandom(1));
  const line = fc.oneof(
    fc.constantFrom(...lines),
    fc.string(),
    fc.constant('a=ice-ufrag:frag1'),
    fc.constant('o=- 4001 2 IN IP4 127.0.0.1'),
  );
  fc.assert(
    fc.property(fc.nat(lines.length), fc.nat(3), fc.array(line, { maxLength: 2 }), (at, removed, added) => {
      const changed = lines.toSpliced(at, removed, ...added).join('\r\n');
      const split = splitOffer(changed);
      if (!split) return;
      const [one, other] = [changed, offerOf(split.layout, own)].map((offer) => 'tree' in readOffer(nothing, offer, LIMITS));
      expect(one).toBe(other);
    }),
  );
});

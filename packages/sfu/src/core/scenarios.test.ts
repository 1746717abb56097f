import { describe, expect, test } from 'vitest';
import { Hall, type SeatedSubscriber } from './testing/hall.js';
import { frozenMs, shownAt } from './testing/viewing.js';

/** How long calls under losses are looked at: half a minute, or as long as one has patience. */
const CALL_MS = Number(process.env['MARU_CALL_SECONDS'] ?? 25) * 1_000;

function errorsOf({ subscriber }: SeatedSubscriber): string[] {
  return [...subscriber.errors, ...subscriber.sections.flatMap(({ errors }) => errors)];
}

/** The frames that a subscriber has shown between two instants. */
function shownIn({ subscriber }: SeatedSubscriber, from: number, to: number) {
  const video = subscriber.sections.find(({ kind }) => kind === 'video')!;
  return video.shown.filter(({ at }) => at >= from && at < to);
}

/** How long the picture stood still, as one sees it whose packets take so long there and back. */
function frozenIn({ subscriber }: SeatedSubscriber, from: number, to: number, roundTripMs: number): number {
  const video = subscriber.sections.find(({ kind }) => kind === 'video')!;
  return frozenMs(shownAt(video.shown, roundTripMs), from, to);
}

/** Of sound that began with the first of these numbers, the share that did not come and is not in the packet behind it either, as Opus can have it (RFC 6716 §2.1.7). */
function concealedOf(sequences: readonly number[]): number {
  const came = new Set(sequences);
  const [first, last] = [Math.min(...sequences), Math.max(...sequences)];
  let concealed = 0;
  for (let sequence = first; sequence < last; sequence++) if (!came.has(sequence) && !came.has(sequence + 1)) concealed += 1;
  return concealed / (last - first);
}

describe('losses', () => {
  const cases = [
    { loss: 0.01, concealed: 0.005, least: 0.95, frozen: 0.002 },
    { loss: 0.05, concealed: 0.01, least: 0.9, frozen: 0.01 },
    { loss: 0.1, concealed: 0.02, least: 0.8, frozen: 0.03 },
    { loss: 0.2, concealed: 0.05, least: 0.6, frozen: 0.08 },
    { loss: 0.3, concealed: 0.1, least: 0.4, frozen: 0.15 },
  ].flatMap((one) => ([50, 200] as const).map((roundTripMs) => ({ roundTripMs, ...one })));
  test.each(cases)(
    'R-01 $loss of the packets on a way of $roundTripMs ms there and back, of who watches and of who films',
    ({ roundTripMs, loss, concealed, least, frozen }) => {
      const hall = new Hall(7);
      const [good, bad] = [{ delayMs: 10 }, { delayMs: roundTripMs / 2, loss }];
      const filmed = { codec: 'vp8', temporalLayers: 3, hasChainedTop: false } as const;
      const [alice, ann] = [hall.addPublisher('alice', filmed, good), hall.addPublisher('ann', filmed, bad)];
      const [bob, bea] = [hall.addSubscriber('bob', 'vp8', bad), hall.addSubscriber('bea', 'vp8', good)];
      for (const link of [ann.up, ann.down, bob.down, bob.up]) link.profile = bad; // requests and reports are lost as well
      for (const [one, { video, audio }, tripMs] of [
        [bob, alice, roundTripMs],
        [bea, ann, 20 + roundTripMs],
      ] as const) {
        one.subscriber.waitFor(tripMs);
        hall.subscribe(one, video);
        hall.subscribe(one, audio);
      }
      hall.run(10_000 + CALL_MS);
      const [from, to] = [hall.now - CALL_MS - 1_000, hall.now - 1_000];
      let concealedInBoth = 0;
      for (const [one, tripMs] of [
        [bob, roundTripMs],
        [bea, 20 + roundTripMs],
      ] as const) {
        const [audio] = one.subscriber.sections;
        expect(errorsOf(one)).toEqual([]);
        expect(shownIn(one, from, to).length).toBeGreaterThan((least * CALL_MS * 30) / 1_000);
        expect(frozenIn(one, from, to, tripMs)).toBeLessThanOrEqual(frozen * CALL_MS);
        concealedInBoth += concealedOf(audio!.audioSequences) / 2;
      }
      expect(concealedInBoth).toBeLessThanOrEqual(concealed);
    },
  );

  test('R-02 bursts that take five packets of a hundred are mended within half a second', () => {
    const hall = new Hall(4);
    const alice = hall.addPublisher('alice', { codec: 'vp8', temporalLayers: 3, hasChainedTop: false }, { delayMs: 10 });
    const bob = hall.addSubscriber('bob', 'vp8', { delayMs: 25 });
    const carry = bob.down.carry.bind(bob.down);
    let packets = 0;
    bob.down.carry = (packet, arrive) => {
      if (packets++ % 100 >= 5) carry(packet, arrive);
    };
    hall.subscribe(bob, alice.video);
    hall.run(22_000);
    expect(errorsOf(bob)).toEqual([]);
    const times = shownIn(bob, hall.now - 20_000, hall.now).map(({ at }) => at);
    const longest = Math.max(...times.slice(1).map((at, i) => at - times[i]!));
    expect(longest).toBeLessThanOrEqual(50 + 500);
    expect(times.length).toBeGreaterThan(0.9 * 600);
  });

  test.each([
    { blackoutMs: 500, delayMs: 25, view: { width: 320, height: 180 } },
    { blackoutMs: 2_000, delayMs: 25, view: { width: 320, height: 180 } },
    { blackoutMs: 500, delayMs: 100, view: {} },
    { blackoutMs: 2_000, delayMs: 100, view: {} },
  ])(
    'R-02 the picture is back within a second, for two key frames at most, after nothing came: %o',
    ({ blackoutMs, delayMs, view }) => {
      const hall = new Hall(3);
      const alice = hall.addPublisher('alice', { codec: 'vp8', encodings: 3, temporalLayers: 3 }, { delayMs: 10 });
      const link = { delayMs, rateBps: 2_500_000, queueMs: 300 };
      const bob = hall.addSubscriber('bob', 'vp8', link, { audio: 1, video: 1 }, 2_500_000);
      bob.subscriber.waitFor(2 * delayMs);
      hall.subscribe(bob, alice.video, view);
      hall.run(5_000);
      const keyFrames = alice.publisher.keyFramesAsked;
      const isMany = shownIn(bob, hall.now - 1_000, hall.now).length > 25;
      bob.down.isUp = bob.up.isUp = false;
      hall.run(blackoutMs);
      bob.down.isUp = bob.up.isUp = true;
      const backAt = hall.now;
      hall.run(1_000);
      const soon = shownIn(bob, backAt, hall.now).length;
      hall.run(4_000);
      expect(isMany).toBe(true);
      expect(soon).toBeGreaterThan(5);
      expect(errorsOf(bob)).toEqual([]);
      expect(alice.publisher.keyFramesAsked - keyFrames).toBeLessThanOrEqual(2);
    },
  );

  test.each([
    { reorder: 0.1, reorderMs: 30, duplicate: 0.1 },
    { reorder: 0.25, reorderMs: 50, duplicate: 0.1 },
    { jitterMs: 30 },
    { jitterMs: 100 },
    { jitterMs: 200 },
  ])('R-05 packets that overtake each other and come twice cost few retransmissions, and are delivered once: %o', (fault) => {
    const hall = new Hall(5);
    const alice = hall.addPublisher('alice', { codec: 'vp8' }, { delayMs: 10, ...fault });
    const bob = hall.addSubscriber('bob', 'vp8', { delayMs: 20 });
    hall.subscribe(bob, alice.video);
    hall.subscribe(bob, alice.audio);
    hall.run(20_000);
    expect(errorsOf(bob)).toEqual([]);
    const [audio, video] = bob.subscriber.sections;
    expect(new Set(audio!.audioSequences).size).toBe(audio!.audioSequences.length);
    expect(video!.shown.length).toBeGreaterThan(590);
    expect(alice.publisher.nacksHeard).toBeLessThan(alice.video.sources[0]!.packets * 0.05);
  });
});

test('R-06 the path falls from 2 Mbit/s to 500 and to 150 kbit/s and rises again: layers fall before frames freeze, audio goes on', () => {
  const hall = new Hall(2);
  const stream = { codec: 'vp8', encodings: 3, temporalLayers: 3, frameBytes: 900 } as const;
  const alice = hall.addPublisher('alice', stream, { delayMs: 10 });
  const link = { delayMs: 25, queueMs: 300 };
  const bob = hall.addSubscriber('bob', 'vp8', { ...link, rateBps: 2_000_000 });
  const subscription = hall.subscribe(bob, alice.video);
  hall.subscribe(bob, alice.audio);
  const [audio] = bob.subscriber.sections;
  /** What waits for its turn on the link, each 20 ms. */
  const waiting: { readonly at: number; readonly ms: number }[] = [];
  hall.repeat(20, () => waiting.push({ at: hall.now, ms: bob.down.queueingMs }));
  const waits = (from: number) => {
    const sorted = waiting.flatMap(({ at, ms }) => (at >= from ? [ms] : [])).sort((x, y) => x - y);
    return sorted[Math.floor(0.95 * sorted.length)]!;
  };
  const phase = (rateBps: number, durationMs: number) => {
    bob.down.profile = { ...link, rateBps };
    const from = hall.now;
    const heard = audio!.audioPackets;
    hall.run(2_000);
    const { bytesSent } = bob.participant.downlink;
    hall.run(2_000);
    const sentBps = (bob.participant.downlink.bytesSent - bytesSent) * 4;
    hall.run(durationMs - 4_000);
    const shown = shownIn(bob, from, hall.now);
    return { heard: (audio!.audioPackets - heard) / (durationMs / 20), from, shown, sentBps };
  };
  phase(2_000_000, 15_000);
  const before = bob.participant.figures().sendBps;
  expect(subscription.why(hall.now).layer).toMatchObject({ encoding: 'f' });
  const middle = phase(500_000, 12_000);
  expect(subscription.why(hall.now)).toMatchObject({ limitedBy: 'network' });
  expect(middle.heard).toBeGreaterThan(0.9);
  expect(middle.sentBps).toBeLessThanOrEqual(500_000);
  expect(waits(middle.from + 5_000)).toBeLessThan(100);
  expect(frozenIn(bob, middle.from + 4_000, hall.now, 50)).toBeLessThan(1_500);
  const low = phase(150_000, 12_000);
  expect(low.heard).toBeGreaterThan(0.8);
  expect(low.sentBps).toBeLessThanOrEqual(150_000);
  expect(waits(low.from + 5_000)).toBeLessThan(100);
  expect(subscription.encoding).toBeLessThanOrEqual(0);
  phase(2_000_000, 20_000);
  expect(subscription.why(hall.now).layer).toMatchObject({ encoding: 'f' });
  expect(bob.participant.figures().sendBps).toBeGreaterThan(0.8 * before);
  expect(errorsOf(bob)).toEqual([]);
  expect(subscription.why(hall.now).history.length).toBeGreaterThan(5);
});

test('R-19 numbers and times wrap, those of the publisher and ours', () => {
  const begun = (seed: number) => {
    const hall = new Hall(seed);
    const bob = hall.addSubscriber('bob', 'vp8', { delayMs: 5 }, { audio: 0, video: 1 }, 25_000_000);
    return { hall, bob, first: bob.slots[0]!.stream.highestSequence };
  };
  let seed = 1;
  while (begun(seed).first < 32_000) seed += 1;
  const { hall, bob, first } = begun(seed);
  const alice = hall.addPublisher('alice', { codec: 'vp8', frameBytes: 200, intervalMs: 2 }, { delayMs: 5 });
  alice.publisher.encodings[0]!.sequence = 65_500;
  hall.subscribe(bob, alice.video);
  hall.run((2 * (65_536 - first) * 1.1) | 0);
  expect(errorsOf(bob)).toEqual([]);
  expect(bob.slots[0]!.stream.highestSequence).toBeGreaterThan(65_600);
  expect(bob.subscriber.sections[0]!.nack.counters.requested).toBe(0);
});

test('R-20 one of twenty has 100 kbit/s: the others lose nothing, and what waits for it is bounded', () => {
  const hall = new Hall(6);
  const alice = hall.addPublisher(
    'alice',
    { codec: 'vp8', encodings: 3, temporalLayers: 3, hasChainedTop: false },
    { delayMs: 10 },
  );
  const others = Array.from({ length: 19 }, (_, i) => hall.addSubscriber(`one${i}`, 'vp8', { delayMs: 20 }));
  const slow = hall.addSubscriber('slow', 'vp8', { delayMs: 20, rateBps: 100_000, queueMs: 300 });
  for (const one of [...others, slow]) {
    hall.subscribe(one, alice.video, { width: 320, height: 180 });
    hall.subscribe(one, alice.audio);
  }
  let waiting = 0;
  hall.repeat(50, () => {
    waiting = Math.max(waiting, slow.participant.downlink.controller.pacer.queuedPackets);
  });
  hall.run(6_000);
  const from = hall.now;
  const heard = slow.subscriber.sections[0]!.audioPackets;
  hall.run(4_000);
  for (const one of others) {
    expect(errorsOf(one)).toEqual([]);
    expect(shownIn(one, from, hall.now).length).toBeGreaterThan(115);
  }
  expect(waiting).toBeLessThan(500);
  expect(errorsOf(slow)).toEqual([]);
  const video = slow.participant.subscriptions.get(alice.video)!;
  expect(video.encoding).toBeLessThanOrEqual(0);
  expect(slow.subscriber.sections[0]!.audioPackets - heard).toBeGreaterThan(195);
});

test('R-21 what comes at once after half a second without any does not leave at once', () => {
  const hall = new Hall(17);
  const alice = hall.addPublisher('alice', { codec: 'vp8', frameBytes: 4_000 }, { delayMs: 10 });
  const bob = hall.addSubscriber('bob', 'vp8', { delayMs: 10 }, { audio: 0, video: 1 }, 1_500_000);
  hall.subscribe(bob, alice.video);
  hall.run(3_000);
  const until = hall.now + 500;
  hall.repeat(1, () => {
    alice.up.profile = { delayMs: Math.max(10, until - hall.now) };
  });
  const [section] = bob.subscriber.sections;
  hall.run(490);
  const before = section!.bytes;
  let most = 0;
  for (let i = 0; i < 20; i++) {
    const from = section!.bytes;
    hall.run(50);
    most = Math.max(most, section!.bytes - from);
  }
  expect(section!.bytes - before).toBeGreaterThan(60_000);
  const { targetBps } = bob.participant.downlink.controller;
  expect(most).toBeLessThan(18_000 + (2.5 * targetBps * 0.05) / 8 + 3_000);
  expect(errorsOf(bob)).toEqual([]);
});

test('R-08 R-09 a subscriber that is reached another way, at once or after a pause, sees and hears on without a gap in numbers', () => {
  const hall = new Hall(19);
  const alice = hall.addPublisher('alice', { codec: 'vp8', temporalLayers: 3 }, { delayMs: 10 });
  const bob = hall.addSubscriber('bob', 'vp8', { delayMs: 10 });
  hall.subscribe(bob, alice.video);
  hall.subscribe(bob, alice.audio);
  hall.run(2_000);
  hall.move(bob);
  hall.run(1_000);
  expect(shownIn(bob, hall.now - 900, hall.now).length).toBeGreaterThan(24);
  bob.participant.disconnect();
  hall.run(3_000);
  const [audio, video] = bob.subscriber.sections;
  const before = video!.packets;
  hall.run(1_000);
  expect(video!.packets).toBe(before);
  const backAt = hall.now;
  hall.move(bob);
  hall.run(2_000);
  expect(shownIn(bob, backAt, backAt + 500).length).toBeGreaterThan(3);
  expect(video!.nack.counters.requested).toBe(0);
  expect(audio!.audioSequences.at(-1)! - audio!.audioSequences[0]!).toBe(audio!.audioSequences.length - 1);
  expect(errorsOf(bob)).toEqual([]);
});

test('who comes when a key frame has just been gets that, and nobody is asked for another', () => {
  const hall = new Hall(18);
  const alice = hall.addPublisher('alice', { codec: 'vp8' }, { delayMs: 10 });
  const others = Array.from({ length: 8 }, (_, i) => hall.addSubscriber(`one${i}`, 'vp8', { delayMs: 10 }));
  hall.subscribe(others[0]!, alice.video);
  hall.run(400);
  const asked = alice.publisher.keyFramesAsked;
  for (const one of others) {
    hall.subscribe(one, alice.video);
    hall.run(40);
  }
  hall.run(1_000);
  expect(alice.publisher.keyFramesAsked).toBe(asked);
  for (const one of others) {
    expect(errorsOf(one)).toEqual([]);
    expect(one.subscriber.sections[1]!.shown.length).toBeGreaterThan(35);
  }
});

describe('many who want something of one publisher', () => {
  test('S-53 a hundred subscribers who ask fifty times a second cost it two key frames a second', () => {
    const hall = new Hall(8);
    const alice = hall.addPublisher('alice', { codec: 'vp8' }, { delayMs: 10 });
    const others = Array.from({ length: 30 }, (_, i) => hall.addSubscriber(`one${i}`, 'vp8', {}, { audio: 0, video: 1 }));
    for (const one of others) hall.subscribe(one, alice.video);
    hall.run(1_000);
    const before = alice.publisher.keyFramesAsked;
    hall.repeat(20, () => {
      for (const { subscriber } of others) subscriber.ask('pli');
    });
    hall.run(3_000);
    expect(alice.publisher.keyFramesAsked - before).toBeLessThanOrEqual(7);
  });

  test('S-52 one who misses everything always gets each packet three times at most, and a quarter of the media at most', () => {
    const hall = new Hall(9);
    const alice = hall.addPublisher('alice', { codec: 'vp8' }, { delayMs: 10 });
    const bob = hall.addSubscriber('bob', 'vp8', { delayMs: 10 });
    hall.subscribe(bob, alice.video);
    hall.run(2_000);
    const [, slot] = bob.slots;
    hall.repeat(20, () => bob.subscriber.ask('everything'));
    hall.run(10_000);
    expect(slot!.stream.resends).toBeGreaterThan(10);
    expect(slot!.stream.resends).toBeLessThan(slot!.stream.packets * 0.4);
    expect(errorsOf(bob)).toEqual([]);
  });

  test('S-56 a publisher that sends more than it may is cut to that, told so, and others do not suffer', () => {
    const hall = new Hall(10, { publisherBps: 1_000_000 });
    const loud = hall.addPublisher('loud', { codec: 'vp8', frameBytes: 40_000 }, { delayMs: 10 });
    const alice = hall.addPublisher('alice', { codec: 'vp8' }, { delayMs: 10 });
    const bob = hall.addSubscriber('bob', 'vp8', { delayMs: 10 }, { audio: 0, video: 2 });
    hall.subscribe(bob, loud.video);
    hall.subscribe(bob, alice.video);
    hall.run(4_000);
    expect(loud.participant.ingress.dropped).toBeGreaterThan(500);
    expect(hall.events).toContainEqual(
      expect.objectContaining({ type: 'limited', participant: 'loud', code: 'media/publisher-budget', isLimited: true }),
    );
    expect(bob.subscriber.sections[1]!.shown.length).toBeGreaterThan(100);
    expect(errorsOf(bob)).toEqual([]);
  });
});

test('S-56 a simulcast beyond the budget loses its highest encoding, and the lower ones stay whole', () => {
  const hall = new Hall(15, { publisherBps: 700_000 });
  const alice = hall.addPublisher('alice', { codec: 'vp8', encodings: 3, frameBytes: 600 }, { delayMs: 10 });
  const bob = hall.addSubscriber('bob', 'vp8', { delayMs: 10 }, { audio: 0, video: 1 }, 3_000_000);
  const subscription = hall.subscribe(bob, alice.video);
  hall.run(6_000);
  expect(subscription.why(hall.now)).toMatchObject({ limitedBy: 'server', layer: { encoding: 'h' } });
  expect(shownIn(bob, hall.now - 3_000, hall.now).length).toBeGreaterThan(85);
  const wanted = hall.events.filter((event) => event.type === 'encodings-wanted' && event.track === 'alice-video');
  expect(wanted.at(-1)).toMatchObject({ wanted: [true, true, false] });
  expect(errorsOf(bob)).toEqual([]);
});

test('a machine that is short of time sends lower layers, and says so', () => {
  const hall = new Hall(16);
  const alice = hall.addPublisher('alice', { codec: 'vp8', encodings: 3 }, { delayMs: 10 });
  const bob = hall.addSubscriber('bob', 'vp8', { delayMs: 10 }, { audio: 0, video: 1 }, 3_000_000);
  const subscription = hall.subscribe(bob, alice.video);
  hall.run(2_000);
  expect(subscription.why(hall.now).layer).toMatchObject({ encoding: 'f' });
  hall.router.restrain(0);
  hall.run(2_000);
  expect(subscription.why(hall.now)).toMatchObject({ limitedBy: 'server', layer: { encoding: 'q' } });
  hall.router.restrain(-1);
  hall.run(500);
  expect(subscription.why(hall.now)).toMatchObject({ limitedBy: 'server', layer: undefined });
  hall.router.restrain(Number.POSITIVE_INFINITY);
  hall.run(2_000);
  expect(subscription.why(hall.now)).toMatchObject({ limitedBy: 'nothing', layer: { encoding: 'f' } });
  expect(errorsOf(bob)).toEqual([]);
});

describe('who speaks', () => {
  test('the loudest has the floor and keeps it through coughs; audio of the others is not forwarded where there are not slots for all', () => {
    const hall = new Hall(11);
    const people = ['ann', 'ben', 'cid', 'dan'].map((id) => hall.addPublisher(id, { codec: 'vp8', intervalMs: 1_000 }));
    const bob = hall.addSubscriber('bob', 'vp8', {}, { audio: 2, video: 0 });
    for (const { audio, publisher } of people) {
      publisher.audioLevel = 127;
      hall.subscribe(bob, audio);
    }
    const [ann, ben, cid] = people;
    ann!.publisher.audioLevel = 25;
    hall.run(1_500);
    const speakers = () => hall.events.filter((event) => event.type === 'speakers-changed').at(-1);
    expect(speakers()).toMatchObject({ speakers: ['ann'] });
    ben!.publisher.audioLevel = 5; // a cough
    hall.run(200);
    ben!.publisher.audioLevel = 127;
    hall.run(2_500);
    expect(hall.session.speakers.order()[0]!.publisher.id).toBe('ann');
    ann!.publisher.audioLevel = 127;
    cid!.publisher.audioLevel = 20;
    hall.run(3_000);
    expect(speakers()).toMatchObject({ speakers: ['cid'] });
    const shown = bob.slots.map(({ subscription }) => subscription?.track.publisher.id);
    expect(shown).toContain('cid');
    expect(shown).toContain('ann');
    expect(errorsOf(bob)).toEqual([]);
    expect(hall.events).toContainEqual(expect.objectContaining({ type: 'slots-wanted', participant: 'bob', audio: 4, video: 0 }));
  });

  test('who sends next to nothing of silence (DTX) is still there, has not the floor, and is heard with the first word', () => {
    const hall = new Hall(20);
    const alice = hall.addPublisher('alice', { codec: 'vp8' }, { delayMs: 10 });
    const bob = hall.addSubscriber('bob', 'vp8', { delayMs: 10 });
    const heard: { readonly at: number; readonly rtpTimestamp: number }[] = [];
    const [audio] = bob.subscriber.sections;
    bob.subscriber.watch = ({ ssrc, rtpTimestamp }) => {
      if (ssrc === audio!.ssrc) heard.push({ at: hall.now, rtpTimestamp });
    };
    const subscription = hall.subscribe(bob, alice.audio);
    hall.run(3_000);
    alice.publisher.isInDtx = true;
    hall.run(1_000);
    const [from, reports] = [heard.length, bob.subscriber.senderReports];
    const silence = 20_000;
    hall.run(silence);
    // Each packet of it goes on, at the time that it is of, and none is taken for lost.
    const told = heard.slice(from);
    expect(told.length).toBeGreaterThanOrEqual(silence / 400 - 1);
    for (const [i, { rtpTimestamp }] of told.slice(1).entries()) expect(rtpTimestamp - told[i]!.rtpTimestamp).toBe(400 * 48);
    expect(audio!.audioSequences.at(-1)! - audio!.audioSequences[0]!).toBe(audio!.audioSequences.length - 1);
    expect(alice.participant.figures().lossFrom).toBe(0);
    expect(subscription.why(hall.now).limitedBy).toBe('nothing');
    expect(bob.subscriber.senderReports - reports).toBeGreaterThanOrEqual(silence / 1_000 - 1);
    const speakers = hall.events.filter((event) => event.type === 'speakers-changed').map((event) => event.speakers);
    expect(speakers).toEqual([['alice'], []]);
    alice.publisher.isInDtx = false;
    const spokeAt = hall.now;
    hall.run(1_000);
    expect(heard.find(({ at }) => at > spokeAt)!.at - spokeAt).toBeLessThanOrEqual(20 + 20);
    expect(hall.session.speakers.speaking(hall.now)).toEqual([alice.audio]);
    expect(errorsOf(bob)).toEqual([]);
  });

  test('a muted track is not forwarded, and goes on in numbers and time afterwards', () => {
    const hall = new Hall(12);
    const alice = hall.addPublisher('alice', { codec: 'vp8' }, { delayMs: 10 });
    const bob = hall.addSubscriber('bob', 'vp8', { delayMs: 10 });
    hall.subscribe(bob, alice.audio);
    const video = hall.subscribe(bob, alice.video);
    hall.run(2_000);
    alice.participant.mute(alice.video, true);
    alice.participant.mute(alice.audio, true);
    hall.run(100);
    const before = bob.subscriber.sections.map(({ packets }) => packets);
    hall.run(2_000);
    expect(bob.subscriber.sections.map(({ packets }) => packets)).toEqual(before);
    expect(video.why(hall.now).limitedBy).toBe('muted');
    alice.participant.mute(alice.video, false);
    alice.participant.mute(alice.audio, false);
    hall.run(2_000);
    expect(errorsOf(bob)).toEqual([]);
    const [audio] = bob.subscriber.sections;
    expect(audio!.audioSequences.at(-1)! - audio!.audioSequences[0]!).toBe(audio!.audioSequences.length - 1);
    expect(shownIn(bob, hall.now - 1_500, hall.now).length).toBeGreaterThan(40);
  });
});

describe('messages', () => {
  const channel = { label: 'chat', protocol: '', isReliable: true, isOrdered: true };
  const bytes = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));

  test('go to all others, or to those that are named', () => {
    const hall = new Hall(13);
    const alice = hall.addPublisher('alice', { codec: 'vp8' });
    hall.addSubscriber('bob', 'vp8');
    hall.addSubscriber('carol', 'vp8');
    hall.session.sendData(hall.now, alice.participant, channel, bytes('all'), true);
    hall.session.sendData(hall.now, alice.participant, channel, bytes('carol alone'), true, ['carol', 'alice', 'nobody']);
    hall.settle();
    expect(hall.data).toEqual([
      { to: 'bob', from: 'alice', text: 'all' },
      { to: 'carol', from: 'alice', text: 'all' },
      { to: 'carol', from: 'alice', text: 'carol alone' },
    ]);
  });

  test('S-69 one who takes none costs bounded memory: lossy ones push out the oldest, and of reliable ones its owner is told', () => {
    const hall = new Hall(14);
    const alice = hall.addPublisher('alice', { codec: 'vp8' });
    const bob = hall.addSubscriber('bob', 'vp8');
    hall.router.dataBuffered(bob.participant.handle, 1 << 20);
    const lossy = { ...channel, isReliable: false };
    for (let i = 0; i < 1_000; i++) hall.session.sendData(hall.now, alice.participant, lossy, new Uint8Array(1_000), false);
    expect(bob.participant.data.queuedBytes).toBeLessThanOrEqual(256 * 1024);
    expect(bob.participant.data.lossyDropped).toBeGreaterThan(700);
    for (let i = 0; i < 200; i++) hall.session.sendData(hall.now, alice.participant, channel, new Uint8Array(64_000), false);
    expect(bob.participant.data.queuedBytes).toBeLessThanOrEqual(13 * 1024 * 1024);
    hall.settle();
    expect(hall.events).toContainEqual(expect.objectContaining({ type: 'limited', participant: 'bob', code: 'media/data-slow' }));
    expect(hall.data.filter(({ to }) => to === 'bob')).toEqual([]);
    for (let i = 0; i < 60; i++) {
      hall.router.dataBuffered(bob.participant.handle, 0);
      hall.settle();
    }
    const taken = hall.data.filter(({ to }) => to === 'bob').length;
    expect(taken).toBeGreaterThan(120);
    const told = hall.events.filter((event) => event.type === 'limited' && event.participant === 'bob');
    expect(told).toMatchObject([{ isLimited: true }, { isLimited: false }]);
    hall.session.sendData(hall.now, alice.participant, channel, bytes('again'), true);
    hall.settle();
    expect(hall.data.at(-1)).toMatchObject({ to: 'bob', text: 'again' });
  });

  test('S-69 one who takes a kilobyte a second of ten megabits, for ten minutes, costs sixteen megabytes at most; others get all of it', () => {
    const hall = new Hall(15);
    const alice = hall.addPublisher('alice', { codec: 'vp8', intervalMs: 10_000, audioBytes: 0 });
    const [bob, carol] = [hall.addSubscriber('bob', 'vp8'), hall.addSubscriber('carol', 'vp8')];
    const message = new Uint8Array(62_000);
    const got = { bob: 0, carol: 0 };
    let most = 0;
    let sent = 0;
    for (let turn = 1; turn <= 600 * 20; turn++) {
      message.set(bytes(`${sent++}`.padEnd(40)));
      hall.session.sendData(hall.now, alice.participant, channel, message, false);
      hall.run(50);
      for (const { to, text } of hall.data.splice(0)) {
        const isNext = Number(text) === got[to as keyof typeof got];
        if (isNext) got[to as keyof typeof got] += 1;
      }
      const held = Math.max(0, got.bob * message.length - turn * 50); // by his transport, which a kilobyte a second has left
      hall.router.dataBuffered(bob.participant.handle, held);
      hall.router.dataBuffered(carol.participant.handle, 0);
      most = Math.max(most, held + bob.participant.data.queuedBytes);
    }
    expect(most).toBeLessThanOrEqual(16 * 1_024 * 1_024);
    expect(got.carol).toBe(sent);
    expect(got.bob * message.length).toBeGreaterThan(600_000);
    const told = hall.events.filter((event) => event.type === 'limited');
    expect(told).toMatchObject([{ participant: 'bob', code: 'media/data-slow', isLimited: true }]);
  });
});

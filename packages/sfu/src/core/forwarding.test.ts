import { describe, expect, test } from 'vitest';
import { Hall } from './testing/hall.js';
import { EXTENSIONS } from './testing/test-publisher.js';

const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** Everything that a subscriber says went wrong. */
function errorsOf({ subscriber }: ReturnType<Hall['addSubscriber']>): string[] {
  return [...subscriber.errors, ...subscriber.sections.flatMap(({ errors }) => errors)];
}

describe('one publisher, one subscriber', () => {
  test('audio and video of one layer arrive, in order, decodable, every one of them', () => {
    const hall = new Hall();
    const alice = hall.addPublisher('alice', { codec: 'vp8' }, { delayMs: 20 });
    const bob = hall.addSubscriber('bob', 'vp8', { delayMs: 20 });
    hall.subscribe(bob, alice.video);
    hall.subscribe(bob, alice.audio);
    hall.run(5_000);
    const [audio, video] = bob.subscriber.sections;
    expect(errorsOf(bob)).toEqual([]);
    expect(video!.shown.length).toBeGreaterThan(140);
    expect(audio!.audioPackets).toBeGreaterThan(240);
    expect(bob.subscriber.senderReports).toBeGreaterThan(4);
  });

  test('what is lost on the way to the subscriber comes again from the cache, and the publisher is not asked', () => {
    const hall = new Hall();
    const alice = hall.addPublisher('alice', { codec: 'vp8' }, { delayMs: 10 });
    const bob = hall.addSubscriber('bob', 'vp8', { delayMs: 20, loss: 0.05 });
    hall.subscribe(bob, alice.video);
    hall.run(10_000);
    const [, video] = bob.subscriber.sections;
    expect(errorsOf(bob)).toEqual([]);
    expect(video!.repairs).toBeGreaterThan(5);
    expect(video!.shown.length).toBeGreaterThan(285);
    expect(alice.publisher.nacksHeard).toBe(0);
  });

  test('what is lost on the way to us is asked for once, whoever many wait for it', () => {
    const hall = new Hall();
    const alice = hall.addPublisher('alice', { codec: 'vp8' }, { delayMs: 10, loss: 0.05 });
    const others = Array.from({ length: 5 }, (_, i) => hall.addSubscriber(`bob${i}`, 'vp8', { delayMs: 20 }));
    for (const one of others) hall.subscribe(one, alice.video);
    hall.run(10_000);
    for (const one of others) {
      expect(errorsOf(one)).toEqual([]);
      expect(one.subscriber.sections[1]!.shown.length).toBeGreaterThan(280);
    }
    const { packets } = alice.video.sources[0]!;
    expect(alice.publisher.nacksHeard).toBeLessThan(packets * 0.12);
  });

  test('a track that comes into the slot of another goes on in numbers and time, and the first stops at once', () => {
    const hall = new Hall();
    const alice = hall.addPublisher('alice', { codec: 'vp8', temporalLayers: 3 }, { delayMs: 20 });
    const carol = hall.addPublisher('carol', { codec: 'vp8', temporalLayers: 3 }, { delayMs: 20 });
    const bob = hall.addSubscriber('bob', 'vp8', { delayMs: 20 });
    const first = hall.subscribe(bob, alice.video);
    hall.run(2_000);
    first.end();
    hall.subscribe(bob, carol.video);
    hall.run(2_000);
    expect(errorsOf(bob)).toEqual([]);
    expect(bob.subscriber.sections[1]!.shown.length).toBeGreaterThan(105);
    const changes = hall.events.filter((event) => event.type === 'slots-changed' && event.participant === 'bob');
    expect(changes.at(-1)).toMatchObject({ slots: [{ mid: 'v0', track: 'carol-video', publisher: 'carol' }] });
  });
});

test('what sound takes is told whole, beside pictures of several layers', () => {
  const hall = new Hall();
  const alice = hall.addPublisher('alice', { codec: 'vp8', temporalLayers: 3, audioBytes: 60 }, { delayMs: 10 });
  const bob = hall.addSubscriber('bob', 'vp8', { delayMs: 20 });
  hall.subscribe(bob, alice.video);
  const sound = hall.subscribe(bob, alice.audio);
  hall.run(5_000);
  const bitrateBps = sound.why(hall.now).layer?.bitrateBps;
  expect(bitrateBps).toBeGreaterThan(36_000); // 50 packets of 100 bytes, headers included
  expect(bitrateBps).toBeLessThan(44_000);
});

test('retransmissions and padding always name their section; media only until the subscriber has reported of it', () => {
  const hall = new Hall();
  const alice = hall.addPublisher('alice', { codec: 'vp8', encodings: 2, frameBytes: 1_000 }, { delayMs: 10 });
  const bob = hall.addSubscriber('bob', 'vp8', { delayMs: 20, loss: 0.05, rateBps: 500_000 }, { audio: 0, video: 1 });
  hall.subscribe(bob, alice.video);
  const [section] = bob.subscriber.sections;
  const named = { media: [0, 0], repairs: [0, 0] };
  bob.subscriber.watch = (view) => {
    const isNamed = view.findExtension(EXTENSIONS['mid']!);
    if (isNamed) expect(textOf(view.bytes.subarray(view.valueOffset, view.valueOffset + view.valueBytes))).toBe(section!.mid);
    named[view.ssrc === section!.ssrc ? 'media' : 'repairs'][isNamed ? 1 : 0]! += 1;
  };
  hall.run(20_000);
  expect(section!.repairs).toBeGreaterThan(5);
  expect(section!.padding).toBeGreaterThan(5);
  expect(named.repairs[0]).toBe(0);
  expect(named.media[0]).toBeGreaterThan(named.media[1]!);
});

describe('simulcast', () => {
  const link = { delayMs: 20 };

  test('a small tile gets the low encoding, a large one the high one, and each changes at a key frame', () => {
    const hall = new Hall();
    const alice = hall.addPublisher('alice', { codec: 'vp8', encodings: 3, temporalLayers: 3 }, link);
    const bob = hall.addSubscriber('bob', 'vp8', link, { audio: 0, video: 1 }, 3_000_000);
    const subscription = hall.subscribe(bob, alice.video, { width: 160, height: 90 });
    hall.run(3_000);
    const [video] = bob.subscriber.sections;
    expect(errorsOf(bob)).toEqual([]);
    expect(video!.shown.at(-1)!.tags[0]!.encoding).toBe(0);
    subscription.see({ width: 1_280, height: 720 });
    hall.run(3_000);
    expect(errorsOf(bob)).toEqual([]);
    expect(video!.shown.at(-1)!.tags[0]!.encoding).toBe(2);
    expect(subscription.why(hall.now)).toMatchObject({ limitedBy: 'nothing', layer: { encoding: 'f', width: 640 } });
    subscription.see({ width: 100, height: 50 });
    hall.run(3_000);
    expect(errorsOf(bob)).toEqual([]);
    expect(video!.shown.at(-1)!.tags[0]!.encoding).toBe(0);
    expect(subscription.why(hall.now)).toMatchObject({ limitedBy: 'tile', layer: { encoding: 'q' } });
    expect(video!.shown.length).toBeGreaterThan(250);
  });

  test('a hidden tile gets nothing, and encodings that nobody can use are switched off at the publisher', () => {
    const hall = new Hall();
    const alice = hall.addPublisher('alice', { codec: 'vp8', encodings: 3 }, link);
    const bob = hall.addSubscriber('bob', 'vp8', link);
    const subscription = hall.subscribe(bob, alice.video, { width: 160, height: 90 });
    hall.run(5_000);
    const wanted = () => hall.events.filter((event) => event.type === 'encodings-wanted' && event.track === 'alice-video').at(-1);
    expect(wanted()).toMatchObject({ wanted: [true, false, false] });
    subscription.see({ isVisible: false });
    const before = bob.subscriber.sections[1]!.packets;
    hall.run(4_000);
    expect(wanted()).toMatchObject({ wanted: [false, false, false] });
    expect(bob.subscriber.sections[1]!.packets - before).toBeLessThan(10);
    expect(subscription.why(hall.now).limitedBy).toBe('hidden');
    subscription.see({ isVisible: true });
    hall.run(1_000);
    expect(wanted()).toMatchObject({ wanted: [true, false, false] });
    expect(bob.subscriber.sections[1]!.packets).toBeGreaterThan(before + 20);
    expect(errorsOf(bob)).toEqual([]);
  });
});

describe('after a pause', () => {
  test('what begins to flow again is measured and reported again, and layers rise as before', () => {
    const hall = new Hall();
    const alice = hall.addPublisher('alice', { codec: 'vp8', encodings: 3 }, { delayMs: 20 });
    const bob = hall.addSubscriber('bob', 'vp8', { delayMs: 20 }, { audio: 0, video: 1 }, 3_000_000);
    const subscription = hall.subscribe(bob, alice.video, { width: 1_280, height: 720 });
    hall.run(3_000);
    alice.participant.mute(alice.video, true);
    hall.run(6_000);
    subscription.see({ width: 160, height: 90 });
    alice.participant.mute(alice.video, false);
    hall.run(4_000);
    const reports = bob.subscriber.senderReports;
    subscription.see({ width: 1_280, height: 720 });
    hall.run(4_000);
    expect(bob.subscriber.sections[0]!.shown.at(-1)!.tags[0]!.encoding).toBe(2);
    expect(bob.subscriber.senderReports).toBeGreaterThan(reports + 2);
    expect(errorsOf(bob)).toEqual([]);
  });
});

import { describe, expect, test } from 'vitest';
import { Hall } from './testing/hall.js';
import type { VideoOptions } from './testing/test-publisher.js';

/** Everything that a subscriber says went wrong. */
function errorsOf({ subscriber }: ReturnType<Hall['addSubscriber']>): string[] {
  return [...subscriber.errors, ...subscriber.sections.flatMap(({ errors }) => errors)];
}

const link = { delayMs: 20 };

/** Alice at one router, bob at another. */
function twoRouters(options: VideoOptions, { loss = 0, uplink = link }: { loss?: number; uplink?: object } = {}) {
  const first = new Hall(1);
  const second = new Hall(2, {}, first.clock);
  const alice = first.addPublisher('alice', options, uplink);
  const bob = second.addSubscriber('bob', 'vp8', link, { audio: 1, video: 1 }, 3_000_000);
  const run = (durationMs: number): void => {
    second.settle();
    first.run(durationMs);
  };
  const pipe = () => second.addPiped(first, alice, loss);
  return { first, second, alice, bob, pipe, run };
}

describe('a track that comes to its subscribers by a pipe', () => {
  test('arrives whole, begun in the middle or not, with its audio and its clock', () => {
    const { second, alice, bob, pipe, run } = twoRouters({ codec: 'vp8' });
    run(1_500);
    const piped = pipe();
    second.subscribe(bob, piped.video);
    second.subscribe(bob, piped.audio);
    run(5_000);
    const [audio, video] = bob.subscriber.sections;
    expect(errorsOf(bob)).toEqual([]);
    expect(video!.shown.length).toBeGreaterThan(135);
    expect(audio!.audioPackets).toBeGreaterThan(235);
    expect(piped.counters.again).toBe(0);
    expect(alice.publisher.nacksHeard).toBe(0);
  });

  test('what is lost in the pipe comes from the cache of the publisher’s router, who is not asked for it', () => {
    const { second, alice, bob, pipe, run } = twoRouters({ codec: 'vp8' }, { loss: 0.1 });
    const piped = pipe();
    second.subscribe(bob, piped.video);
    run(10_000);
    expect(errorsOf(bob)).toEqual([]);
    expect(piped.counters.lost).toBeGreaterThan(20);
    expect(piped.counters.again).toBeGreaterThan(20);
    expect(bob.subscriber.sections[1]!.shown.length).toBeGreaterThan(270);
    expect(alice.publisher.nacksHeard).toBe(0);
  });

  test('what is lost on the way to the first router is asked for there, once, and goes on to the second', () => {
    const { first, second, alice, bob, pipe, run } = twoRouters({ codec: 'vp8' }, { uplink: { delayMs: 10, loss: 0.05 } });
    const eve = first.addSubscriber('eve', 'vp8', link);
    first.subscribe(eve, alice.video);
    const piped = pipe();
    second.subscribe(bob, piped.video);
    run(10_000);
    for (const one of [bob, eve]) {
      expect(errorsOf(one)).toEqual([]);
      expect(one.subscriber.sections[1]!.shown.length).toBeGreaterThan(275);
    }
    expect(alice.publisher.nacksHeard).toBeLessThan(alice.video.sources[0]!.packets * 0.12);
    expect(piped.counters.again).toBe(0);
  });

  test('only encodings that somebody there can use go over, and those that nobody uses anywhere are not asked for', () => {
    const { first, second, alice, bob, pipe, run } = twoRouters({ codec: 'vp8', encodings: 3, temporalLayers: 3 });
    const piped = pipe();
    run(3_000);
    expect(piped.counters.packets).toBe(0);
    const wanted = () => first.events.findLast((event) => event.type === 'encodings-wanted' && event.track === alice.video.id);
    expect(wanted()).toMatchObject({ wanted: [false, false, false] });
    const subscription = second.subscribe(bob, piped.video, { width: 160, height: 90 });
    run(3_000);
    expect(wanted()).toMatchObject({ wanted: [true, false, false] });
    const [, video] = bob.subscriber.sections;
    expect(video!.shown.at(-1)!.tags[0]!.encoding).toBe(0);
    subscription.see({ width: 1_280, height: 720 });
    run(6_000);
    expect(wanted()).toMatchObject({ wanted: [true, true, true] });
    expect(video!.shown.at(-1)!.tags[0]!.encoding).toBe(2);
    piped.participant.limitEncodings(0); // the pipe has fallen behind
    run(1_000);
    expect(video!.shown.at(-1)!.tags[0]!.encoding).toBe(0);
    piped.participant.limitEncodings(Infinity);
    run(6_000);
    expect(video!.shown.at(-1)!.tags[0]!.encoding).toBe(2);
    expect(errorsOf(bob)).toEqual([]);
  });

  test('key frames are asked for twice a second at most, whoever asks at whichever router (S-53)', () => {
    const { first, second, alice, bob, pipe, run } = twoRouters({ codec: 'vp8' });
    const eve = first.addSubscriber('eve', 'vp8', link);
    first.subscribe(eve, alice.video);
    const piped = pipe();
    second.subscribe(bob, piped.video);
    run(1_000);
    const { keyFrames } = alice.video.sources[0]!;
    const before = keyFrames.requests;
    const asking = () => {
      piped.video.needKeyFrame(piped.video.sources[0]!);
      alice.video.needKeyFrame(alice.video.sources[0]!);
    };
    second.repeat(10, asking);
    run(5_000);
    expect(keyFrames.requests - before).toBeLessThanOrEqual(11);
    expect(errorsOf(bob)).toEqual([]);
  });
});

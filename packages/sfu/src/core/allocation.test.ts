import { describe, expect, test } from 'vitest';
import { Hall } from './testing/hall.js';

const SIMULCAST = { codec: 'vp8', encodings: 3, temporalLayers: 3 } as const;
const link = { delayMs: 15 };

describe('what a path carries is spent on what is seen', () => {
  test('the pinned picture gets most, thumbnails their least, and nothing freezes', () => {
    const hall = new Hall(21);
    const people = ['ann', 'ben', 'cid'].map((id) => hall.addPublisher(id, { ...SIMULCAST, frameBytes: 900 }, link));
    const bob = hall.addSubscriber('bob', 'vp8', { ...link, rateBps: 1_300_000, queueMs: 300 }, { audio: 0, video: 3 });
    const views = [{ priority: 2 }, { priority: 0 }, { priority: 0 }];
    const subscriptions = people.map(({ video }, i) => hall.subscribe(bob, video, views[i]));
    hall.run(15_000);
    const [pinned, ...thumbnails] = subscriptions.map(({ encoding }) => encoding);
    expect(pinned).toBeGreaterThanOrEqual(1);
    for (const encoding of thumbnails) expect(encoding).toBeLessThanOrEqual(pinned!);
    for (const section of bob.subscriber.sections) {
      expect(section.errors).toEqual([]);
      expect(section.shown.filter(({ at }) => at > hall.now - 3_000).length).toBeGreaterThan(20);
    }
  });

  test('from a low estimate on a wide path, probing finds room for everything within seconds', () => {
    const hall = new Hall(22);
    const alice = hall.addPublisher('alice', { ...SIMULCAST, frameBytes: 900 }, link);
    const bob = hall.addSubscriber('bob', 'vp8', { ...link, rateBps: 5_000_000 }, { audio: 0, video: 1 }, 150_000);
    const subscription = hall.subscribe(bob, alice.video);
    hall.run(8_000);
    expect(subscription.why(hall.now)).toMatchObject({ limitedBy: 'nothing', layer: { encoding: 'f' } });
    expect(bob.subscriber.sections[0]!.errors).toEqual([]);
  });

  test('a screen loses frames before it loses points, a camera the other way round', () => {
    const shown = (content: 'camera' | 'screen') => {
      const hall = new Hall(23);
      const options = { codec: 'vp9', spatialLayers: 2, temporalLayers: 3, frameBytes: 1_500, content } as const;
      const alice = hall.addPublisher('alice', options, link);
      const narrow = { ...link, rateBps: 650_000, queueMs: 300 };
      const bob = hall.addSubscriber('bob', 'vp9', narrow, { audio: 0, video: 1 }, 600_000);
      const subscription = hall.subscribe(bob, alice.video);
      hall.run(12_000);
      expect(bob.subscriber.sections[0]!.errors).toEqual([]);
      return { spatialId: subscription.spatialId, temporalId: subscription.temporalId };
    };
    const screen = shown('screen');
    const camera = shown('camera');
    expect(screen.spatialId).toBe(1);
    expect(screen.temporalId).toBeLessThan(2);
    expect(camera.spatialId).toBe(0);
    expect(camera.temporalId).toBe(2);
  });

  test('nobody is seen large as long as somebody who is wanted as much is not seen at all', () => {
    const hall = new Hall(27);
    const camera = { codec: 'vp8', encodings: 2 } as const;
    const people = ['ann', 'ben', 'cid'].map((id, i) =>
      hall.addPublisher(id, { ...camera, frameBytes: i === 0 ? 300 : 700 }, link),
    );
    const bob = hall.addSubscriber('bob', 'vp8', { ...link, rateBps: 400_000, queueMs: 300 }, { audio: 0, video: 3 });
    const subscriptions = people.map(({ video }) => hall.subscribe(bob, video));
    hall.run(5_000);
    let unfair = 0;
    hall.repeat(100, () => {
      const chosen = subscriptions.map(({ encoding }) => encoding);
      if (chosen.includes(-1) && chosen.includes(1)) unfair += 1;
    });
    hall.run(15_000);
    expect(subscriptions.some(({ encoding }) => encoding < 0)).toBe(true); // 80, 180 and 180 kbit/s: not all fit
    expect(unfair).toBe(0);
  });

  test('a small picture that rests for a moment is no reason for a large one; one that is gone is, once everybody is seen', () => {
    const hall = new Hall(28);
    const [ann, ben, cid] = [300, 100, 100].map((frameBytes, i) =>
      hall.addPublisher(['ann', 'ben', 'cid'][i]!, { codec: 'vp8', encodings: 2, frameBytes }, link),
    );
    const bob = hall.addSubscriber('bob', 'vp8', { ...link, rateBps: 290_000, queueMs: 300 }, { audio: 0, video: 3 });
    const ofAnn = hall.subscribe(bob, ann!.video);
    for (const { video } of [ben!, cid!]) hall.subscribe(bob, video);
    hall.run(12_000);
    expect(ofAnn.encoding).toBe(0); // 80 kbit/s, or 150
    const [small] = ann!.publisher.encodings;
    const chosen = new Set<number>();
    hall.repeat(50, () => chosen.add(ofAnn.encoding));
    small!.isActive = false;
    hall.run(3_000);
    expect([...chosen]).toEqual([0]);
    hall.run(9_000);
    expect(ofAnn.encoding).toBe(1);
  });

  test('nor is it in place of others who are not seen, where there is no small one', () => {
    const hall = new Hall(29);
    const people = [300, 500, 500].map((frameBytes, i) =>
      hall.addPublisher(['ann', 'ben', 'cid'][i]!, { codec: 'vp8', encodings: 2, frameBytes }, link),
    );
    const [small] = people[0]!.publisher.encodings;
    small!.isActive = false;
    const bob = hall.addSubscriber('bob', 'vp8', { ...link, rateBps: 300_000, queueMs: 300 }, { audio: 0, video: 3 });
    const [ofAnn, ofBen, ofCid] = people.map(({ video }) => hall.subscribe(bob, video));
    hall.run(8_000);
    let unfair = 0;
    hall.repeat(100, () => {
      if (ofAnn!.encoding === 1 && (ofBen!.encoding < 0 || ofCid!.encoding < 0)) unfair += 1;
    });
    hall.run(12_000);
    expect(ofBen!.encoding).toBe(0); // 130 kbit/s each: one of the two, or both
    expect(unfair).toBe(0);
  });

  test('of last-N pictures, that of who speaks is one', () => {
    const hall = new Hall(24, { lastNVideo: 1 });
    const people = ['ann', 'ben'].map((id) => hall.addPublisher(id, { codec: 'vp8' }, link));
    const bob = hall.addSubscriber('bob', 'vp8', link, { audio: 2, video: 2 });
    for (const { video, audio, publisher } of people) {
      publisher.audioLevel = 127;
      hall.subscribe(bob, video);
      hall.subscribe(bob, audio);
    }
    const seen = () =>
      bob.slots.filter(({ kind }) => kind === 'video').map(({ subscription }) => subscription?.track.publisher.id);
    for (const speaker of [1, 0, 1]) {
      people.forEach(({ publisher }, i) => {
        publisher.audioLevel = i === speaker ? 20 : 127;
      });
      hall.run(4_000);
      expect(seen().filter((id) => id !== undefined)).toEqual([people[speaker]!.publisher.id]);
    }
    for (const section of bob.subscriber.sections) expect(section.errors).toEqual([]);
  });

  test('slots are wanted for what is seen; what is hidden takes those that are left', () => {
    const hall = new Hall(26);
    const people = ['ann', 'ben', 'cid'].map((id) => hall.addPublisher(id, { codec: 'vp8' }, link));
    const bob = hall.addSubscriber('bob', 'vp8', link, { audio: 0, video: 1 });
    const [first, second, third] = people.map(({ video }, i) => hall.subscribe(bob, video, { isVisible: i === 1 }));
    hall.run(500);
    expect(second!.slot).toBeDefined();
    expect(hall.events.filter(({ type }) => type === 'slots-wanted')).toEqual([]);
    third!.see({ isVisible: true });
    hall.run(500);
    expect(hall.events.filter(({ type }) => type === 'slots-wanted')).toMatchObject([{ audio: 0, video: 2 }]);
    expect([first!.slot, third!.slot]).toEqual([undefined, undefined]);
    second!.see({ isVisible: false });
    hall.run(500);
    expect(third!.slot).toBeDefined();
  });

  test('a picture that does not fit at all says so, and audio has the path to itself', () => {
    const hall = new Hall(25);
    const alice = hall.addPublisher('alice', { codec: 'vp8', frameBytes: 3_000 }, link);
    const bob = hall.addSubscriber('bob', 'vp8', { ...link, rateBps: 120_000, queueMs: 200 });
    const subscription = hall.subscribe(bob, alice.video);
    hall.subscribe(bob, alice.audio);
    hall.run(10_000);
    const heard = bob.subscriber.sections[0]!.audioPackets;
    hall.run(5_000);
    expect(subscription.why(hall.now)).toMatchObject({ limitedBy: 'network', layer: undefined });
    expect(bob.subscriber.sections[0]!.audioPackets - heard).toBeGreaterThan(240);
    const { history } = subscription.why(hall.now);
    expect(history.some(({ limitedBy, estimateBps }) => limitedBy === 'network' && estimateBps < 300_000)).toBe(true);
  });
});

import { SeededRandom } from '@maru/protocol/core';
import { describe, expect, test } from 'vitest';
import { Hall } from './testing/hall.js';
import type { VideoOptions } from './testing/test-publisher.js';

/** What a publisher may send, by the name of the situation. */
const STREAMS: Record<string, VideoOptions> = {
  'VP8 simulcast with temporal layers': { codec: 'vp8', encodings: 3, temporalLayers: 3 },
  'VP8 simulcast whose sender never reports': { codec: 'vp8', encodings: 3, hasSenderReports: false },
  'VP8 of one encoding whose middle layer leans on itself': { codec: 'vp8', temporalLayers: 3, syncEvery: 3 },
  'VP9 with spatial layers': { codec: 'vp9', spatialLayers: 3, temporalLayers: 3 },
  'VP9 with spatial layers, flexible': { codec: 'vp9', spatialLayers: 3, temporalLayers: 3, isFlexible: true },
  'VP9 with key pictures shared alone': { codec: 'vp9', spatialLayers: 3, temporalLayers: 3, isKeySvc: true },
  'VP9 described': { codec: 'vp9', spatialLayers: 3, temporalLayers: 3, hasDescriptor: true, isFlexible: true },
  'AV1 with spatial layers': { codec: 'av1', spatialLayers: 3, temporalLayers: 3, hasDescriptor: true },
  'AV1 with key pictures shared alone': {
    codec: 'av1',
    spatialLayers: 3,
    temporalLayers: 3,
    hasDescriptor: true,
    isKeySvc: true,
  },
  'AV1 simulcast with temporal layers': { codec: 'av1', encodings: 3, temporalLayers: 3, hasDescriptor: true },
  'H.264 simulcast': { codec: 'h264', encodings: 3 },
};

const LAYERS = (stream: VideoOptions) => ({
  encodings: stream.encodings ?? 1,
  spatial: stream.spatialLayers ?? 1,
  temporal: stream.temporalLayers ?? 1,
});

/** A subscriber whose layers are chosen by chance, over and over, without the allocator. */
function wander(seed: number, stream: VideoOptions, up: object, down: object, durationMs: number) {
  const hall = new Hall(seed);
  const alice = hall.addPublisher('alice', stream, { delayMs: 15, ...up });
  const bob = hall.addSubscriber('bob', stream.codec, { delayMs: 15, ...down }, { audio: 0, video: 1 }, 20_000_000);
  const subscription = hall.subscribe(bob, alice.video);
  const random = new SeededRandom(seed + 1);
  const { encodings, spatial, temporal } = LAYERS(stream);
  const pick = (count: number) => Math.floor(random.unit() * count);
  subscription.choose = (now) => {
    subscription.slot?.forwarder.want(now, choice[0]!, choice[1]!, choice[2]!);
  };
  let choice = [encodings - 1, spatial - 1, temporal - 1];
  hall.run(500);
  for (let passed = 0; passed < durationMs; ) {
    const stay = 100 + pick(900);
    choice = random.unit() < 0.05 ? [-1, 0, 0] : [pick(encodings), pick(spatial), pick(temporal)];
    subscription.slot!.forwarder.want(hall.now, choice[0]!, choice[1]!, choice[2]!);
    hall.run(stay);
    passed += stay;
  }
  choice = [encodings - 1, spatial - 1, temporal - 1];
  hall.run(2_500);
  const [section] = bob.subscriber.sections;
  return { errors: [...bob.subscriber.errors, ...section!.errors], shown: section!.shown, section: section!, alice, bob, hall };
}

describe.each(Object.entries(STREAMS))('%s', (_name, stream) => {
  test('whatever layers are chosen when, what arrives is decodable and its time goes on', () => {
    for (let seed = 1; seed <= 2; seed++) {
      const { errors, shown, section } = wander(seed, stream, {}, {}, 5_000);
      expect({ seed, errors }).toEqual({ seed, errors: [] });
      expect(shown.length).toBeGreaterThan(60);
      // No numbers left free that nobody fills: nothing is asked for again on a way without losses.
      expect({ seed, asked: section.nack.counters.requested }).toEqual({ seed, asked: 0 });
      // Time goes on as it did for the cameras, through all switches.
      const [begin, end] = [shown[0]!, shown.at(-1)!];
      const mediaMs = ((end.rtpTimestamp - begin.rtpTimestamp) >>> 0) / 90;
      expect(Math.abs(mediaMs - (end.at - begin.at))).toBeLessThan(70);
      const last = shown.at(-1)!.tags.at(-1)!;
      const { encodings, spatial } = LAYERS(stream);
      expect([last.encoding, last.spatialId]).toEqual([encodings - 1, spatial - 1]);
    }
  });

  test('packets that overtake each other, and losses on both ways, change nothing of that', () => {
    for (let seed = 11; seed <= 12; seed++) {
      const up = { loss: 0.02, reorder: 0.05, reorderMs: 25 };
      const down = { loss: 0.02, reorder: 0.05, reorderMs: 25, duplicate: 0.01 };
      const { errors, shown } = wander(seed, stream, up, down, 4_000);
      expect({ seed, errors }).toEqual({ seed, errors: [] });
      expect(shown.length).toBeGreaterThan(40);
    }
  });
});

import { expect, test } from 'vitest';
import { Hall } from './testing/hall.js';

const ROUND_MS = 15_000;

test.each([1, 3])(
  'five others over 300 kbit/s that lose a packet of twenty: small pictures that go on, and do not flicker (seed %i)',
  (seed) => {
    const hall = new Hall(seed);
    const camera = { codec: 'vp8', encodings: 2, intervalMs: 66, frameBytes: 700, spread: 0.5, hasChainedTop: false } as const;
    const others = ['ada', 'ben', 'cho', 'dia', 'eli'].map((id, i) =>
      hall.addPublisher(id, { ...camera, temporalLayers: i < 3 ? 3 : 1 }, { delayMs: 5 }),
    );
    const line = { delayMs: 20, loss: 0.05, rateBps: 300_000, queueMs: 300 };
    const far = hall.addSubscriber('far', 'vp8', line, { audio: 5, video: 5 });
    const watched = others.map(({ video, audio }) => {
      hall.subscribe(far, audio);
      return hall.subscribe(far, video, { width: 330, height: 185 });
    });
    hall.run(10_000);
    const begin = hall.now;
    const before = watched.map(({ encoding }) => encoding);
    let switches = 0;
    const asked = () => others.reduce((sum, { publisher }) => sum + publisher.keyFramesAsked, 0);
    const askedBefore = asked();
    hall.repeat(100, () => {
      for (const [i, { encoding }] of watched.entries()) {
        if (before[i]! >= 0 && encoding >= 0 && before[i] !== encoding) switches += 1;
        before[i] = encoding;
      }
    });
    let losses = 0;
    for (let round = 0; round < 4; round++) {
      hall.run(ROUND_MS);
      losses += far.participant.downlink.controller.lossShare / 4;
    }
    // a large picture was hardly tried, and those who have half frame rates to give were never without a picture for long
    expect(switches).toBeLessThanOrEqual(4);
    const videos = far.subscriber.sections.filter(({ kind }) => kind === 'video').slice(0, 3);
    for (const { shown } of videos) {
      const times = [begin, ...shown.map(({ at }) => at).filter((at) => at >= begin), hall.now];
      const longestMs = Math.max(...times.slice(1).map((at, i) => at - times[i]!));
      expect(times.length).toBeGreaterThan((3 * 4 * ROUND_MS) / 1_000);
      expect(longestMs).toBeLessThan(3_000);
    }
    expect(asked() - askedBefore).toBeLessThan(16);
    expect(losses).toBeLessThan(0.1);
    const audio = far.subscriber.sections.filter(({ kind }) => kind === 'audio');
    for (const { audioPackets } of audio) expect(audioPackets).toBeGreaterThan(0.85 * (hall.now / 20));
    expect(watched[0]!.why(hall.now)).toMatchObject({ limitedBy: 'network', layer: { encoding: 'q' } });
  },
);

import { expect, test } from 'vitest';
import { Hall } from './testing/hall.js';

/**
 * What tests/interop/src/six-people.test.ts has for real, in virtual time: pictures and sound as browsers were seen to send them, a line as its
 * link emulator makes it, less what Ethernet and SRTP add, and computers that are busy.
 */
const CHROMIUM = { encodings: 2, temporalLayers: 3, intervalMs: 167, frameBytes: 2_000 } as const;
const FIREFOX = { encodings: 2, temporalLayers: 1, intervalMs: 240, frameBytes: 1_800 } as const;
const OTHERS = [
  ['ada', { ...CHROMIUM, audioBytes: 20 }],
  ['ben', { ...CHROMIUM, audioBytes: 0 }],
  ['cho', { ...CHROMIUM, audioBytes: 0 }],
  ['dia', { ...FIREFOX, audioBytes: 95 }],
  ['eli', { ...FIREFOX, audioBytes: 0 }],
] as const;
const LINE = { delayMs: 20, loss: 0.05, rateBps: 282_000, queueMs: 300 };
const BUSY = { stallMs: 10 };
/** What whoever is far sends itself, over the same line. */
const OWN_BPS = 240_000;

const SETTLING_MS = 20_000;
const LOOKING_MS = 40_000;

test.each([1, 2, 3])(
  'five others over 300 kbit/s that lose a packet of twenty: three small pictures that do not stand still, and never a large one (seed %i)',
  (seed) => {
    const hall = new Hall(seed);
    const others = OTHERS.map(([id, options]) => {
      hall.run(13 + hall.random.unit() * 70); // nobody's pictures keep step with another's
      return hall.addPublisher(id, { codec: 'vp8', spread: 0.4, hasChainedTop: false, ...options }, { delayMs: 1 });
    });
    hall.run(2_000);
    const far = hall.addSubscriber('far', 'vp8', LINE, { audio: 5, video: 5 }, undefined, { ...LINE, ...BUSY });
    const own = {
      protocol: 'udp',
      source: { address: '10.0.0.1', port: 1 },
      destination: { address: '10.0.0.1', port: 1 },
    } as const;
    hall.repeat(33, () => far.up.carry({ ...own, bytes: new Uint8Array((OWN_BPS / 8) * 0.033) }, () => {}));
    const watched = others.map(({ video, audio }, i) => {
      if (OTHERS[i]![1].audioBytes > 0) hall.subscribe(far, audio);
      return hall.subscribe(far, video, { width: 352, height: 198 });
    });
    hall.run(SETTLING_MS);

    const begin = hall.now;
    const audio = far.subscriber.sections.filter(({ audioPackets }) => audioPackets > 0);
    const heardBefore = audio.map(({ audioPackets }) => audioPackets);
    const asked = () => others.reduce((sum, { publisher }) => sum + publisher.keyFramesAsked, 0);
    const askedBefore = asked();
    const { controller } = far.participant.downlink;
    let [large, sumBps, samples] = [0, 0, 0];
    hall.repeat(100, () => {
      large += watched.filter(({ encoding }) => encoding > 0).length;
      sumBps += controller.availableBps;
      samples += 1;
    });
    hall.run(LOOKING_MS);

    expect(sumBps / samples).toBeGreaterThan(170_000); // some 235 kbit/s are usable
    expect(large).toBe(0);
    const pictures = far.subscriber.sections.filter(({ kind }) => kind === 'video');
    const longest = pictures.map(({ shown }) => {
      const times = [begin, ...shown.map(({ at }) => at).filter((at) => at >= begin), hall.now];
      return Math.max(...times.slice(1).map((at, i) => at - times[i]!));
    });
    expect(longest.filter((ms) => ms < 3_000).length, longest.map(Math.round).join(' ')).toBeGreaterThanOrEqual(3);
    for (const { errors } of pictures) expect(errors).toEqual([]);
    expect(asked() - askedBefore).toBeLessThan(LOOKING_MS / 2_000);
    expect(controller.lossShare).toBeLessThan(0.12);
    for (const [i, { audioPackets }] of audio.entries())
      expect(audioPackets - heardBefore[i]!).toBeGreaterThan((0.9 * LOOKING_MS) / 20);
    expect(watched.find(({ encoding }) => encoding === 0)!.why(hall.now)).toMatchObject({
      limitedBy: 'network',
      layer: { encoding: 'q' },
    });
  },
);

import { type LinkProfile, VirtualNetwork } from '@maru/netsim';
import { MediaFlow, type MediaFlowOptions, ModelFlow, WindowFlow } from '@maru/netsim/flows';
import { describe, expect, test } from 'vitest';

const ONE_WAY_MS = 25;
const RECEIVER = '198.51.100.1';

/** Senders that share one link to a receiver. */
class World {
  readonly network: VirtualNetwork;
  private readonly receiver;
  private hosts = 0;

  constructor(
    private readonly link: LinkProfile,
    seed = 1,
  ) {
    this.network = new VirtualNetwork({ seed });
    const far = { delayMs: ONE_WAY_MS };
    this.receiver = this.network.addHost('receiver', { addresses: [RECEIVER], up: far, down: { ...far, ...link } });
  }

  media(options: MediaFlowOptions = {}): MediaFlow {
    return new MediaFlow(this.network, this.host(), this.receiver, options);
  }

  download(startAt: number): WindowFlow {
    return new WindowFlow(this.network, this.host(), this.receiver, startAt);
  }

  /** A download that goes by a model of the path (BBR). */
  modelled(startAt: number): ModelFlow {
    return new ModelFlow(this.network, this.host(), this.receiver, startAt);
  }

  /** Lets time pass under another rate. */
  run(ms: number, rateBps?: number): void {
    const { down } = this.network.linkOf(RECEIVER);
    if (rateBps !== undefined) down.profile = { delayMs: ONE_WAY_MS, ...this.link, rateBps };
    this.network.clock.run(ms);
  }

  private host() {
    this.hosts += 1;
    return this.network.addHost(`sender ${this.hosts}`, { addresses: [`192.0.2.${this.hosts}`] });
  }
}

describe('a call alone on a link', () => {
  for (const feedback of ['twcc', 'ccfb'] as const) {
    for (const rateBps of [300_000, 1_000_000, 4_000_000]) {
      test(`uses most of ${rateBps / 1_000} kbit/s within three seconds, without a queue (${feedback})`, () => {
        const world = new World({ queueMs: 300, rateBps });
        const { record } = world.media({ feedback, hasAudio: true, videoMaxBps: 6_000_000 });
        world.run(30_000);
        expect(record.reaches(0, 30_000, 0.75 * rateBps)).toBeLessThan(3_000);
        expect(record.receivedBps(5_000, 30_000) / rateBps).toBeGreaterThan(0.8);
        expect(record.queueMs(5_000, 30_000, 0.5)).toBeLessThan(50);
        expect(record.queueMs(5_000, 30_000, 0.95)).toBeLessThan(200);
      });
    }
  }

  test('sends what the application has where the link carries more', () => {
    const world = new World({ queueMs: 300, rateBps: 20_000_000 });
    const { record, controller } = world.media({ videoMaxBps: 1_000_000 });
    world.run(20_000);
    expect(record.receivedBps(3_000, 20_000)).toBeGreaterThan(950_000);
    expect(record.queueMs(3_000, 20_000, 0.95)).toBeLessThan(5);
    expect(controller.availableBps).toBeLessThan(5_000_000);
  });
});

test.for([1, 2, 3, 4, 5])('a link that drops from 2 Mbit/s to 500 and 150 kbit/s and comes back (R-06; seed %i)', (seed) => {
  const world = new World({ queueMs: 300 }, seed);
  const { record, audio } = world.media({ hasAudio: true, videoMaxBps: 3_000_000, seed });
  world.run(20_000, 2_000_000);
  world.run(20_000, 500_000);
  world.run(20_000, 150_000);
  world.run(30_000, 2_000_000);
  for (const [from, to, rateBps] of [
    [20_000, 40_000, 500_000],
    [40_000, 60_000, 150_000],
  ] as const) {
    expect(record.yields(from, to, rateBps)).toBeLessThanOrEqual(2_000);
    expect(record.sentBps(from + 2_000, from + 4_000)).toBeLessThanOrEqual(rateBps);
    expect(record.queueMs(from + 5_000, to, 0.95)).toBeLessThan(100);
    expect(record.receivedBps(from + 5_000, to) / rateBps).toBeGreaterThan(0.7);
    expect(audio.receivedBps(from + 2_000, to)).toBeGreaterThan(50_000); // 40 kbit/s and headers
  }
  expect(record.reaches(60_000, 90_000, 0.8 * 2_000_000)).toBeLessThan(20_000);
});

describe('losses and delays that are not congestion', () => {
  const utilisation = (link: LinkProfile, received = 1): number => {
    const world = new World({ queueMs: 300, rateBps: 2_000_000, ...link });
    const { record } = world.media({ hasAudio: true });
    world.run(40_000);
    expect(record.queueMs(5_000, 40_000, 0.5)).toBeLessThan(70);
    return record.receivedBps(8_000, 40_000) / (2_000_000 * received);
  };

  test('1, 5 and 10 % of random loss leave most of the rate', () => {
    expect(utilisation({ loss: 0.01 }, 0.99)).toBeGreaterThan(0.8);
    expect(utilisation({ loss: 0.05 }, 0.95)).toBeGreaterThan(0.8);
    expect(utilisation({ loss: 0.1 }, 0.9)).toBeGreaterThan(0.75);
  });

  test('20 and 30 % leave enough for a picture (R-01)', () => {
    expect(utilisation({ loss: 0.2 }, 0.8)).toBeGreaterThan(0.4);
    expect(utilisation({ loss: 0.3 }, 0.7)).toBeGreaterThan(0.3);
  });

  test('losses in bursts leave most of the rate', () => {
    expect(utilisation({ burstLoss: { enter: 0.01, leave: 0.2 } })).toBeGreaterThan(0.75);
  });

  test('reordering of a tenth and a quarter by 50 ms leaves most of the rate', () => {
    expect(utilisation({ reorder: 0.1, reorderMs: 50 })).toBeGreaterThan(0.75);
    expect(utilisation({ reorder: 0.25, reorderMs: 50 })).toBeGreaterThan(0.75);
  });

  test('30 ms of jitter leave most of the rate', () => {
    expect(utilisation({ jitterMs: 30 })).toBeGreaterThan(0.7);
  });
});

test('a path that is dead for two seconds is used again within two (R-02)', () => {
  const world = new World({ queueMs: 300, rateBps: 2_000_000 });
  const { record } = world.media({ hasAudio: true });
  world.run(15_000);
  world.network.linkOf(RECEIVER).down.isUp = false;
  world.run(2_000);
  world.network.linkOf(RECEIVER).down.isUp = true;
  world.run(20_000);
  expect(record.receivedBps(17_500, 18_500)).toBeGreaterThan(200_000);
  expect(record.reaches(17_000, 37_000, 1_400_000)).toBeLessThan(5_000);
});

describe('others on the same link', () => {
  test('two calls share it, and neither starves', () => {
    const world = new World({ queueMs: 300, rateBps: 3_000_000 });
    const first = world.media({ videoMaxBps: 4_000_000, seed: 1 });
    const second = world.media({ videoMaxBps: 4_000_000, seed: 2, startAt: 10_000 });
    world.run(90_000);
    const [a, b] = [first, second].map(({ record }) => record.receivedBps(40_000, 90_000)) as [number, number];
    expect(a + b).toBeGreaterThan(2_300_000);
    expect(Math.min(a, b) / (a + b)).toBeGreaterThan(0.15);
  });

  for (const queueMs of [100, 300]) {
    test(`a download that fills a queue of ${queueMs} ms leaves it a part and gets one (R-07), and the queue goes with it`, () => {
      const world = new World({ queueMs, rateBps: 3_000_000 });
      const { record } = world.media({ videoMaxBps: 4_000_000 });
      const download = world.download(10_000);
      world.run(70_000);
      expect(record.receivedBps(20_000, 70_000)).toBeGreaterThan(0.25 * 3_000_000);
      expect(download.record.receivedBps(20_000, 70_000)).toBeGreaterThan(0.25 * 3_000_000);
      download.end();
      world.run(30_000);
      expect(record.receivedBps(85_000, 100_000)).toBeGreaterThan(2_300_000);
      expect(record.queueMs(85_000, 100_000, 0.5)).toBeLessThan(50);
    });
  }

  test('a download that keeps some of the path in the queue (BBR) leaves it a part, and keeps no more there for our sake', () => {
    const world = new World({ queueMs: 300, rateBps: 3_000_000 });
    const { record } = world.media({ videoMaxBps: 4_000_000 });
    const download = world.modelled(10_000);
    world.run(90_000);
    expect(record.receivedBps(20_000, 90_000)).toBeGreaterThan(0.11 * 3_000_000); // 0.9 of what Chromium got of such a link,
    expect(download.record.receivedBps(20_000, 90_000)).toBeGreaterThan(0.25 * 3_000_000);
    expect(record.queueMs(20_000, 90_000, 0.5)).toBeLessThan(130); // and how long its packets waited there
  });
});

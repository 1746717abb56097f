import type { RemoteStream, SubscriptionWhy } from '@maru/client';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { HallSession } from './hall-session.js';
import { LayeredCamera } from './testing/layered-camera.js';
import { TestHalls } from './testing/test-hall.js';

const NAMES = ['Ara', 'Bora', 'Chan', 'Duri', 'Eun'];
let halls: TestHalls;
const endings: (() => void | Promise<void>)[] = [];

beforeAll(async () => {
  halls = await TestHalls.start();
});
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});
afterAll(() => halls.close());

/** What the one who watches gets of each picture, by whose it is, each time that it is looked at. */
async function* looks(hall: HallSession): AsyncGenerator<ReadonlyMap<string, SubscriptionWhy>> {
  for (;;) {
    await new Promise<void>((resolve) => hall.call.once('stats-updated', () => resolve()));
    if (!hall.call.stats().server) continue; // the way there is being made
    const names = new Map([...hall.call.connections.values()].map(({ id, name = '' }) => [id, name]));
    const whys = await hall.call.why();
    yield new Map(whys.filter(({ track }) => track === 'video').map((why) => [names.get(why.publisher) ?? '', why]));
  }
}

test('six people through the server: tiles get what they show, the pinned one most, the hidden one nothing, and nobody sends for nobody', async () => {
  const link = await halls.open('sfu');
  const cameras = new Map<string, LayeredCamera>();
  for (const name of NAMES) {
    const camera = new LayeredCamera();
    cameras.set(name, camera);
    endings.push(() => camera.stop());
    const publish = { kind: 'camera' as const, tracks: [camera.track], asIs: false };
    const one = await HallSession.join(
      { link, name, ca: undefined, wantsOthers: false, publish },
      { joined: () => {}, ended: (code, detail) => expect.unreachable(`${code}: ${detail}`) },
    );
    endings.push(() => one.leave());
  }
  const show = (stream: RemoteStream, name: string): void => {
    if (name === 'Ara') stream.setDisplaySize({ width: 1_280, height: 720, priority: 2 });
    else stream.setDisplaySize({ width: 320, height: 180, priority: 1 });
    stream.setVisible(name !== 'Eun');
  };
  const watcher = await HallSession.join(
    { link, name: 'Fumi', ca: undefined, wantsOthers: true },
    { joined: () => {}, streamChanged: ({ name }, stream) => show(stream, name), ended: () => expect.unreachable() },
  );
  endings.push(() => watcher.leave());

  let seen: ReadonlyMap<string, SubscriptionWhy> = new Map();
  for await (seen of looks(watcher)) {
    const small = NAMES.slice(1, 4).every((name) => seen.get(name)?.layer?.rid === 'q');
    const isSaved = cameras.get('Bora')!.rids.join() === 'q' && cameras.get('Eun')!.rids.length === 0;
    if (seen.get('Ara')?.layer?.rid === 'f' && small && isSaved) break;
  }
  expect(seen.get('Ara')).toMatchObject({ limitedBy: 'nothing', layer: { width: 1_280 }, tile: { priority: 2 } });
  expect(seen.get('Bora')).toMatchObject({ limitedBy: 'tile', layer: { width: 320 }, best: { rid: 'q' } });
  expect(seen.get('Eun')).toMatchObject({ limitedBy: 'hidden', layer: null, best: null, tile: { visible: false } });
  expect(cameras.get('Ara')!.rids).toEqual(['f', 'h', 'q']);

  const [eun] = [...watcher.call.connections.values()].filter(({ name }) => name === 'Eun');
  for (const stream of eun!.streams.values()) stream.setVisible(true);
  for await (seen of looks(watcher)) if (seen.get('Eun')?.layer?.rid === 'q') break;
  expect(cameras.get('Eun')!.rids).toEqual(['q']);
});

import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from './harness/eventually.js';
import { allFlow, flows } from './harness/media.js';
import { People } from './harness/people.js';
import type { Person } from './harness/person.js';
import { Rest } from './harness/rest.js';
import { MaruServer } from './harness/server.js';
import { smallCamera } from './harness/small-camera.js';

const KEY = 'key-of-a-forwarded-call-in-a-test';
let server: MaruServer;
const people = new People();
/** Browsers on two cores would otherwise be measured by what their encoders and painters have to wait for. */
const SMALL_CAMERA = smallCamera(30);

beforeAll(async () => {
  server = await MaruServer.start({ MARU_API_KEY: KEY });
});

afterEach(() => people.disperse());

afterAll(async () => {
  await people.close();
  await server.stop();
});

/** Resolves once the page holds one connection and no other. */
async function holdsOneConnection(one: Person): Promise<void> {
  const states = (): string[] => (window.maruPeerConnections ?? []).map(({ connectionState }) => connectionState);
  await eventually(
    () => one.tab.evaluate(states, undefined),
    (all) => all.filter((state) => state === 'connected').length === 1,
    (all) => `the connections of ${one.name}: ${all.join(', ')}`,
  );
}

/** What somebody reads there is what the API tells: what comes of `other` and why, how that was before, and what the logs call them. */
async function looksUnderTheHood(one: Person, other: string, hall: string): Promise<void> {
  const rest = new Rest(server.url, KEY);
  const { id } = (await rest.people(hall)).get(one.name)!;
  const [first] = await rest.events(hall, id);
  await one.openPanel('hood');
  await one.shows('[data-testid="correlation"]', first!.correlation);
  const [video] = (await rest.why(hall, id)).filter(({ track }) => track === 'video');
  expect(video!.history.length).toBeGreaterThan(0);
  await one.shows('[data-testid="media-why"] tr[data-track="video"]', other);
  await one.shows('[data-testid="why-history"] li', 'Your line: ');
}

describe('a call through the media server', () => {
  test('three people in both browsers see, hear and read each other over one connection each', async () => {
    const minji = await people.person('Minji', 'chromium'); // in three sizes
    const jun = await people.person('Jun', 'firefox', SMALL_CAMERA);
    const ada = await people.person('Ada', 'chromium', SMALL_CAMERA);
    const all = [minji, jun, ada];
    const link = await server.hall('sfu');
    for (const one of all) await one.enter(link);
    await Promise.all(all.map((one) => one.sees(2)));
    await allFlow(all, { videos: 2, audios: 2 });
    for (const one of all) await holdsOneConnection(one);
    await looksUnderTheHood(minji, 'Jun', new URL(link).pathname.replace('/h/', ''));
    await minji.say('안녕하세요');
    await jun.reads('안녕하세요');
    await jun.leave();
    await Promise.all([minji.sees(1), ada.sees(1)]);
    await flows(ada.tab, { videos: 1, audios: 1 });
    for (const one of all) expect(one.tab.complaints).toEqual([]);
  });
});

/** A network that lets nothing through but the way to the relay. */
const RELAY_ONLY = `(() => {
  const Original = window.RTCPeerConnection;
  window.RTCPeerConnection = new Proxy(Original, {
    construct: (target, [configuration], newTarget) => Reflect.construct(target, [{ ...configuration, iceTransportPolicy: 'relay' }], newTarget),
  });
})();`;

test('who gets out through the relay alone takes part as everybody does', async () => {
  const minji = await people.person('Minji', 'chromium', SMALL_CAMERA + RELAY_ONLY);
  const jun = await people.person('Jun', 'firefox', SMALL_CAMERA + RELAY_ONLY);
  const link = await server.hall('sfu');
  for (const one of [minji, jun]) await one.enter(link);
  await allFlow([minji, jun], { videos: 1, audios: 1 });
});

describe('a call that moves by itself', () => {
  test('the third moves all to the server, and all see and hear each other there; when they leave, it moves back', async () => {
    const minji = await people.person('Minji', 'chromium', SMALL_CAMERA);
    const jun = await people.person('Jun', 'firefox', SMALL_CAMERA);
    const ada = await people.person('Ada', 'chromium', SMALL_CAMERA);
    const link = await server.hall('auto');
    for (const one of [minji, jun]) await one.enter(link);
    await allFlow([minji, jun], { videos: 1, audios: 1 });
    await minji.settles('p2p');
    await ada.enter(link);
    for (const one of [minji, jun, ada]) await one.settles('sfu');
    for (const one of [minji, jun, ada]) await one.sees(2);
    await allFlow([minji, jun, ada], { videos: 2, audios: 2 });
    for (const one of [minji, jun, ada]) await holdsOneConnection(one);
    await ada.leave();
    for (const one of [minji, jun]) await one.settles('p2p');
    await allFlow([minji, jun], { videos: 1, audios: 1 });
    for (const one of [minji, jun]) await holdsOneConnection(one);
    for (const one of [minji, jun, ada]) expect(one.tab.complaints).toEqual([]);
  });
});

import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { BrowserName } from './harness/browser.js';
import { FRUGAL_PERSON } from './harness/frugal-page.js';
import { allFlow, flows } from './harness/media.js';
import { clickFirst, isThere } from './harness/page.js';
import { People } from './harness/people.js';
import type { Person } from './harness/person.js';
import { MaruServer } from './harness/server.js';
import { smallCamera } from './harness/small-camera.js';

let server: MaruServer;
const people = new People();

beforeAll(async () => {
  server = await MaruServer.start();
});

afterEach(() => people.disperse());

afterAll(async () => {
  await people.close();
  await server.stop();
});

/** Two who call each other through the server. */
async function callOfTwo(first: BrowserName, second: BrowserName, prelude = FRUGAL_PERSON): Promise<[Person, Person]> {
  const [ara, bora] = await Promise.all([people.person('Ara', first, prelude), people.person('Bora', second, prelude)]);
  await bora.enter(await ara.openHall(server.url));
  await allFlow([ara, bora], { videos: 1, audios: 1 });
  return [ara, bora];
}

const PAIRS: [BrowserName, BrowserName][] = [
  ['chromium', 'chromium'],
  ['chromium', 'firefox'],
  ['firefox', 'chromium'],
  ['firefox', 'firefox'],
];

describe('a call of two', () => {
  test.each(PAIRS)('%s opens a hall, %s enters: they see, hear and read each other until one leaves', async (first, second) => {
    const [ara, bora] = await callOfTwo(first, second, '');
    await Promise.all([ara.sees(1), bora.sees(1)]);
    await ara.say('안녕하세요');
    await bora.reads('안녕하세요');
    await bora.say('hello');
    await ara.reads('hello');
    await bora.leave();
    await ara.sees(0);
    expect(ara.tab.complaints).toEqual([]);
    expect(bora.tab.complaints).toEqual([]);
  });
});

test('four people in mixed browsers all see and hear one another, each over a connection to each', async () => {
  const all = [
    await people.person('Ara', 'chromium', FRUGAL_PERSON),
    await people.person('Bora', 'firefox', FRUGAL_PERSON),
    await people.person('Chan', 'chromium', FRUGAL_PERSON),
    await people.person('Duri', 'firefox', FRUGAL_PERSON),
  ];
  const link = await server.hall('p2p');
  for (const each of all) await each.enter(link);
  for (const each of all) await each.sees(3);
  await allFlow(all, { videos: 3, audios: 3 }, 90_000);
  for (const each of all) expect(each.tab.complaints).toEqual([]);
}, 240_000);

test('a screen is shared beside the camera, takes the stage of the other and gives it back', async () => {
  const [ara, bora] = await callOfTwo('chromium', 'firefox', smallCamera()); // who shares their tab shows something that moves
  await ara.tab.evaluate(clickFirst, '[data-testid="screen"]');
  await bora.tab.until('the shared screen', isThere, '[data-testid="stage"][data-layout="focus"]');
  await flows(bora.tab, { videos: 2, audios: 1 });
  await ara.tab.evaluate(clickFirst, '[data-testid="screen"]');
  await bora.tab.until('the stage as before', isThere, '[data-testid="stage"][data-layout="grid"]');
  await flows(bora.tab, { videos: 1, audios: 1 });
});

test('muting is seen by the other, and what is muted is not sent', async () => {
  const [ara, bora] = await callOfTwo('firefox', 'chromium');
  await ara.tab.evaluate(clickFirst, '[data-testid="microphone"]');
  await bora.tab.until('the mark of a muted person', isThere, '[data-testid="tile-muted"]');
  await ara.tab.evaluate(clickFirst, '[data-testid="microphone"]');
  await flows(bora.tab, { videos: 1, audios: 1 });
});

test('a server that is killed in mid-call and started again: media goes on, then chat does too', async () => {
  const [ara, bora] = await callOfTwo('chromium', 'firefox');
  await server.kill();
  await ara.tab.until('the line that says so', isThere, '[data-testid="line"]');
  await flows(ara.tab, { videos: 1, audios: 1 });
  await ara.say('into the silence');
  await server.run();
  await bora.reads('into the silence');
  await bora.say('you are back');
  await ara.reads('you are back');
  await flows(bora.tab, { videos: 1, audios: 1 });
  await ara.sees(1);
});

/** What a proxy or a policy may take away. */
const WITHOUT_WEBSOCKET = `window.WebSocket = class { constructor() { throw new DOMException('blocked', 'SecurityError'); } };`;
const WITHOUT_EVENTS = `{ const original = window.fetch; window.fetch = (input, init) =>
  String(input?.url ?? input).includes('/v1/signal/events') ? Promise.reject(new TypeError('blocked')) : original(input, init); }`;

test.each([
  ['Server-Sent Events', WITHOUT_WEBSOCKET],
  ['long polling', WITHOUT_WEBSOCKET + WITHOUT_EVENTS],
])('where only %s get through, calls are as they always are', async (_name, prelude) => {
  const [ara, bora] = await callOfTwo('chromium', 'firefox', FRUGAL_PERSON + prelude);
  await ara.say('still here');
  await bora.reads('still here');
});

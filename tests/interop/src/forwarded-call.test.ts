import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Browser, type BrowserName, launch } from './harness/browser.js';
import { flows, RECORD_PEER_CONNECTIONS } from './harness/media.js';
import { Person } from './harness/person.js';
import { MaruServer } from './harness/server.js';

let server: MaruServer;
const browsers: Browser[] = [];

beforeAll(async () => {
  server = await MaruServer.start({ MARU_HALL_MODE: 'sfu', MARU_LOG_LEVEL: 'info' });
});

afterEach(async () => {
  for (const browser of browsers.splice(0)) await browser.close();
});

afterAll(() => server.stop());

/** Somebody with a browser of their own. */
async function person(name: string, browserName: BrowserName): Promise<Person> {
  const browser = await launch(browserName, { prelude: RECORD_PEER_CONNECTIONS });
  browsers.push(browser);
  return new Person(name, await browser.newTab());
}

/** Connections of the browser that a page holds open. */
const openConnections = (one: Person): Promise<number> =>
  one.tab.evaluate(
    () => (window.maruPeerConnections ?? []).filter(({ connectionState }) => connectionState === 'connected').length,
    undefined,
  );

describe('a call through the media server', () => {
  test('three people in both browsers see, hear and read each other over one connection each', async () => {
    const minji = await person('Minji', 'chromium');
    const jun = await person('Jun', 'firefox');
    const ada = await person('Ada', 'chromium');
    const link = await minji.openHall(server.url);
    await jun.enter(link);
    await ada.enter(link);
    const all = [minji, jun, ada];
    await Promise.all(all.map((one) => one.sees(2)));
    for (const one of all) await flows(one.tab, { videos: 2, audios: 2 });
    for (const one of all) expect(await openConnections(one)).toBe(1);
    await minji.say('안녕하세요');
    await jun.reads('안녕하세요');
    await jun.leave();
    await Promise.all([minji.sees(1), ada.sees(1)]);
    await flows(ada.tab, { videos: 1, audios: 1 });
    for (const one of all) expect(one.tab.complaints).toEqual([]);
  });
});

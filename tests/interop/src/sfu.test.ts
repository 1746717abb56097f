import { MediaServer } from '@maru/sfu';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Browser, launch } from './harness/browser.js';
import { EmptyPage } from './harness/data-page.js';
import { SfuPerson } from './harness/sfu-person.js';

let page: EmptyPage;
let chromium: Browser;
let firefox: Browser;
let server: MediaServer;
const people: SfuPerson[] = [];

beforeAll(async () => {
  page = await EmptyPage.serve();
  [chromium, firefox] = await Promise.all([launch('chromium'), launch('firefox')]);
});

afterEach(async () => {
  for (const person of people.splice(0)) await person.leave();
  await server.close();
});

afterAll(async () => {
  await Promise.all([chromium, firefox].map((browser) => browser?.close()));
  page.close();
});

async function enter(name: string, browser: Browser, options: Parameters<typeof SfuPerson.enter>[4] = {}): Promise<SfuPerson> {
  const person = await SfuPerson.enter(server, name, page, browser, options);
  people.push(person);
  return person;
}

describe('through a media server', () => {
  test('Chromium and Firefox hear and see each other, each layer of a simulcast taken', async () => {
    server = await MediaServer.start({ workers: 0 });
    const ada = await enter('ada', chromium, { rids: ['q', 'h', 'f'] });
    const bob = await enter('bob', firefox, { rids: ['q', 'h', 'f'] });
    await Promise.all([ada.watches('bob'), bob.watches('ada')]);
    expect([ada.offers, bob.offers]).toEqual([1, 1]);
  });

  test('who has TCP alone takes part over TCP', async () => {
    server = await MediaServer.start({ workers: 0, tcpPort: 0 });
    const ada = await enter('ada', chromium, { only: 'tcp' });
    const bob = await enter('bob', firefox, { only: 'tcp' });
    await Promise.all([ada.watches('bob'), bob.watches('ada')]);
    const isOverTcp = expect.objectContaining({ type: 'state-changed', state: 'connected', protocol: 'tcp' });
    for (const { events } of [ada, bob]) expect(events).toContainEqual(isOverTcp);
  });

  test('a restart of ICE keeps what is seen', async () => {
    server = await MediaServer.start({ workers: 0 });
    const ada = await enter('ada', chromium);
    const bob = await enter('bob', firefox);
    await bob.watches('ada');
    await Promise.all([ada.negotiate(true), bob.negotiate(true)]);
    await Promise.all([ada.watches('bob', 20), bob.watches('ada', 20)]);
  });
});

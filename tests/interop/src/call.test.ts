import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Browser, type BrowserName, launch } from './harness/browser.js';
import { flows, RECORD_PEER_CONNECTIONS } from './harness/media.js';
import { clickFirst, isThere } from './harness/page.js';
import { Person } from './harness/person.js';
import { MaruServer } from './harness/server.js';

let server: MaruServer;
const browsers: Browser[] = [];

beforeAll(async () => {
  server = await MaruServer.start();
});

afterEach(async () => {
  for (const browser of browsers.splice(0)) await browser.close();
});

afterAll(() => server.stop());

/** Somebody with a browser of their own. */
async function person(name: string, browserName: BrowserName, prelude = ''): Promise<Person> {
  const browser = await launch(browserName, { prelude: RECORD_PEER_CONNECTIONS + prelude });
  browsers.push(browser);
  return new Person(name, await browser.newTab());
}

const PAIRS: [BrowserName, BrowserName][] = [
  ['chromium', 'chromium'],
  ['chromium', 'firefox'],
  ['firefox', 'chromium'],
  ['firefox', 'firefox'],
];

describe('a call of two', () => {
  test.each(PAIRS)('%s opens a hall, %s enters: they see, hear and read each other until one leaves', async (first, second) => {
    const minji = await person('Minji', first);
    const jun = await person('Jun', second);
    const link = await minji.openHall(server.url);
    await jun.enter(link);
    await Promise.all([minji.sees(1), jun.sees(1)]);
    await flows(minji.tab, { videos: 1, audios: 1 });
    await flows(jun.tab, { videos: 1, audios: 1 });
    await minji.say('안녕하세요');
    await jun.reads('안녕하세요');
    await jun.say('hello');
    await minji.reads('hello');
    await jun.leave();
    await minji.sees(0);
    expect(minji.tab.complaints).toEqual([]);
    expect(jun.tab.complaints).toEqual([]);
  });
});

test('four people in mixed browsers all see and hear one another, each over a connection to each', async () => {
  const people = [
    await person('Ara', 'chromium'),
    await person('Bora', 'firefox'),
    await person('Chan', 'chromium'),
    await person('Duri', 'firefox'),
  ];
  const link = await server.hall('p2p');
  for (const each of people) await each.enter(link);
  for (const each of people) await each.sees(3);
  for (const each of people) await flows(each.tab, { videos: 3, audios: 3 }, 90_000);
  for (const each of people) expect(each.tab.complaints).toEqual([]);
}, 240_000);

test('a screen is shared beside the camera, takes the stage of the other and gives it back', async () => {
  const ara = await person('Ara', 'chromium');
  const bora = await person('Bora', 'firefox');
  await bora.enter(await ara.openHall(server.url));
  await flows(bora.tab, { videos: 1, audios: 1 });
  await ara.tab.evaluate(clickFirst, '[data-testid="screen"]');
  await bora.tab.until('the shared screen', isThere, '[data-testid="stage"][data-layout="focus"]');
  await flows(bora.tab, { videos: 2, audios: 1 });
  await ara.tab.evaluate(clickFirst, '[data-testid="screen"]');
  await bora.tab.until('the stage as before', isThere, '[data-testid="stage"][data-layout="grid"]');
  await flows(bora.tab, { videos: 1, audios: 1 });
});

test('muting is seen by the other, and what is muted is not sent', async () => {
  const ara = await person('Ara', 'firefox');
  const bora = await person('Bora', 'chromium');
  await bora.enter(await ara.openHall(server.url));
  await flows(bora.tab, { videos: 1, audios: 1 });
  await ara.tab.evaluate(clickFirst, '[data-testid="microphone"]');
  await bora.tab.until('the mark of a muted person', isThere, '[data-testid="tile-muted"]');
  await ara.tab.evaluate(clickFirst, '[data-testid="microphone"]');
  await flows(bora.tab, { videos: 1, audios: 1 });
});

describe('a file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'maru-file-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** Writes `sizeMiB` of random bytes; resolves with the path and the SHA-256 of what was written. */
  async function write(name: string, sizeMiB: number): Promise<{ path: string; sha256: string }> {
    const path = join(folder, name);
    const file = openSync(path, 'w');
    const block = randomBytes(1024 * 1024);
    for (let i = 0; i < sizeMiB; i++) {
      block.writeUInt32BE(i, 0);
      writeSync(file, block);
    }
    const hash = createHash('sha256');
    for await (const chunk of createReadStream(path)) hash.update(chunk);
    return { path, sha256: hash.digest('hex') };
  }

  /** Accepts what is offered, and resolves with the SHA-256 of what the page then has to save. */
  async function takeFile(receiver: Person): Promise<string> {
    await receiver.openPanel('files');
    await receiver.tab.until('an offer', clickFirst, 'maru-transfer .offered button.primary, .row.offered button.primary');
    await receiver.tab.until('the verified mark', isThere, '.verified', 150_000);
    return receiver.tab.evaluate(async () => {
      const find = (root: Document | ShadowRoot): HTMLAnchorElement | undefined => {
        for (const element of root.querySelectorAll('*')) {
          if (element instanceof HTMLAnchorElement && element.hasAttribute('download') && element.href.startsWith('blob:'))
            return element;
          const inner = element.shadowRoot && find(element.shadowRoot);
          if (inner) return inner;
        }
        return undefined;
      };
      const link = find(document);
      if (!link) throw new Error('there is nothing to save');
      const bytes = await (await fetch(link.href)).arrayBuffer();
      const digest = await crypto.subtle.digest('SHA-256', bytes);
      return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
    }, undefined);
  }

  test.each<[BrowserName, BrowserName]>([
    ['chromium', 'firefox'],
    ['firefox', 'chromium'],
  ])(
    'of 200 MB goes from %s to %s unchanged, and both ends show its SHA-256',
    async (from, to) => {
      const { path, sha256 } = await write(`${from}.bin`, 200);
      const ara = await person('Ara', from);
      const bora = await person('Bora', to);
      await bora.enter(await ara.openHall(server.url));
      await flows(bora.tab, { videos: 1, audios: 1 });
      await ara.openPanel('files');
      await ara.tab.until('somebody to send to', isThere, 'maru-files-panel');
      await ara.tab.chooseFiles('css:input[type="file"]', [path]);
      expect(await takeFile(bora)).toBe(sha256);
      for (const each of [ara, bora]) await each.shows('code', sha256);
    },
    240_000,
  );
});

test('a server that is killed in mid-call and started again: media goes on, then chat does too', async () => {
  const ara = await person('Ara', 'chromium');
  const bora = await person('Bora', 'firefox');
  await bora.enter(await ara.openHall(server.url));
  await flows(ara.tab, { videos: 1, audios: 1 });
  await flows(bora.tab, { videos: 1, audios: 1 });
  await server.kill();
  await ara.tab.until('the line that says so', isThere, '[data-testid="line"]');
  await flows(ara.tab, { videos: 1, audios: 1 });
  await ara.say('into the silence');
  await server.run();
  await bora.reads('into the silence', 30_000);
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
  const ara = await person('Ara', 'chromium', prelude);
  const bora = await person('Bora', 'firefox', prelude);
  await bora.enter(await ara.openHall(server.url));
  await flows(ara.tab, { videos: 1, audios: 1 });
  await flows(bora.tab, { videos: 1, audios: 1 });
  await ara.say('still here');
  await bora.reads('still here');
});

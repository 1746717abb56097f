import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { type BrowserName, launch, type Tab } from './harness/browser.js';
import { flows, RECORD_PEER_CONNECTIONS } from './harness/media.js';
import { inputValue, isThere } from './harness/page.js';
import { Person } from './harness/person.js';
import { MaruServer } from './harness/server.js';

const folder = mkdtempSync(join(tmpdir(), 'maru-direct-'));
const saved = join(folder, 'maru-direct.html');
copyFileSync(resolve(import.meta.dirname, '../../../apps/web/dist/direct.html'), saved);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const HALL = '[data-testid="hall"]';
const SHARED = '[data-testid="direct-share-text"]';

/** Two people call each other from the page at `address`, with one text each way. Resolves with the invitation. */
async function meet(address: string, tabs: readonly [Tab, Tab]): Promise<string> {
  const [ara, bora] = [new Person('Ara', tabs[0]), new Person('Bora', tabs[1])];
  for (const { tab } of [ara, bora]) await tab.goto(address);
  await ara.tab.click('direct-invite');
  const invite = await ara.tab.until('the invitation', inputValue, SHARED);
  await bora.tab.fill('direct-paste', invite);
  await bora.tab.click('direct-use');
  await bora.tab.click('direct-answer');
  const answer = await bora.tab.until('the answer', inputValue, SHARED);
  await ara.tab.fill('direct-paste', answer);
  await ara.tab.click('direct-use');
  for (const { tab } of [ara, bora]) await tab.until('the hall', isThere, HALL);
  await flows(ara.tab, { videos: 1, audios: 1 });
  await flows(bora.tab, { videos: 1, audios: 1 });
  await ara.say('no server at all');
  await bora.reads('no server at all');
  return invite;
}

test.each<[BrowserName, BrowserName]>([
  ['chromium', 'firefox'],
  ['firefox', 'chromium'],
])(
  'without any server, from a saved file: %s invites, %s answers, and they see, hear and read each other',
  async (first, second) => {
    const browsers = await Promise.all([first, second].map((name) => launch(name, { prelude: RECORD_PEER_CONNECTIONS })));
    try {
      const invite = await meet(pathToFileURL(saved).href, [await browsers[0]!.newTab(), await browsers[1]!.newTab()]);
      expect(invite.length).toBeLessThan(1_200); // fits a QR code
    } finally {
      for (const browser of browsers) await browser.close();
    }
  },
);

test('the same page works where a server offers it, under the policy that it is sealed with', async () => {
  const server = await MaruServer.start();
  const browser = await launch('chromium', { prelude: RECORD_PEER_CONNECTIONS });
  try {
    const tabs = [await browser.newTab(), await browser.newTab()] as const;
    await meet(`${server.url}/direct.html`, tabs);
    for (const { complaints } of tabs) expect(complaints).toEqual([]);
  } finally {
    await browser.close();
    await server.stop();
  }
});

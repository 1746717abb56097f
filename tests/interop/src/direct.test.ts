import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, expect, test } from 'vitest';
import type { BrowserName } from './harness/browser.js';
import { FRUGAL_PERSON } from './harness/frugal-page.js';
import { allFlow } from './harness/media.js';
import { inputValue, isThere } from './harness/page.js';
import { People } from './harness/people.js';
import type { Person } from './harness/person.js';
import { MaruServer } from './harness/server.js';

const folder = mkdtempSync(join(tmpdir(), 'maru-direct-'));
const saved = join(folder, 'maru-direct.html');
copyFileSync(resolve(import.meta.dirname, '../../../apps/web/dist/direct.html'), saved);
const people = new People();

afterEach(() => people.disperse());

afterAll(async () => {
  await people.close();
  rmSync(folder, { recursive: true, force: true });
});

const HALL = '[data-testid="hall"]';
const SHARED = '[data-testid="direct-share-text"]';

/** Two people call each other from the page at `address`, with one text each way. Resolves with the invitation. */
async function meet(address: string, [ara, bora]: readonly [Person, Person]): Promise<string> {
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
  await allFlow([ara, bora], { videos: 1, audios: 1 });
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
    const pair = await Promise.all([people.person('Ara', first, FRUGAL_PERSON), people.person('Bora', second, FRUGAL_PERSON)]);
    const invite = await meet(pathToFileURL(saved).href, pair);
    expect(invite.length).toBeLessThan(1_200); // fits a QR code
  },
);

test('the same page works where a server offers it, under the policy that it is sealed with', async () => {
  const server = await MaruServer.start();
  try {
    const pair = await Promise.all([
      people.person('Ara', 'chromium', FRUGAL_PERSON),
      people.person('Bora', 'chromium', FRUGAL_PERSON),
    ]);
    await meet(`${server.url}/direct.html`, pair);
    for (const { tab } of pair) expect(tab.complaints).toEqual([]);
  } finally {
    await server.stop();
  }
});

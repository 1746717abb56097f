import { createHash, randomBytes } from 'node:crypto';
import { closeSync, createReadStream, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { BrowserName } from './harness/browser.js';
import { FRUGAL_PERSON } from './harness/frugal-page.js';
import { flows } from './harness/media.js';
import { clickFirst, isThere } from './harness/page.js';
import { People } from './harness/people.js';
import type { Person } from './harness/person.js';
import { MaruServer } from './harness/server.js';

/** Larger than what either end would hold by accident; with `MARU_FILE_MB=200` the way back is as large. */
const MIB = 200;
const BACK_MIB = Number(process.env['MARU_FILE_MB'] ?? 20);
const folder = mkdtempSync(join(tmpdir(), 'maru-file-'));
const people = new People();
let server: MaruServer;

beforeAll(async () => {
  server = await MaruServer.start();
});

afterEach(() => people.disperse());

afterAll(async () => {
  await people.close();
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Writes so many random bytes; resolves with the path and the SHA-256 of what was written. */
async function write(mib: number): Promise<{ readonly path: string; readonly sha256: string }> {
  const path = join(folder, `${mib}.bin`);
  const descriptor = openSync(path, 'w');
  const block = randomBytes(1024 * 1024);
  for (let i = 0; i < mib; i++) {
    block.writeUInt32BE(i, 0);
    writeSync(descriptor, block);
  }
  closeSync(descriptor);
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return { path, sha256: hash.digest('hex') };
}

/** Accepts what is offered, and resolves with the SHA-256 of what the page then has to save. */
async function takeFile(receiver: Person): Promise<string> {
  await receiver.openPanel('files');
  await receiver.tab.until('an offer', clickFirst, 'maru-transfer .offered button.primary, .row.offered button.primary');
  await receiver.tab.until('the verified mark', isThere, '.verified', 240_000);
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

test.each<[number, BrowserName, BrowserName]>([
  [MIB, 'chromium', 'firefox'],
  [BACK_MIB, 'firefox', 'chromium'],
])(
  'a file of %d MB goes from %s to %s unchanged, and both ends show its SHA-256',
  async (mib, from, to) => {
    const file = await write(mib);
    const ara = await people.person('Ara', from, FRUGAL_PERSON);
    const bora = await people.person('Bora', to, FRUGAL_PERSON);
    await bora.enter(await ara.openHall(server.url));
    await flows(bora.tab, { videos: 1, audios: 1 });
    await ara.openPanel('files');
    await ara.tab.until('somebody to send to', isThere, 'maru-files-panel');
    await ara.tab.chooseFiles('css:input[type="file"]', [file.path]);
    expect(await takeFile(bora)).toBe(file.sha256);
    for (const each of [ara, bora]) await each.shows('code', file.sha256);
  },
  360_000,
);

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { launch } from './harness/browser.js';
import { isThere, textsOf } from './harness/page.js';
import { Person } from './harness/person.js';
import { MaruServer } from './harness/server.js';
import { smallCamera } from './harness/small-camera.js';

const folder = mkdtempSync(join(tmpdir(), 'maru-lens-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Keeps what the page gives to be saved as a file. */
const KEEP_WHAT_IS_SAVED = `
  const create = URL.createObjectURL;
  URL.createObjectURL = (blob) => {
    window.saved = blob.text();
    return create.call(URL, blob);
  };`;

/** Whether there are more steps than fit, and the head of the list cuts none of those in sight. */
function isFirstStepWhole(): boolean {
  const find = (root: Document | ShadowRoot): Element | undefined => {
    for (const element of root.querySelectorAll('*')) {
      if (element.matches('maru-lens-steps')) return element.shadowRoot?.querySelector('.scroller') ?? undefined;
      const inner = element.shadowRoot && find(element.shadowRoot);
      if (inner) return inner;
    }
    return undefined;
  };
  const scroller = find(document);
  if (!scroller || scroller.scrollTop === 0) return false;
  const edge = scroller.getBoundingClientRect().top;
  const first = [...scroller.querySelectorAll('li')].find((step) => step.getBoundingClientRect().bottom > edge + 1);
  return first !== undefined && edge - first.getBoundingClientRect().top < 1;
}

test('a call is looked into while it goes on, saved as a file, and opened later at /lens', async () => {
  const server = await MaruServer.start();
  const browser = await launch('chromium', { prelude: KEEP_WHAT_IS_SAVED + smallCamera() });
  try {
    const [ara, bora] = [new Person('Ara', await browser.newTab()), new Person('Bora', await browser.newTab())];
    await bora.enter(await ara.openHall(server.url));
    await ara.sees(1);
    await ara.openPanel('hood');
    await ara.tab.until('the newest steps, the first of them whole', isFirstStepWhole, undefined);
    await ara.tab.click('lens-save');
    const saved = await ara.tab.evaluate(() => (window as unknown as { saved: Promise<string> }).saved, undefined);
    await ara.leave();

    const file = join(folder, 'call.json');
    writeFileSync(file, saved);
    const tab = await browser.newTab();
    await tab.goto(`${server.url}/lens`);
    await tab.until('the viewer', isThere, 'maru-lens-viewer');
    await tab.chooseFiles('lens-file', [file]);
    await tab.until('the call', isThere, 'maru-lens-path');
    expect((await tab.evaluate(textsOf, 'strong')).join()).toContain('Bora');
    expect(tab.complaints).toEqual([]);
  } finally {
    await browser.close();
    await server.stop();
  }
});

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AXE, findings } from './harness/axe.js';
import { type Browser, launch } from './harness/browser.js';
import { isThere } from './harness/page.js';
import { Person } from './harness/person.js';
import { MaruServer } from './harness/server.js';
import { smallCamera } from './harness/small-camera.js';

describe.each(['light', 'dark'])('in the %s theme, axe-core finds nothing wrong', (theme) => {
  let server: MaruServer;
  let browser: Browser;
  // without motion, so that nothing is looked at while it fades in and has not its own colours yet
  const settled = `document.documentElement.style.setProperty('scroll-behavior', 'auto');`;

  beforeAll(async () => {
    server = await MaruServer.start();
    browser = await launch('chromium', {
      prelude: AXE + settled + smallCamera(),
      flags: ['--force-prefers-reduced-motion', ...(theme === 'dark' ? ['--force-dark-mode'] : [])],
    });
  });

  afterAll(async () => {
    await browser.close();
    await server.stop();
  });

  test.each([
    ['the door', '/', '[data-testid="door"]'],
    ['calls without a server', '/direct', '[data-testid="direct-start"]'],
    ['the viewer of saved calls', '/lens', 'maru-lens-viewer'],
    ['the page of the media server', '/media.html', '[data-testid="lock"]'],
  ])('at %s', async (_name, path, ready) => {
    const tab = await browser.newTab();
    await tab.goto(server.url + path);
    await tab.until('the page', isThere, ready);
    expect(await findings(tab)).toEqual([]);
    await tab.close();
  });

  test('at the threshold, in the hall with each panel, and after', async () => {
    const ara = new Person('Ara', await browser.newTab());
    const bora = new Person('Bora', await browser.newTab());
    const link = await ara.openHall(server.url);
    await bora.tab.goto(link);
    await bora.tab.until('the threshold', isThere, '[data-testid="threshold"]');
    expect(await findings(bora.tab)).toEqual([]);
    await bora.enter(link);
    await ara.sees(1);
    expect(await findings(ara.tab)).toEqual([]);
    for (const panel of ['chat', 'people', 'files'] as const) {
      await ara.openPanel(panel);
      expect(await findings(ara.tab)).toEqual([]);
    }
    await ara.leave();
    expect(await findings(ara.tab)).toEqual([]);
  });
});

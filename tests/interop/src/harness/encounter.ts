import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { type Browser, type BrowserName, launch, type Tab } from './browser.js';
import { EmptyPage, NodeSide } from './data-page.js';

/** A page of nothing in a browser, and a connection of ours that is about to know it. */
export interface Encounter {
  readonly tab: Tab;
  readonly node: NodeSide;
}

/** For the tests of the `describe` that calls this: one browser for all of them, and for each an encounter, told to `met` before it begins. */
export function encounterEach(name: BrowserName, met: (encounter: Encounter) => void): void {
  let page: EmptyPage | undefined;
  let browser: Browser | undefined;
  let encounter: Encounter;

  beforeAll(async () => {
    page = await EmptyPage.serve();
    browser = await launch(name);
  });

  afterAll(async () => {
    await browser?.close();
    page?.close();
  });

  beforeEach(async () => {
    encounter = { tab: await page!.openIn(browser!), node: new NodeSide() };
    met(encounter);
  });

  afterEach(async () => {
    const { tab, node } = encounter;
    node.pc.close();
    expect(tab.complaints).toEqual([]);
    await tab.close();
  });
}

import type { Tab } from './browser.js';
import { eventually } from './eventually.js';
import { clickFirst, isThere, textsOf } from './page.js';

const byTestId = (testId: string): string => `[data-testid="${testId}"]`;

/** Somebody at the web app, acting as people do: by what is on the screen. */
export class Person {
  constructor(
    readonly name: string,
    readonly tab: Tab,
  ) {}

  /** Opens a new hall and joins it. Resolves with the link to pass on. */
  async openHall(serverUrl: string): Promise<string> {
    await this.tab.goto(`${serverUrl}/`);
    await this.tab.click('start-call');
    await this.join();
    return this.tab.evaluate(() => location.href, undefined);
  }

  /** Opens a link and joins. */
  async enter(link: string): Promise<void> {
    await this.tab.goto(link);
    await this.join();
  }

  async say(text: string): Promise<void> {
    await this.openPanel('chat');
    await this.tab.fill('chat-input', text);
    await this.tab.click('chat-send');
  }

  /** Resolves once `text` stands in the chat. */
  async reads(text: string, timeoutMs?: number): Promise<void> {
    await this.openPanel('chat');
    await this.shows(byTestId('chat-message'), text, timeoutMs);
  }

  /** Resolves once media takes this way, and has arrived there. */
  async settles(way: 'p2p' | 'sfu'): Promise<void> {
    const there = `${byTestId('hall')}[data-way="${way}"][data-stage="settled"]`;
    await this.tab.until(`media of ${this.name} settles at ${way}`, isThere, there);
  }

  /** Resolves once so many others are in the hall, by their tiles. */
  async sees(others: number, timeoutMs = 60_000): Promise<void> {
    await this.watch(
      byTestId('tile'),
      (tiles) => tiles.length === others,
      (tiles) => `sees ${tiles.length} others, not ${others}: ${tiles.join(' | ')}`,
      timeoutMs,
    );
  }

  /** Resolves once an element that matches `selector` has `text` in it. */
  async shows(selector: string, text: string, timeoutMs?: number): Promise<void> {
    await this.watch(
      selector,
      (texts) => texts.some((found) => found.includes(text)),
      (texts) => `does not see "${text}" in ${selector}; there is: ${texts.join(' | ') || 'nothing'}`,
      timeoutMs,
    );
  }

  async openPanel(panel: 'chat' | 'people' | 'files' | 'hood'): Promise<void> {
    const open = await this.tab.evaluate(textsOf, `${byTestId('panel')}[data-panel="${panel}"]`);
    if (open.length > 0) return;
    if (!(await this.tab.evaluate(clickFirst, byTestId(`panel-${panel}`)))) {
      await this.tab.click('more'); // where there is no room for it in the bar
      await this.tab.click(`menu-${panel}`);
    }
    await this.tab.until(`the panel ${panel}`, isThere, `${byTestId('panel')}[data-panel="${panel}"]`);
  }

  async leave(): Promise<void> {
    await this.tab.evaluate(clickFirst, byTestId('leave'));
    await this.tab.until('the page after a call', isThere, byTestId('after'));
  }

  /** Joins, standing at the threshold of a link that was opened. */
  comeIn(): Promise<void> {
    return this.join();
  }

  private async join(): Promise<void> {
    await this.tab.fill('name', this.name);
    await this.tab.click('join');
    await this.watch(
      byTestId('hall'),
      (halls) => halls.length > 0,
      async () => `is not in the hall: ${(await this.tab.evaluate(textsOf, byTestId('problem'))).join()}`,
    );
  }

  /** Looks at the texts of what matches `selector` until they are right; complains in the third person. */
  private async watch(
    selector: string,
    isRight: (texts: readonly string[]) => boolean,
    complain: (texts: readonly string[]) => string | Promise<string>,
    timeoutMs?: number,
  ): Promise<void> {
    await eventually(
      () => this.tab.evaluate(textsOf, selector),
      isRight,
      async (texts) => `${this.name} ${await complain(texts)}. ${this.tab.complaints.join(' | ')}`,
      { timeoutMs },
    );
  }
}

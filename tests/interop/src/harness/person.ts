import type { Tab } from './browser.js';
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

  /** Resolves once so many others are in the hall, by their tiles. */
  async sees(others: number, timeoutMs = 40_000): Promise<void> {
    const give = Date.now() + timeoutMs;
    for (;;) {
      const tiles = await this.tab.evaluate(textsOf, byTestId('tile'));
      if (tiles.length === others) return;
      if (Date.now() > give)
        throw new Error(
          `${this.name} sees ${tiles.length} others, not ${others}: ${tiles.join(' | ')}. ${this.tab.complaints.join(' | ')}`,
        );
      await new Promise((next) => setTimeout(next, 100));
    }
  }

  /** Resolves once an element that matches `selector` has `text` in it. */
  async shows(selector: string, text: string, timeoutMs = 30_000): Promise<void> {
    const giveUpAt = Date.now() + timeoutMs;
    for (;;) {
      const texts = await this.tab.evaluate(textsOf, selector);
      if (texts.some((found) => found.includes(text))) return;
      if (Date.now() > giveUpAt)
        throw new Error(
          `${this.name} does not see "${text}" in ${selector}; there is: ${texts.join(' | ') || 'nothing'}. ${this.tab.complaints.join(' | ')}`,
        );
      await new Promise((next) => setTimeout(next, 100));
    }
  }

  async openPanel(panel: 'chat' | 'people' | 'files' | 'lens'): Promise<void> {
    const open = await this.tab.evaluate(textsOf, `${byTestId('panel')}[data-panel="${panel}"]`);
    if (open.length > 0) return;
    if (!(await this.tab.evaluate(clickFirst, byTestId(`panel-${panel}`)))) throw new Error(`no button for the panel ${panel}`);
    await this.tab.until(`the panel ${panel}`, isThere, `${byTestId('panel')}[data-panel="${panel}"]`);
  }

  async leave(): Promise<void> {
    await this.tab.evaluate(clickFirst, byTestId('leave'));
    await this.tab.until('the page after a call', isThere, byTestId('after'));
  }

  private async join(): Promise<void> {
    await this.tab.fill('name', this.name);
    await this.tab.click('join');
    const giveUpAt = Date.now() + 30_000;
    for (;;) {
      if ((await this.tab.evaluate(textsOf, byTestId('hall'))).length > 0) return;
      if (Date.now() > giveUpAt)
        throw new Error(
          `${this.name} is not in the hall: ${(await this.tab.evaluate(textsOf, byTestId('problem'))).join()} ${this.tab.complaints.join(' | ')}`,
        );
      await new Promise((next) => setTimeout(next, 100));
    }
  }
}

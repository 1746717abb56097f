import { type Browser, type BrowserName, launch, type Tab } from './browser.js';
import { RECORD_PEER_CONNECTIONS } from './media.js';
import { Person } from './person.js';

/** A browser, and the tab of whoever uses it. */
interface Desk {
  readonly browserName: BrowserName;
  readonly browser: Promise<Browser>;
  tab: Promise<Tab> | undefined;
}

/** People at the web app, each with a browser of their own. It takes seconds to start, so whoever comes next takes one that is left. */
export class People {
  private readonly desks: Desk[] = [];

  /** Somebody with storage, devices and connections of their own; `prelude` runs before any script of their pages. */
  async person(name: string, browserName: BrowserName, prelude = ''): Promise<Person> {
    const desk = this.freeDesk(browserName);
    desk.tab = desk.browser.then((browser) => browser.newTab(RECORD_PEER_CONNECTIONS + prelude));
    return new Person(name, await desk.tab);
  }

  /** Everybody goes, whatever they are doing; the browsers stay for those who come next. */
  async disperse(): Promise<void> {
    await Promise.all(
      this.desks.map(async (desk) => {
        const { tab } = desk;
        desk.tab = undefined;
        await (await tab)?.close();
      }),
    );
  }

  /** Nobody comes any more. */
  async close(): Promise<void> {
    await Promise.all(this.desks.splice(0).map(async ({ browser }) => (await browser).close()));
  }

  private freeDesk(browserName: BrowserName): Desk {
    const free = this.desks.find((desk) => desk.browserName === browserName && !desk.tab);
    if (free) return free;
    const desk: Desk = { browserName, browser: launch(browserName), tab: undefined };
    this.desks.push(desk);
    desk.browser.catch(() => this.desks.splice(this.desks.indexOf(desk), 1)); // whoever waits for it is told
    return desk;
  }
}

import { type Browser as ChromiumBrowser, type Page as ChromiumPage, chromium } from 'playwright-core';
import puppeteer, { type Browser as FirefoxBrowser, type Page as FirefoxPage } from 'puppeteer-core';
import { clickFirst, typeInto } from './page.js';

export type BrowserName = 'chromium' | 'firefox';

/** One page of a browser, the same for both of them. Functions run in the page: they see nothing of the test's scope. */
export interface Tab {
  readonly browserName: BrowserName;
  /** Uncaught errors and console errors of the page so far. */
  readonly complaints: readonly string[];
  goto(url: string): Promise<void>;
  evaluate<Argument, Result>(task: (argument: Argument) => Result | Promise<Result>, argument: Argument): Promise<Result>;
  /** Resolves once `condition` returns something true, with it. Rejects after `timeoutMs` with `what` was awaited. */
  until<Argument, Result>(
    what: string,
    condition: (argument: Argument) => Result | Promise<Result>,
    argument: Argument,
    timeoutMs?: number,
  ): Promise<Result>;
  /** Clicks the element of this test id, once it is there and visible, as a person would. */
  click(testId: string): Promise<void>;
  fill(testId: string, text: string): Promise<void>;
  press(key: string): Promise<void>;
  /** Chooses files for the file input of this test id. */
  chooseFiles(testId: string, paths: readonly string[]): Promise<void>;
  screenshot(path: string): Promise<void>;
  setViewport(width: number, height: number): Promise<void>;
  close(): Promise<void>;
}

export interface Browser {
  readonly name: BrowserName;
  newTab(): Promise<Tab>;
  close(): Promise<void>;
}

const POLL_MS = 100;
const DEFAULT_TIMEOUT_MS = 30_000;

const CHROMIUM_FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--use-fake-device-for-media-stream',
  '--use-fake-ui-for-media-stream',
  '--auto-accept-this-tab-capture',
  '--autoplay-policy=no-user-gesture-required',
  '--disable-background-timer-throttling',
  '--disable-renderer-backgrounding',
  '--disable-backgrounding-occluded-windows',
];

const FIREFOX_PREFS = {
  'media.navigator.streams.fake': true,
  'media.navigator.permission.disabled': true,
  'media.getusermedia.audio.capture.enabled': true,
  'media.autoplay.default': 0,
  'media.peerconnection.ice.obfuscate_host_addresses': false,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'datareporting.policy.dataSubmissionEnabled': false,
  'toolkit.telemetry.enabled': false,
  'app.update.enabled': false,
  'browser.shell.checkDefaultBrowser': false,
  'security.enterprise_roots.enabled': false,
};

export interface LaunchOptions {
  /** Language of the browser, `en-US` if not given. */
  readonly language?: string;
  /** Runs before any script of a page. */
  readonly prelude?: string;
  /** More command-line flags for Chromium. */
  readonly flags?: readonly string[];
  /** Chromium's program, where it is not the system's: a script that starts it in a network namespace, for example. */
  readonly executablePath?: string;
}

export function launch(name: BrowserName, options: LaunchOptions = {}): Promise<Browser> {
  return name === 'chromium' ? launchChromium(options) : launchFirefox(options);
}

async function launchChromium({
  language = 'en-US',
  prelude,
  flags = [],
  executablePath = '/usr/bin/chromium',
}: LaunchOptions): Promise<Browser> {
  const browser: ChromiumBrowser = await chromium.launch({
    executablePath,
    args: [...CHROMIUM_FLAGS, ...flags],
  });
  return {
    name: 'chromium',
    async newTab() {
      const context = await browser.newContext({
        ignoreHTTPSErrors: true,
        locale: language,
        permissions: ['camera', 'microphone', 'clipboard-read', 'clipboard-write'],
      });
      if (prelude) await context.addInitScript(prelude);
      return new ChromiumTab(await context.newPage());
    },
    close: () => browser.close(),
  };
}

async function launchFirefox({ language = 'en-US', prelude }: LaunchOptions): Promise<Browser> {
  const browser: FirefoxBrowser = await puppeteer.launch({
    browser: 'firefox',
    executablePath: '/usr/bin/firefox-esr',
    headless: true,
    acceptInsecureCerts: true,
    extraPrefsFirefox: { ...FIREFOX_PREFS, 'intl.accept_languages': language },
  });
  return {
    name: 'firefox',
    async newTab() {
      const page = await browser.newPage();
      await page.setViewport({ width: 1280, height: 800 });
      if (prelude) await page.evaluateOnNewDocument(prelude);
      return new FirefoxTab(page);
    },
    close: () => browser.close(),
  };
}

/** A test id, or a CSS selector of one element where it starts with `css:`. */
const selectorOf = (testId: string): string => (testId.startsWith('css:') ? testId.slice(4) : `[data-testid="${testId}"]`);

/** What both browsers' tabs do alike. */
abstract class BaseTab {
  readonly complaints: string[] = [];

  abstract evaluate<Argument, Result>(
    task: (argument: Argument) => Result | Promise<Result>,
    argument: Argument,
  ): Promise<Result>;

  async until<Argument, Result>(
    what: string,
    condition: (argument: Argument) => Result | Promise<Result>,
    argument: Argument,
    timeoutMs = DEFAULT_TIMEOUT_MS,
  ): Promise<Result> {
    const giveUpAt = Date.now() + timeoutMs;
    for (;;) {
      const result = await this.evaluate(condition, argument);
      if (result) return result;
      if (Date.now() > giveUpAt)
        throw new Error(`${what}: not within ${timeoutMs} ms. The page said: ${this.complaints.join(' | ') || 'nothing'}`);
      await new Promise((next) => setTimeout(next, POLL_MS));
    }
  }
}

class ChromiumTab extends BaseTab implements Tab {
  readonly browserName = 'chromium';

  constructor(private readonly page: ChromiumPage) {
    super();
    page.on('pageerror', (error) => this.complaints.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error') this.complaints.push(message.text());
    });
  }

  async goto(url: string): Promise<void> {
    await this.page.goto(url);
  }

  evaluate<Argument, Result>(task: (argument: Argument) => Result | Promise<Result>, argument: Argument): Promise<Result> {
    // playwright's own types cannot follow a generic argument
    return this.page.evaluate(task as (argument: unknown) => Result, argument as unknown) as Promise<Result>;
  }

  async click(testId: string): Promise<void> {
    await this.page.locator(selectorOf(testId)).first().click({ timeout: DEFAULT_TIMEOUT_MS });
  }

  async fill(testId: string, text: string): Promise<void> {
    await this.page.locator(selectorOf(testId)).first().fill(text, { timeout: DEFAULT_TIMEOUT_MS });
  }

  async press(key: string): Promise<void> {
    await this.page.keyboard.press(key);
  }

  async chooseFiles(testId: string, paths: readonly string[]): Promise<void> {
    await this.page
      .locator(selectorOf(testId))
      .first()
      .setInputFiles([...paths], { timeout: DEFAULT_TIMEOUT_MS });
  }

  async screenshot(path: string): Promise<void> {
    await this.page.screenshot({ path });
  }

  async setViewport(width: number, height: number): Promise<void> {
    await this.page.setViewportSize({ width, height });
  }

  async close(): Promise<void> {
    await this.page.context().close();
  }
}

class FirefoxTab extends BaseTab implements Tab {
  readonly browserName = 'firefox';

  constructor(private readonly page: FirefoxPage) {
    super();
    page.on('pageerror', (error) => this.complaints.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error') this.complaints.push(message.text());
    });
  }

  async goto(url: string): Promise<void> {
    await this.page.goto(url);
  }

  evaluate<Argument, Result>(task: (argument: Argument) => Result | Promise<Result>, argument: Argument): Promise<Result> {
    return this.page.evaluate(task as (argument: unknown) => Result, argument as unknown) as Promise<Result>;
  }

  // Firefox stops the animation frames of tabs behind others, and puppeteer's locators wait for such frames: so it is done in the page.
  async click(testId: string): Promise<void> {
    await this.until(`something to click at ${testId}`, clickFirst, selectorOf(testId));
  }

  async fill(testId: string, text: string): Promise<void> {
    await this.until(`something to fill in at ${testId}`, typeInto, { selector: selectorOf(testId), text });
  }

  async press(key: string): Promise<void> {
    await this.page.keyboard.press(key as Parameters<FirefoxPage['keyboard']['press']>[0]);
  }

  async chooseFiles(testId: string, paths: readonly string[]): Promise<void> {
    const input = await this.page.waitForSelector(`pierce/${selectorOf(testId)}`, { timeout: DEFAULT_TIMEOUT_MS });
    await (input as import('puppeteer-core').ElementHandle<HTMLInputElement>).uploadFile(...paths);
  }

  async screenshot(path: string): Promise<void> {
    await this.page.screenshot({ path: path as `${string}.png` });
  }

  async setViewport(width: number, height: number): Promise<void> {
    await this.page.setViewport({ width, height });
  }

  async close(): Promise<void> {
    await this.page.close();
  }
}

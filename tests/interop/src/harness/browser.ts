import { type Browser as ChromiumBrowser, type Page as ChromiumPage, chromium, type Locator } from 'playwright-core';
import puppeteer, { type ElementHandle, type Browser as FirefoxBrowser, type Page as FirefoxPage } from 'puppeteer-core';
import { eventually } from './eventually.js';
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
  /** A tab with storage of its own, as another person's browser has; `prelude` runs before any script of its pages. */
  newTab(prelude?: string): Promise<Tab>;
  close(): Promise<void>;
}

/** Of what takes a second: a machine may be that busy. */
const DEFAULT_TIMEOUT_MS = 60_000;
/** A browser that nobody has used for a while is read from a disk that others use, too. */
const LAUNCH_TIMEOUT_MS = 150_000;

/**
 * What Chromium leaves away: the driver's own list, of which this flag takes the place, and panels of the window that nobody sees, which
 * take two processes of 160 MB for each.
 */
const CHROMIUM_LACKS = [
  'AvoidUnnecessaryBeforeUnloadCheckSync',
  'DestroyProfileOnBrowserClose',
  'HttpsUpgrades',
  'LensOverlay',
  'MediaRouter',
  'NetworkTimeServiceQuerying',
  'OptimizationHints',
  'PaintHolding',
  'ThirdPartyStoragePartitioning',
  'WebUIOmniboxAimPopup',
  'WebUIOmniboxPopup',
];

const CHROMIUM_FLAGS = [
  `--disable-features=${CHROMIUM_LACKS.join()}`,
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
    timeout: LAUNCH_TIMEOUT_MS,
  });
  return {
    name: 'chromium',
    async newTab(own = '') {
      const context = await browser.newContext({
        ignoreHTTPSErrors: true,
        locale: language,
        permissions: ['camera', 'microphone', 'clipboard-read', 'clipboard-write'],
      });
      for (const script of [prelude, own]) if (script) await context.addInitScript(script);
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
    timeout: LAUNCH_TIMEOUT_MS,
    extraPrefsFirefox: { ...FIREFOX_PREFS, 'intl.accept_languages': language },
  });
  return {
    name: 'firefox',
    async newTab(own = '') {
      const context = await browser.createBrowserContext();
      const page = await context.newPage({ type: 'window' }); // a tab behind another is hidden, and shows nothing
      await page.setViewport({ width: 1280, height: 800 });
      for (const script of [prelude, own]) if (script) await page.evaluateOnNewDocument(script);
      return new FirefoxTab(page);
    },
    close: () => browser.close(),
  };
}

/** A test id, or a CSS selector of one element where it starts with `css:`. */
const selectorOf = (testId: string): string => (testId.startsWith('css:') ? testId.slice(4) : `[data-testid="${testId}"]`);

/** What the two drivers' pages are alike in. */
interface DriverPage {
  goto(url: string): Promise<unknown>;
  evaluate(task: (argument: unknown) => unknown, argument: unknown): Promise<unknown>;
  screenshot(options: { path: string }): Promise<unknown>;
  readonly keyboard: { press(key: string): Promise<void> };
}

/** What both browsers' tabs do alike. */
abstract class DriverTab<Page extends DriverPage> implements Tab {
  abstract readonly browserName: BrowserName;
  readonly complaints: string[] = [];

  constructor(protected readonly page: Page) {}

  protected readonly onError = (error: unknown): void => {
    this.complaints.push(String(error));
  };

  protected readonly onConsole = (message: { type(): string; text(): string }): void => {
    if (message.type() === 'error') this.complaints.push(message.text());
  };

  async goto(url: string): Promise<void> {
    await this.page.goto(url);
  }

  evaluate<Argument, Result>(task: (argument: Argument) => Result | Promise<Result>, argument: Argument): Promise<Result> {
    // the drivers' own types cannot follow a generic argument
    return this.page.evaluate(task as (argument: unknown) => unknown, argument) as Promise<Result>;
  }

  until<Argument, Result>(
    what: string,
    condition: (argument: Argument) => Result | Promise<Result>,
    argument: Argument,
    timeoutMs = DEFAULT_TIMEOUT_MS,
  ): Promise<Result> {
    return eventually(
      () => this.evaluate(condition, argument),
      Boolean,
      () => `${what}: not within ${timeoutMs} ms. The page said: ${this.complaints.join(' | ') || 'nothing'}`,
      { timeoutMs },
    );
  }

  async press(key: string): Promise<void> {
    await this.page.keyboard.press(key);
  }

  async screenshot(path: string): Promise<void> {
    await this.page.screenshot({ path });
  }

  abstract click(testId: string): Promise<void>;
  abstract fill(testId: string, text: string): Promise<void>;
  abstract chooseFiles(testId: string, paths: readonly string[]): Promise<void>;
  abstract setViewport(width: number, height: number): Promise<void>;
  abstract close(): Promise<void>;
}

class ChromiumTab extends DriverTab<ChromiumPage> {
  readonly browserName = 'chromium';

  constructor(page: ChromiumPage) {
    super(page);
    page.on('pageerror', this.onError).on('console', this.onConsole);
  }

  async click(testId: string): Promise<void> {
    await this.first(testId).click({ timeout: DEFAULT_TIMEOUT_MS });
  }

  async fill(testId: string, text: string): Promise<void> {
    await this.first(testId).fill(text, { timeout: DEFAULT_TIMEOUT_MS });
  }

  async chooseFiles(testId: string, paths: readonly string[]): Promise<void> {
    await this.first(testId).setInputFiles([...paths], { timeout: DEFAULT_TIMEOUT_MS });
  }

  async setViewport(width: number, height: number): Promise<void> {
    await this.page.setViewportSize({ width, height });
  }

  async close(): Promise<void> {
    await this.page.context().close();
  }

  private first(testId: string): Locator {
    return this.page.locator(selectorOf(testId)).first();
  }
}

class FirefoxTab extends DriverTab<FirefoxPage> {
  readonly browserName = 'firefox';

  constructor(page: FirefoxPage) {
    super(page);
    page.on('pageerror', this.onError).on('console', this.onConsole);
  }

  // Firefox stops the animation frames of tabs behind others, and puppeteer's locators wait for such frames: so it is done in the page.
  async click(testId: string): Promise<void> {
    await this.until(`something to click at ${testId}`, clickFirst, selectorOf(testId));
  }

  async fill(testId: string, text: string): Promise<void> {
    await this.until(`something to fill in at ${testId}`, typeInto, { selector: selectorOf(testId), text });
  }

  async chooseFiles(testId: string, paths: readonly string[]): Promise<void> {
    const input = await this.page.waitForSelector(`pierce/${selectorOf(testId)}`, { timeout: DEFAULT_TIMEOUT_MS });
    await (input as ElementHandle<HTMLInputElement>).uploadFile(...paths);
  }

  async setViewport(width: number, height: number): Promise<void> {
    await this.page.setViewport({ width, height });
  }

  async close(): Promise<void> {
    await this.page.browserContext().close(); // and the page with it
  }
}

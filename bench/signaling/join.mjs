// How long it takes from the click on "Join" until the first picture of another person is on the screen, in Chromium.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const TIMEOUT_MS = 60_000;
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--use-fake-device-for-media-stream',
  '--use-fake-ui-for-media-stream',
  '--autoplay-policy=no-user-gesture-required',
  '--disable-background-timer-throttling',
  '--disable-renderer-backgrounding',
  '--disable-backgrounding-occluded-windows',
];

/** Runs in the page before its scripts: notes when "Join" was clicked, and when a video of somebody else first showed a frame. */
function watchTheJoin() {
  const remote = new WeakSet();
  const times = { clicked: undefined, seen: undefined };
  window.maruJoin = times;
  const Original = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Original {
    constructor(...argv) {
      super(...argv);
      this.addEventListener('track', ({ track }) => remote.add(track));
    }
  };
  const source = Object.getOwnPropertyDescriptor(HTMLMediaElement.prototype, 'srcObject');
  const isOfAnother = (video) =>
    source.get
      .call(video)
      ?.getVideoTracks()
      .some((track) => remote.has(track)) ?? false;
  Object.defineProperty(HTMLMediaElement.prototype, 'srcObject', {
    ...source,
    set(stream) {
      source.set.call(this, stream);
      if (!(this instanceof HTMLVideoElement) || !stream) return;
      // tracks may come after the stream was given to the element: whose picture it is, is asked at the frame
      const onFrame = (now) => {
        if (isOfAnother(this)) times.seen ??= now;
        else this.requestVideoFrameCallback(onFrame);
      };
      this.requestVideoFrameCallback(onFrame);
    },
  });
  addEventListener(
    'click',
    (event) => {
      const isJoin = event.composedPath().some((node) => node instanceof Element && node.getAttribute('data-testid') === 'join');
      if (isJoin) times.clicked ??= performance.now();
    },
    true,
  );
}

async function startServer() {
  const child = spawn(
    process.execPath,
    [join(ROOT, 'packages/cli/bin/maru.js'), 'start', '--port', '0', '--data', 'none', '--log-level', 'error', '--json'],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const [chunk] = await new Promise((listening, failed) => {
    child.stdout.once('data', (data) => listening([data]));
    child.once('exit', (status) => failed(new Error(`the server ended with ${status} before it listened`)));
  });
  return { child, url: JSON.parse(String(chunk)).links.local };
}

/** Opens a page of its own at `url`. */
async function visit(browser, url) {
  const context = await browser.newContext({ permissions: ['camera', 'microphone'] });
  await context.addInitScript(watchTheJoin);
  const page = await context.newPage();
  page.setDefaultTimeout(TIMEOUT_MS);
  await page.goto(url);
  return page;
}

async function enter(page, name) {
  await page.locator('[data-testid="name"]').fill(name);
  await page.locator('[data-testid="join"]').click();
}

/** One joins the hall at `link`, sees the other and leaves. Resolves with the milliseconds between. */
async function joinOnce(browser, link) {
  const page = await visit(browser, link);
  // somebody who joins has looked at themselves first: the camera is on, the hall's script is there
  await page.waitForFunction(() => {
    const shows = (root) =>
      [...root.querySelectorAll('*')].some((each) => each.videoWidth > 2 || (each.shadowRoot && shows(each.shadowRoot)));
    return shows(document);
  });
  await page.waitForLoadState('networkidle');
  await enter(page, 'Bora');
  const { clicked, seen } = await (
    await page.waitForFunction(() => window.maruJoin.seen !== undefined && window.maruJoin)
  ).jsonValue();
  await page.locator('[data-testid="leave"]').first().click();
  await page.locator('[data-testid="after"]').waitFor();
  await page.context().close();
  return seen - clicked;
}

/**
 * Somebody sits in a hall; another joins `count` times, each time as a new visitor.
 * @param {number} count
 * @returns {Promise<number[]>} milliseconds from the click on "Join" to the first frame of the other's picture
 */
export async function joinTimes(count) {
  const { child, url } = await startServer();
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: FLAGS });
  try {
    const host = await visit(browser, url);
    await host.locator('[data-testid="start-call"]').click();
    await enter(host, 'Ara');
    await host.locator('[data-testid="hall"]').waitFor();
    const times = [];
    for (let i = 0; i < count; i++) {
      times.push(await joinOnce(browser, host.url()));
      await host.locator('[data-testid="alone"]').waitFor();
    }
    return times;
  } finally {
    await browser.close();
    child.kill('SIGTERM');
    await new Promise((done) => child.once('exit', done));
  }
}

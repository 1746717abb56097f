import { createServer } from 'node:net';
import { repositoryWebFolder } from '@maru/server';
import { type RunningTurn, startTurn } from '@maru/server/turn/start';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { AXE, findings } from './harness/axe.js';
import { type Browser, type BrowserName, launch } from './harness/browser.js';
import { flows, RECORD_PEER_CONNECTIONS } from './harness/media.js';
import { isThere } from './harness/page.js';
import { Person } from './harness/person.js';
import { MaruServer } from './harness/server.js';

/** A browser on a network that lets nothing through but the way to the server: every other candidate is withheld, and other transports. */
const onlyRelayed = (transport: 'udp' | 'tcp'): string => `(() => {
  const Original = window.RTCPeerConnection;
  const strict = (configuration = {}) => ({
    ...configuration,
    iceTransportPolicy: 'relay',
    iceServers: (configuration.iceServers ?? []).map((server) => ({
      ...server,
      urls: [server.urls].flat().filter((url) => url.startsWith('turn') && url.endsWith('transport=${transport}')),
    })).filter(({ urls }) => urls.length > 0),
  });
  window.RTCPeerConnection = new Proxy(Original, {
    construct: (target, [configuration], newTarget) => Reflect.construct(target, [strict(configuration)], newTarget),
  });
  const set = Original.prototype.setConfiguration;
  Original.prototype.setConfiguration = function (configuration) {
    return set.call(this, strict(configuration));
  };
})();`;

describe('a call of the web app between networks that let nothing else through needs no setting', () => {
  let server: MaruServer;
  const browsers: Browser[] = [];

  beforeAll(async () => {
    server = await MaruServer.start();
  });

  afterEach(async () => {
    for (const browser of browsers.splice(0)) await browser.close();
  });

  afterAll(() => server.stop());

  async function person(name: string, browserName: BrowserName, transport: 'udp' | 'tcp'): Promise<Person> {
    const browser = await launch(browserName, { prelude: onlyRelayed(transport) + RECORD_PEER_CONNECTIONS });
    browsers.push(browser);
    return new Person(name, await browser.newTab());
  }

  test.each([
    ['chromium', 'udp', 'chromium', 'tcp'],
    ['chromium', 'tcp', 'firefox', 'udp'],
  ] as const)('%s over %s, %s over %s: they see and hear each other', async (first, firstTransport, second, secondTransport) => {
    const minji = await person('Minji', first, firstTransport);
    const jun = await person('Jun', second, secondTransport);
    await jun.enter(await minji.openHall(server.url));
    await Promise.all([minji.sees(1), jun.sees(1)]);
    await flows(minji.tab, { videos: 1, audios: 1 });
    await flows(jun.tab, { videos: 1, audios: 1 });
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    expect(Number(/maru_turn_relayed_packets_total\{direction="sent"\} (\d+)/.exec(metrics)?.[1])).toBeGreaterThan(100);
  });
});

describe.each(['light', 'dark'])("the relay's page, in the %s theme", (theme) => {
  const key = 'the-admin-key-of-this-interop-test-0123';
  let relay: RunningTurn;
  let browser: Browser;

  beforeAll(async () => {
    const [port, adminPort] = [await freePort(), await freePort()];
    relay = await startTurn({
      configFile: undefined,
      overrides: { listeners: [`udp:127.0.0.1:${port}`], admin: { listen: `127.0.0.1:${adminPort}` } },
      secrets: ['the-secret-of-this-interop-test'],
      adminKey: key,
      hasAdmin: true,
      folder: null,
      webFolder: repositoryWebFolder(),
    });
    browser = await launch('chromium', {
      prelude: AXE,
      flags: ['--force-prefers-reduced-motion', ...(theme === 'dark' ? ['--force-dark-mode'] : [])],
    });
  });

  afterAll(async () => {
    await browser.close();
    await relay.close();
  });

  test('asks for the key, then shows what the relay does; axe-core finds nothing wrong with either', async () => {
    const tab = await browser.newTab();
    await tab.goto(relay.admin!.url);
    await tab.until('the lock', isThere, '[data-testid="lock"]');
    expect(await findings(tab)).toEqual([]);
    await tab.evaluate((text) => {
      const root = document.querySelector('maru-relay')!.shadowRoot!;
      root.querySelector<HTMLInputElement>('#key')!.value = text;
      root.querySelector('form')!.requestSubmit();
    }, key);
    await tab.until('the allocations', isThere, '[data-testid="allocations"]');
    expect(await findings(tab)).toEqual([]);
    await tab.close();
  });
});

function freePort(): Promise<number> {
  const probe = createServer();
  return new Promise((found) => {
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => found(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

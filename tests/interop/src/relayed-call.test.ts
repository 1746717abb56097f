import { repositoryWebFolder } from '@maru/server';
import { type RunningTurn, startTurn } from '@maru/server/turn/start';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { AXE, findings } from './harness/axe.js';
import { type Browser, type BrowserName, launch } from './harness/browser.js';
import { eventually } from './harness/eventually.js';
import { freePorts } from './harness/free-ports.js';
import { FRUGAL_PERSON } from './harness/frugal-page.js';
import { allFlow } from './harness/media.js';
import { isThere } from './harness/page.js';
import { People } from './harness/people.js';
import type { Person } from './harness/person.js';
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
  const people = new People();

  beforeAll(async () => {
    server = await MaruServer.start();
  });

  afterEach(() => people.disperse());

  afterAll(async () => {
    await people.close();
    await server.stop();
  });

  const person = (name: string, browserName: BrowserName, transport: 'udp' | 'tcp'): Promise<Person> =>
    people.person(name, browserName, FRUGAL_PERSON + onlyRelayed(transport));

  test.each([
    ['chromium', 'udp', 'chromium', 'tcp'],
    ['chromium', 'tcp', 'firefox', 'udp'],
  ] as const)('%s over %s, %s over %s: they see and hear each other', async (first, firstTransport, second, secondTransport) => {
    const minji = await person('Minji', first, firstTransport);
    const jun = await person('Jun', second, secondTransport);
    await jun.enter(await minji.openHall(server.url));
    await Promise.all([minji.sees(1), jun.sees(1)]);
    await allFlow([minji, jun], { videos: 1, audios: 1 });
    await eventually(
      async () => {
        const metrics = await (await fetch(`${server.url}/metrics`)).text();
        return Number(/maru_turn_relayed_packets_total\{direction="sent"\} (\d+)/.exec(metrics)?.[1]);
      },
      (relayed) => relayed > 100,
      (relayed) => `the relay has sent ${relayed} packets on`,
    );
  });
});

describe.each(['light', 'dark'])("the relay's page, in the %s theme", (theme) => {
  const key = 'the-admin-key-of-this-interop-test-0123';
  let relay: RunningTurn;
  let browser: Browser;

  beforeAll(async () => {
    const [port, adminPort] = await freePorts(2);
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

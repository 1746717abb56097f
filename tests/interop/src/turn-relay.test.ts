import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Browser, type BrowserName, launch, type Tab } from './harness/browser.js';
import { EmptyPage } from './harness/data-page.js';
import { machineAddress, RELAY_USER, TestRelay } from './harness/relay.js';
import { callThrough, decodes } from './harness/relayed-page.js';

const FRAMES = 20;

let relay: TestRelay;
let page: EmptyPage;
const browsers = new Map<BrowserName, Browser>();
const tabs: Tab[] = [];

beforeAll(async () => {
  relay = await TestRelay.start([machineAddress(), '127.0.0.1']);
  page = await EmptyPage.serve();
  // no authority that they know signed the relay's certificate: Chromium is told of its key, Firefox's driver takes any
  const flags = [`--ignore-certificate-errors-spki-list=${relay.keyHash}`];
  for (const name of ['chromium', 'firefox'] as const) browsers.set(name, await launch(name, { flags }));
});

afterEach(async () => {
  for (const tab of tabs.splice(0)) await tab.close();
});

afterAll(async () => {
  for (const browser of browsers.values()) await browser.close();
  page.close();
  await relay.end();
});

async function tabOf(name: BrowserName): Promise<Tab> {
  const tab = await page.openIn(browsers.get(name)!);
  tabs.push(tab);
  return tab;
}

/** Over TLS by name: Firefox leaves out a server that is named by its address. */
describe.each([
  ['udp', () => `turn:${machineAddress()}:${relay.ports.plain}?transport=udp`],
  ['tcp', () => `turn:${machineAddress()}:${relay.ports.plain}?transport=tcp`],
  ['tls', () => `turns:localhost:${relay.ports.secure}?transport=tcp`],
] as const)('two browsers that may only relay, over %s', (protocol, urlOf) => {
  test.each<[BrowserName, BrowserName]>([
    ['chromium', 'firefox'],
    ['firefox', 'chromium'],
  ])('%s calls %s, and both see each other', async (first, second) => {
    const [caller, callee] = [await tabOf(first), await tabOf(second)];
    const server = { urls: urlOf(), username: RELAY_USER.username, credential: RELAY_USER.password };
    const candidates = await callThrough(server, caller, callee);
    for (const [i, lines] of candidates.entries()) {
      expect(lines.length, `candidates of ${[first, second][i]}`).toBeGreaterThan(0);
      expect(lines.filter((line) => !line.includes('typ relay'))).toEqual([]);
    }
    for (const tab of [caller, callee]) {
      const { candidateType, relayProtocol } = await decodes(tab, FRAMES);
      expect(candidateType).toBe('relay');
      if (relayProtocol !== undefined) expect(relayProtocol).toBe(protocol);
    }
    const { allocations } = await relay.running.operation.state();
    expect(allocations.filter(({ transport }) => transport === protocol).length).toBeGreaterThanOrEqual(2);
    for (const { sent, received } of allocations.filter(({ channels }) => channels > 0))
      expect(sent.bytes + received.bytes).toBeGreaterThan(0);
  });
});

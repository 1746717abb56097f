import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ClientWorld, expectContent, hasTools, runTool } from './harness/coturn-clients.js';
import { TestRelay } from './harness/relay.js';

/** So long the negative tests may go on: at times they wait for ever for an answer that a malformed request does not get. */
const NEGATIVE_MS = 10_000;

// the tool mostly waits between its messages: several at a time cost the machine no more than one
describe.skipIf(!hasTools)("coturn's own clients are content with our server", { concurrent: true }, () => {
  let world: ClientWorld;
  beforeAll(async () => {
    world = await ClientWorld.begin();
  });
  afterAll(() => world.end());

  const servers = [
    ['IPv4', '127.0.0.1'],
    ['IPv6', '::1'],
  ] as const;
  describe.each(servers)('from %s', (_, server) => {
    test.each([
      ['UDP, channels', []],
      ['UDP, Send indications', ['-s']],
      ['UDP, mandatory padding', ['-D']],
      ['UDP, permissions and channels over and over', ['-G']],
      ['UDP, moving on (RFC 8016)', ['-M']],
      ['TCP, channels', ['-t']],
      ['TCP, Send indications', ['-t', '-s']],
      ['TCP relays (RFC 6062) over TCP', ['-T', '-t']],
    ])('over %s', async (_title, args) => {
      expectContent(await world.uclient(server, args));
    });

    test.each([
      ['DTLS, channels', ['-S']],
      ['DTLS, Send indications', ['-S', '-s']],
    ])('over %s', async (_title, args) => {
      expectContent(await world.secureUclient(server, args));
    });

    test('relaying to IPv6', async () => {
      expectContent(await world.uclient(server, ['-x'], { peer: '::1' }));
      expectContent(await world.uclient(server, ['-x', '-t', '-s'], { peer: '::1' }));
    });
  });

  test('over TCP relays whose peers come to them', async () => {
    const { sent, received } = await world.uclient('127.0.0.1', ['-P', '-t']);
    expect(sent).toBeGreaterThanOrEqual(20);
    expect(received).toBe(sent / 2); // one end of each connection counts; so it is with coturn's own server
  });

  test('malformed and unauthenticated requests of its negative tests are refused, and others go on', async () => {
    await world.uclient('127.0.0.1', ['-N', '-R', '-n', '5'], { limitMs: NEGATIVE_MS });
    expectContent(await world.uclient('127.0.0.1', []));
  });

  test('turnutils_stunclient learns its address', async () => {
    const output = await runTool('turnutils_stunclient', ['-p', String(world.relay.ports.plain), '127.0.0.1']);
    expect(output).toMatch(/reflexive addr: 127\.0\.0\.1:\d+/i);
  });
});

describe.skipIf(!hasTools)('NAT behaviour discovery (RFC 5780)', () => {
  let relay: TestRelay;

  beforeAll(async () => {
    relay = await TestRelay.start(['127.0.0.1'], '127.0.0.2');
  });

  afterAll(() => relay.end());

  test('turnutils_natdiscovery learns how mapping and filtering are', async () => {
    const output = await runTool('turnutils_natdiscovery', ['-m', '-f', '-p', String(relay.ports.plain), '127.0.0.1']);
    expect(output).toMatch(/Endpoint Independent Mapping|No NAT/i);
    expect(output).toMatch(/Endpoint Independent Filtering/i);
  });
});

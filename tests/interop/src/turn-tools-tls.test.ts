import { afterAll, beforeAll, describe, test } from 'vitest';
import { ClientWorld, expectContent, hasTools } from './harness/coturn-clients.js';

/**
 * Over TLS the tool takes what one read gives it for one message, and our relay puts what came at once into one record. So much time is between
 * the tool's messages that each comes by itself, where nobody else wants the processor: this file runs alone.
 */
const ONE_BY_ONE = ['-z', '250'];

describe.skipIf(!hasTools)("coturn's own clients are content with our server over TLS", () => {
  let world: ClientWorld;
  beforeAll(async () => {
    world = await ClientWorld.begin();
  });
  afterAll(() => world.end());

  describe.concurrent.each([
    ['IPv4', '127.0.0.1'],
    ['IPv6', '::1'],
  ])('from %s', (_, server) => {
    test.each([
      ['channels', ['-t', '-S']],
      ['Send indications', ['-t', '-S', '-s']],
      ['TCP relays', ['-T', '-t', '-S']],
    ])('%s', async (_title, args) => {
      expectContent(await world.secureUclient(server, [...ONE_BY_ONE, ...args]));
    });
  });
});

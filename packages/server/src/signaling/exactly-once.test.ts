import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TestClient, TestTransport } from '../testing/test-client.js';
import { TestServer } from '../testing/test-server.js';

let server: TestServer;
beforeAll(async () => {
  server = await TestServer.start();
});
afterAll(() => server.close());

const transport = fc.constantFrom<TestTransport>('websocket', 'events', 'polling');

/** What may happen between two clients: each says something, loses its transport, or comes back on any. */
const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('say' as const), who: fc.nat(1) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('cut' as const), who: fc.nat(1) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('resume' as const), who: fc.nat(1), over: transport }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('wait' as const), who: fc.nat(1) }) },
);

const heard = (client: TestClient): unknown[] =>
  client.messages.flatMap((message) => (message.type === 'message' ? [message.data] : []));

test('whatever breaks and whichever transport takes over, every message arrives once and in order', async () => {
  await fc.assert(
    fc.asyncProperty(transport, transport, fc.array(step, { maxLength: 40 }), async (first, second, steps) => {
      const session = await server.createSession();
      const clients = [await (await server.seat(session)).join(first), await (await server.seat(session)).join(second)];
      const said = [0, 0];
      for (const action of steps) {
        const client = clients[action.who]!;
        if (action.kind === 'say') client.send({ type: 'message', messageType: 'count', data: said[action.who]!++ });
        else if (action.kind === 'cut') client.cut();
        else if (action.kind === 'wait') await Promise.resolve();
        else expect(await client.resume(action.over)).toMatchObject({ type: 'resumed' });
      }
      for (const client of clients) await client.resume('websocket');
      for (const [index, client] of clients.entries()) {
        const expected = Array.from({ length: said[1 - index]! }, (_, number) => number);
        while (heard(client).length < expected.length) await client.change();
        expect(heard(client)).toEqual(expected);
        client.cut();
      }
    }),
    { numRuns: 25 },
  );
}, 120_000);

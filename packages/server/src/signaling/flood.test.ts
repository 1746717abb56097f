import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ServerProcess } from '../testing/server-process.js';
import { TestClient } from '../testing/test-client.js';

/** Messages that are sent within the second, and over how many seats: each is taken away after its first burst. */
const FLOOD = { messages: 10_000, seats: 5 };
const WATCH_MS = 1_000;

let folder: string;
let server: ServerProcess;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'maru-test-'));
  server = await ServerProcess.start(folder, 0);
});
afterEach(async () => {
  await server.kill();
  rmSync(folder, { recursive: true, force: true });
});

async function post(path: string, body: object): Promise<Record<string, string>> {
  const headers = { authorization: `Bearer ${server.apiKey}`, 'content-type': 'application/json' };
  const response = await fetch(server.base + path, { method: 'POST', headers, body: JSON.stringify(body) });
  return (await response.json()) as Record<string, string>;
}

async function enter(session: string): Promise<TestClient> {
  const { token = '' } = await post(`/v1/sessions/${session}/connections`, {});
  return new TestClient(server.base, token).join();
}

/** What the server says of its event loop since it was last asked, and of its memory. */
async function health(): Promise<{ p99Ms: number; maxMs: number; rssMiB: number }> {
  const text = await (await fetch(`${server.base}/metrics`)).text();
  const read = (name: string): number => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
  return {
    p99Ms: read('nodejs_eventloop_lag_p99_seconds') * 1_000,
    maxMs: read('nodejs_eventloop_lag_max_seconds') * 1_000,
    rssMiB: read('process_resident_memory_bytes') / 2 ** 20,
  };
}

/** A pair that talks, one word after the other, until it is stopped; says how many words came. */
async function talk(): Promise<() => Promise<number>> {
  const { id: session = '' } = await post('/v1/sessions', {});
  const [ada, bo] = [await enter(session), await enter(session)];
  let isOver = false;
  const conversation = (async () => {
    let words = 0;
    for (; !isOver; words += 1) {
      const word = words;
      ada.send({ type: 'message', messageType: 'word', data: word });
      await bo.until('message', ({ data }) => data === word);
      await wait(25); // they speak at a human pace, within what a seat may send
    }
    return words;
  })();
  return () => {
    isOver = true;
    return conversation;
  };
}

async function flood(): Promise<void> {
  const { id: session = '' } = await post('/v1/sessions', {});
  for (let seat = 0; seat < FLOOD.seats; seat += 1) {
    const flooder = await enter(session);
    for (let index = 0; index < FLOOD.messages / FLOOD.seats; index += 1)
      flooder.send({ type: 'message', messageType: 'flood', data: index });
    expect(await flooder.untilClosed()).toMatchObject({ code: 'connection/flood' });
  }
}

test('a flood leaves the event loop, the memory and a talking pair as they were (S-84, INV-2 to INV-4)', async () => {
  const endTalk = await talk();
  await flood(); // what is compiled at the first flood is no matter of floods
  await health(); // begins the count
  await wait(WATCH_MS);
  const quiet = await health();
  await Promise.all([flood(), wait(WATCH_MS)]);
  const flooded = await health();
  // 50 and 200 ms are the bounds; a machine that is busy with other things is given what it takes without a flood, thrice
  expect(flooded.p99Ms).toBeLessThan(Math.max(50, 3 * quiet.p99Ms));
  expect(flooded.maxMs).toBeLessThan(Math.max(200, 3 * quiet.maxMs));
  expect(flooded.rssMiB - quiet.rssMiB).toBeLessThan(64);
  expect(await endTalk()).toBeGreaterThan(10);
}, 60_000);

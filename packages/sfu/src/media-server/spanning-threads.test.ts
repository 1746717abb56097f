import type { Worker } from 'node:worker_threads';
import { nodeEnvironment } from '@maru/webrtc';
import { afterEach, expect, test } from 'vitest';
import { FRAME_MS, TestSource } from '../testing/test-camera.js';
import { TestClient } from '../testing/test-client.js';
import { when } from '../testing/when.js';
import { MediaServer } from './media-server.js';
import { threadWorkers } from './thread-worker.js';
import type { OpenWorker } from './worker-link.js';

const environment = { ...nodeEnvironment, ice: { localAddressFilter: () => true } };
const RIDS = ['q', 'h', 'f'];
let server: MediaServer;
const clients: TestClient[] = [];
const playing: ReturnType<typeof setInterval>[] = [];

afterEach(async () => {
  for (const timer of playing.splice(0)) clearInterval(timer);
  for (const client of clients.splice(0)) client.close();
  await server.close();
});

async function connected(name: string): Promise<TestClient> {
  const client = new TestClient(server, name, environment);
  clients.push(client);
  await client.negotiate();
  await when(() => client.participant.state === 'connected');
  return client;
}

async function film(client: TestClient, stream: string, mark: number): Promise<void> {
  const camera = new TestSource('video', mark, RIDS);
  client.publish(stream, { video: camera }, RIDS);
  await client.negotiate();
  playing.push(setInterval(() => camera.next(), FRAME_MS));
}

test.each(['native', 'pure'] as const)(
  'a session at two threads: seen across, in layers; a thread that dies takes its own people only (%s)',
  async (driver) => {
    const threads: Worker[] = [];
    const openWorker: OpenWorker = async (settings) => {
      const opened = await threadWorkers(settings);
      threads[settings.worker] = (opened.link as unknown as { readonly thread: Worker }).thread;
      return opened;
    };
    const options = { workers: 2, driver, addresses: [{ bind: '127.0.0.1' }], limits: { participantsPerWorker: 2 } };
    server = await MediaServer.start(options, openWorker);
    const [ada, bob, eve, dan] = [await connected('ada'), await connected('bob'), await connected('eve'), await connected('dan')];
    const first = ada.participant.worker; // whichever has less to do
    const second = 1 - first;
    expect([bob, eve, dan].map(({ participant }) => participant.worker)).toEqual([first, second, second]);
    const tile = (stream: string, width: number, height: number) => ({
      stream,
      width,
      height,
      visible: true,
      priority: 1 as const,
    });
    eve.participant.view([tile('film', 1_280, 720)]);
    dan.participant.view([tile('film', 160, 90)]);
    await film(ada, 'film', 1);
    await film(eve, 'reply', 2);
    const places = (client: TestClient): Set<number> =>
      new Set(
        client
          .framesOf(1)
          .slice(-20)
          .map(({ place }) => place),
      );
    const seesOnly = (client: TestClient, place: number): boolean => places(client).has(place) && places(client).size === 1;
    await when(() => seesOnly(eve, 2) && seesOnly(dan, 0) && dan.framesOf(1).length > 60);
    await when(() => [ada, bob, dan].every((viewer) => viewer.framesOf(2).length > 30));
    const numbers = eve.framesOf(1).map(({ number }) => number);
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b));

    const seen = bob.framesOf(1).length;
    await threads[second]!.terminate();
    await when(() =>
      [eve, dan].every(({ events }) => events.some((one) => one.type === 'closed' && one.reason === 'worker-lost')),
    );
    await when(() => bob.framesOf(1).length > seen + 60);
    expect([...bob.sources.values()].filter(Boolean)).toEqual([{ connection: 'ada', stream: 'film', track: 'video' }]);
    await when(() => server.report().workers.some(({ worker }) => worker === second)); // another thread has taken its place
    const back = await connected('dan');
    expect(back.participant.worker).toBe(second);
    await when(() => back.framesOf(1).length > 30);
    ada.close();
    await when(() => [...back.sources.values()].every((source) => !source));
  },
);

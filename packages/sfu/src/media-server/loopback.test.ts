import { nodeEnvironment } from '@maru/webrtc';
import { afterEach, expect, test } from 'vitest';
import { TestSource } from '../testing/test-camera.js';
import { TestClient } from '../testing/test-client.js';
import { when } from '../testing/when.js';
import { MediaServer } from './media-server.js';

const environment = { ...nodeEnvironment, ice: { localAddressFilter: () => true } };
let server: MediaServer;
const clients: TestClient[] = [];

afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await server.close();
});

test.each([
  ['in this thread, the native driver', { workers: 0 }],
  ['in this thread, plain TypeScript', { workers: 0, driver: 'pure' }],
  ['in a thread of its own', { workers: 1 }],
] as const)('two connections of Node.js hear and see each other through a worker: %s', async (_, options) => {
  server = await MediaServer.start({ ...options, addresses: [{ bind: '127.0.0.1' }] });
  const ada = new TestClient(server, 'ada', environment);
  const bob = new TestClient(server, 'bob', environment);
  clients.push(ada, bob);
  const [camera, microphone] = [new TestSource('video', 1), new TestSource('audio', 1)];
  ada.publish('ada-1', { audio: microphone, video: camera });
  await Promise.all([ada.negotiate(), bob.negotiate()]);
  await when(() => ada.participant.state === 'connected' && bob.participant.state === 'connected');
  const film = setInterval(() => camera.next(), 33);
  const sound = setInterval(() => microphone.next(), 20);
  await when(() => bob.framesOf(1).length >= 30 && bob.framesOf(1, 'audio').length >= 30);
  clearInterval(film);
  clearInterval(sound);
  expect([...bob.sources.values()].filter(Boolean)).toHaveLength(2);
  const numbers = bob.framesOf(1).map(({ number }) => number);
  expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
});

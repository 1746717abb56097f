import { SeededRandom } from '@maru/protocol/core';
import { afterEach, expect, test } from 'vitest';
import { Hall } from '../testing/hall.js';
import { TestSource } from '../testing/test-camera.js';
import type { TestClient } from '../testing/test-client.js';

let hall: Hall;
afterEach(() => hall.close());

test.each([
  [1, 1],
  [2, 1],
  [3, 1],
  [4, 2],
  [5, 3],
  [6, 2],
])('whatever people do in whatever order, nothing breaks, and who watches sees (seed %i, %i workers)', async (seed, workers) => {
  hall = await Hall.open({ seed, workers, ...(workers > 1 && { limits: { participantsPerWorker: 5 } }) });
  const random = new SeededRandom(seed);
  const pick = (count: number): number => random.uint32() % count;
  const watcher = await hall.connected('watcher');
  const film = new TestSource('video', 250);
  const filmer = await hall.connected('filmer');
  filmer.publish('film', { video: film });
  await hall.until(filmer.negotiate());
  hall.play(film);
  const others: TestClient[] = [];
  let streams = 0;
  const acts: ((client: TestClient | undefined) => void)[] = [
    () => {
      if (others.length > 4) return;
      const client = hall.client(`other ${hall.now}`, { link: { loss: pick(4) / 100 } });
      others.push(client);
      client.negotiate().catch(() => {});
    },
    (client) => {
      if (client) hall.leave(others.splice(others.indexOf(client), 1)[0]!);
    },
    (client) => {
      const source = new TestSource('video', 1 + pick(200));
      if (!client || streams >= 12) return;
      client.publish(`stream ${++streams}`, { video: source });
      hall.play(source);
      client.negotiate().catch(() => {});
    },
    (client) => client?.participant.unpublish(`stream ${1 + pick(streams + 1)}`),
    (client) => client?.participant.reset(),
    (client) => void client?.negotiate({ iceRestart: true }).catch(() => {}),
    (client) => client?.participant.subscribe(`stream ${1 + pick(streams + 1)}`, { audio: true, video: pick(2) === 0 }),
    (client) =>
      client?.participant.view([{ stream: 'film', width: pick(2_000), height: pick(1_000), visible: pick(3) > 0, priority: 1 }]),
    (client) => client?.participant.setPermissions({ publish: pick(3) > 0, subscribe: pick(3) > 0, data: pick(2) > 0 }),
    (client) => client?.participant.addCandidate('candidate:1 1 udp 1 192.0.2.1 9 typ host'),
    (client) => void client?.participant.offer({ sdp: 'v=0', media: [] }),
    () => film.next(),
  ];
  for (let i = 0; i < 120; i++) {
    acts[pick(acts.length)]!(others[pick(others.length + 1)]);
    await hall.pass(pick(300));
  }
  const before = watcher.framesOf(250).length;
  watcher.participant.view([{ stream: 'film', width: 0, height: 0, visible: true, priority: 2 }]);
  await hall.pass(4_000);
  expect(watcher.framesOf(250).length - before).toBeGreaterThan(60);
  for (const { dropped } of hall.server.report().workers) {
    expect(dropped['media/broken']).toBeUndefined();
    expect(dropped['pipe/unreadable']).toBeUndefined();
  }
});

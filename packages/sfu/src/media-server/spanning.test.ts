import { afterEach, describe, expect, test } from 'vitest';
import { Hall } from '../testing/hall.js';
import { TestSource } from '../testing/test-camera.js';
import type { TestClient } from '../testing/test-client.js';

const RIDS = ['q', 'h', 'f'];
let hall: Hall;
afterEach(() => hall.close());

/** Two workers with room for two each: the third and fourth of a session are at the second one. */
async function fourPeople(): Promise<[TestClient, TestClient, TestClient, TestClient]> {
  hall = await Hall.open({ workers: 2, limits: { participantsPerWorker: 2 } });
  const people: TestClient[] = [];
  for (const name of ['ada', 'bob', 'eve', 'dan']) people.push(await hall.connected(name));
  expect(people.map(({ participant }) => participant.worker)).toEqual([0, 0, 1, 1]);
  return people as [TestClient, TestClient, TestClient, TestClient];
}

async function publish(client: TestClient, stream: string, mark: number, rids: readonly string[] = []): Promise<TestSource> {
  const film = new TestSource('video', mark, rids);
  client.publish(stream, { video: film }, rids);
  await hall.until(client.negotiate());
  hall.play(film);
  return film;
}

describe('a session that has outgrown a worker', () => {
  test('people see and hear one another across workers as if there were one', async () => {
    const [ada, bob, eve, dan] = await fourPeople();
    await publish(ada, 'film', 1);
    await publish(eve, 'reply', 2);
    const voice = new TestSource('audio', 3);
    ada.publish('voice', { audio: voice });
    await hall.until(ada.negotiate());
    hall.play(voice);
    await hall.pass(4_000);
    for (const viewer of [bob, eve, dan]) expect(viewer.framesOf(1).length).toBeGreaterThan(80);
    for (const viewer of [ada, bob, dan]) expect(viewer.framesOf(2).length).toBeGreaterThan(80);
    for (const listener of [bob, eve, dan]) expect(listener.framesOf(3, 'audio').length).toBeGreaterThan(150);
    expect([...dan.sources.values()]).toContainEqual({ connection: 'ada', stream: 'film', track: 'video' });
    const why = await hall.until(dan.participant.why('film'));
    expect(why[0]).toMatchObject({ connection: 'ada', stream: 'film', limitedBy: 'nothing' });
    expect(hall.server.report().sessions).toMatchObject([{ session: 'hall', worker: 0, workers: [0, 1] }]);
    expect(hall.server.report().sessions[0]!.participants.map(({ connection, worker }) => `${connection} ${worker}`)).toEqual([
      'ada 0',
      'bob 0',
      'eve 1',
      'dan 1',
    ]);
  });

  test('who comes later sees what was there, and who leaves takes it along', async () => {
    hall = await Hall.open({ workers: 2, limits: { participantsPerWorker: 2 } });
    const ada = await hall.connected('ada');
    await hall.connected('bob');
    await publish(ada, 'film', 1);
    await hall.pass(1_000);
    const eve = await hall.connected('eve');
    await hall.pass(2_000);
    expect(eve.framesOf(1).length).toBeGreaterThan(30);
    hall.leave(ada);
    await hall.pass(500);
    expect([...eve.sources.values()].filter(Boolean)).toEqual([]);
    hall.leave(eve);
    await hall.pass(1_500);
    expect(hall.server.report().sessions).toMatchObject([{ workers: [0] }]);
  });

  test('messages reach everybody, in their order', async () => {
    const [ada, bob, eve, dan] = await fourPeople();
    for (let i = 0; i < 50; i++) ada.control.send(`message ${i}`);
    await hall.pass(1_000);
    const all = Array.from({ length: 50 }, (_, i) => `message ${i}`);
    for (const other of [bob, eve, dan]) expect(other.messages).toEqual(all);
    expect(ada.messages).toEqual([]);
  });

  test('layers that nobody looks at anywhere are switched off, and come back for whoever looks', async () => {
    const [ada, bob, eve, dan] = await fourPeople();
    await publish(ada, 'film', 1, RIDS);
    const small = { stream: 'film', width: 160, height: 90, visible: true, priority: 1 } as const;
    for (const viewer of [bob, eve, dan]) viewer.participant.view([small]);
    await hall.pass(6_000);
    const wishes = () => ada.events.findLast((event) => event.type === 'layers-wanted')?.layers.map(({ isActive }) => isActive);
    expect(wishes()).toEqual([true, false, false]);
    dan.participant.view([{ ...small, width: 1_280, height: 720 }]);
    await hall.pass(1_500);
    expect(wishes()).toEqual([true, true, true]);
    for (const viewer of [bob, eve, dan]) viewer.participant.view([{ ...small, visible: false }]);
    await hall.pass(6_000);
    expect(wishes()).toEqual([false, false, false]);
    eve.participant.view([small]);
    await hall.pass(1_500);
    expect(wishes()).toEqual([true, false, false]);
  });

  test('what is muted is said to be so at the other worker, and permissions hold there', async () => {
    const [ada, , eve, dan] = await fourPeople();
    await publish(ada, 'film', 1);
    await hall.pass(1_000);
    ada.participant.publish({ stream: 'film', hasAudio: false, hasVideo: true, muted: { video: true } });
    eve.participant.setPermissions({ publish: true, subscribe: false, data: true });
    await hall.pass(1_000);
    expect((await hall.until(dan.participant.why('film')))[0]).toMatchObject({ limitedBy: 'muted' });
    const before = eve.framesOf(1).length;
    ada.participant.publish({ stream: 'film', hasAudio: false, hasVideo: true, muted: { video: false } });
    await hall.pass(2_000);
    expect(eve.framesOf(1).length).toBe(before);
    expect((await hall.until(dan.participant.why('film')))[0]).toMatchObject({ limitedBy: 'nothing' });
  });

  test('a worker that falls behind gets smaller pictures before anything is lost, and all of it again when it has caught up', async () => {
    const [ada, , eve] = await fourPeople();
    await publish(ada, 'film', 1, RIDS);
    eve.participant.view([{ stream: 'film', width: 1_280, height: 720, visible: true, priority: 1 }]);
    await hall.pass(12_000);
    const places = () =>
      new Set(
        eve
          .framesOf(1)
          .slice(-20)
          .map(({ place }) => place),
      );
    expect(places()).toEqual(new Set([2]));
    hall.bells.stop(1);
    await hall.pass(8_000);
    const before = eve.framesOf(1).length;
    hall.bells.resume(1);
    await hall.pass(2_000);
    expect(eve.framesOf(1).length).toBeGreaterThan(before + 40);
    expect(places()).toEqual(new Set([0]));
    expect(hall.server.report().workers.map(({ pipeDrops }) => pipeDrops)).toEqual([0, 0]);
    await hall.pass(12_000);
    expect(places()).toEqual(new Set([2]));
  });

  test('whoever comes to the other worker is not there twice: streams and names are free again', async () => {
    const [ada, bob, eve, dan] = await fourPeople();
    await publish(ada, 'film', 1);
    await publish(eve, 'reply', 2);
    await hall.pass(1_000);
    hall.leave(ada);
    hall.leave(eve);
    await hall.pass(50);
    const [adaAgain, eveAgain] = [await hall.connected('ada'), await hall.connected('eve')];
    await publish(adaAgain, 'film', 3);
    await publish(eveAgain, 'reply', 4);
    await hall.pass(3_000);
    for (const viewer of [bob, dan]) for (const mark of [3, 4]) expect(viewer.framesOf(mark).length).toBeGreaterThan(50);
  });

  test('one who comes at the very moment when the last one of a worker leaves sees everybody', async () => {
    const [ada, bob, eve, dan] = await fourPeople();
    await publish(ada, 'film', 1);
    await hall.pass(500);
    hall.leave(eve);
    await hall.pass(200);
    hall.leave(dan);
    const gus = await hall.connected('gus');
    expect(gus.participant.worker).toBe(1);
    await publish(gus, 'reply', 2);
    await hall.pass(3_000);
    expect(gus.framesOf(1).length).toBeGreaterThan(50);
    expect(bob.framesOf(2).length).toBeGreaterThan(50);
  });

  test('one who speaks is told of once, wherever they are', async () => {
    const [ada, , eve] = await fourPeople();
    const told: string[][] = [];
    hall.server.onSessionEvent = ({ speakers }) => told.push([...speakers]);
    const voice = new TestSource('audio', 3);
    eve.publish('voice', { audio: voice });
    await hall.until(eve.negotiate());
    hall.play(voice);
    await hall.pass(3_000);
    expect(ada.framesOf(3, 'audio').length).toBeGreaterThan(100);
    expect(told).toEqual([['eve']]);
  });
});

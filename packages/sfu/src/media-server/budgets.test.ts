import { afterEach, expect, test } from 'vitest';
import { Hall } from '../testing/hall.js';
import { TestSource } from '../testing/test-camera.js';
import type { TestClient } from '../testing/test-client.js';
import { MediaRefusal } from './refusal.js';

const RIDS = ['q', 'h', 'f'];

let hall: Hall;
afterEach(() => hall.close());

/** Films into the session, in three sizes: 120, 240 and 480 kbit/s. */
async function filming(name: string, mark: number): Promise<{ readonly client: TestClient; readonly camera: TestSource }> {
  const client = await hall.connected(name);
  const camera = new TestSource('video', mark, RIDS);
  client.publish(`${name}-1`, { video: camera }, RIDS);
  await hall.until(client.negotiate());
  hall.play(camera);
  return { client, camera };
}

const limitsTold = ({ events }: TestClient) => events.filter(({ type }) => type === 'limited');

test('S-56 who films more than it may is told; its largest size goes, the smaller ones stay whole, and others lose nothing', async () => {
  hall = await Hall.open({ seed: 81, limits: { publisherBps: 600_000 } });
  const bob = await hall.connected('bob');
  const ada = await filming('ada', 1);
  const carol = await hall.connected('carol');
  const thin = new TestSource('video', 2);
  carol.publish('carol-1', { video: thin });
  await hall.until(carol.negotiate());
  hall.play(thin);
  await hall.pass(8_000);
  const from = bob.seen.length;
  const sent = [ada.camera.sent, thin.sent];
  await hall.pass(5_000);
  const seen = bob.seen.slice(from);
  const ofAda = seen.filter(({ mark }) => mark === 1);
  expect(ofAda.length).toBeGreaterThanOrEqual(0.97 * (ada.camera.sent - sent[0]!) - 3);
  expect(new Set(ofAda.map(({ place }) => place))).toEqual(new Set([1]));
  expect(seen.filter(({ mark }) => mark === 2).length).toBeGreaterThanOrEqual(0.99 * (thin.sent - sent[1]!) - 3);
  expect(limitsTold(ada.client)[0]).toEqual({ type: 'limited', code: 'media/publisher-budget', isLimited: true });
  expect(limitsTold(carol)).toEqual([]);
  const wanted = ada.client.events.filter((event) => event.type === 'layers-wanted').at(-1);
  expect(wanted).toMatchObject({ layers: [{ isActive: true }, { isActive: true }, { isActive: false }] });
  const [why] = await hall.until(bob.participant.why('ada-1'));
  expect(why).toMatchObject({ limitedBy: 'server', layer: { rid: 'h' } });
});

test('S-69 a flood of messages is cut to what one may send, told, and neither pictures nor the messages of others suffer', async () => {
  hall = await Hall.open({ seed: 82, limits: { publisherBps: 1_000_000 } });
  const [bob, mallory, carol] = [await hall.connected('bob'), await hall.connected('mallory'), await hall.connected('carol')];
  const ada = await filming('ada', 1);
  const everybody = [bob, mallory, carol];
  await hall.when(() => everybody.every(({ control }) => control.readyState === 'open'));
  await hall.pass(3_000);
  const [from, sent] = [bob.framesOf(1).length, ada.camera.sent];
  const flood = () => {
    for (let i = 0; i < 40 && mallory.control.bufferedAmount < 4 << 20; i++) mallory.control.send(new Uint8Array(16_000).fill(7));
    hall.network.clock.schedule(hall.now + 20, flood);
  };
  flood();
  for (let second = 0; second < 10; second++) {
    carol.control.send(`second ${second}`);
    await hall.pass(1_000);
  }
  expect(bob.framesOf(1).length - from).toBeGreaterThanOrEqual(0.99 * (ada.camera.sent - sent) - 3);
  expect(limitsTold(mallory)[0]).toMatchObject({ code: 'media/publisher-budget', isLimited: true });
  const texts = bob.messages.filter((message) => typeof message === 'string');
  expect(texts).toEqual(Array.from({ length: 10 }, (_, second) => `second ${second}`));
  const flooded = bob.messages.length - texts.length;
  expect(flooded * 16_000 * 8).toBeLessThan(1_000_000 * (13 + 14)); // what may come at once, and in ten seconds
});

test('what one may have is refused with its reason, and who is there notices nothing: seats, sections, tracks', async () => {
  hall = await Hall.open({ seed: 83, limits: { participantsPerSession: 3, slots: 2 } });
  const ada = await filming('ada', 1);
  const bob = await hall.connected('bob');
  const eve = await hall.connected('eve');
  await hall.pass(2_000);
  const [from, sent] = [bob.framesOf(1).length, ada.camera.sent];
  const permissions = { publish: true, subscribe: true, data: true };
  const late = hall.server.join({ session: 'hall', connection: 'late', permissions, onEvent: () => {} });
  expect(late).toMatchObject({ code: 'media/session-full' });
  eve.addSlots('video', 10);
  await hall.until(eve.pc.setLocalDescription());
  const answer = await hall.until(eve.participant.offer(eve.offer()));
  expect(answer).toBeInstanceOf(MediaRefusal);
  expect(answer).toMatchObject({ code: 'media/too-many-sections' });
  await hall.pass(2_000);
  expect(bob.framesOf(1).length - from).toBeGreaterThanOrEqual(0.99 * (ada.camera.sent - sent) - 3);
});

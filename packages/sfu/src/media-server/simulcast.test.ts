import { afterEach, expect, test } from 'vitest';
import { Hall } from '../testing/hall.js';
import { TestSource } from '../testing/test-camera.js';

let hall: Hall;
afterEach(() => hall.close());

test('of a simulcast each gets the layer that its tile can use, and the publisher is told which are wanted', async () => {
  hall = await Hall.open({ seed: 31 });
  const ada = await hall.connected('ada');
  const [bob, eve] = [await hall.connected('bob'), await hall.connected('eve')];
  const camera = new TestSource('video', 1, ['q', 'h', 'f']);
  ada.publish('ada-1', { video: camera }, ['q', 'h', 'f']);
  await hall.until(ada.negotiate());
  hall.play(camera);
  await hall.pass(6_000);
  const view = (width: number, height: number) => [{ stream: 'ada-1', width, height, visible: true, priority: 1 as const }];
  bob.participant.view(view(1_280, 720));
  eve.participant.view(view(320, 180));
  await hall.pass(10_000);
  const places = (frames: readonly { readonly place: number }[]) => new Set(frames.slice(-60).map(({ place }) => place));
  expect([places(bob.framesOf(1)), places(eve.framesOf(1))]).toEqual([new Set([2]), new Set([0])]);

  bob.participant.view(view(320, 180));
  await hall.pass(6_000);
  expect(places(bob.framesOf(1))).toEqual(new Set([0]));
  const told = ada.events.flatMap((event) => (event.type === 'layers-wanted' ? [event] : [])).at(-1);
  expect(told).toMatchObject({ stream: 'ada-1', track: 'video' });
  expect(told!.layers.map(({ rid, isActive }) => [rid, isActive])).toEqual([
    ['q', true],
    ['h', false],
    ['f', false],
  ]);

  const [why] = await hall.until(eve.participant.why('ada-1'));
  expect(why).toMatchObject({ connection: 'ada', stream: 'ada-1', track: 'video', limitedBy: 'tile', layer: { rid: 'q' } });
});

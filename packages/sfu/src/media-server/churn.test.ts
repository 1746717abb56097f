import { afterEach, describe, expect, test } from 'vitest';
import { Hall } from '../testing/hall.js';
import { TestSource } from '../testing/test-camera.js';
import type { TestClient } from '../testing/test-client.js';
import type { MediaParticipant } from './participant.js';
import { MediaRefusal } from './refusal.js';

let hall: Hall;
afterEach(() => hall.close());

describe('people who come and go', () => {
  test('40 who come with a camera and go again are all seen, for a handful of offers', async () => {
    hall = await Hall.open({ seed: 5 });
    const ada = await hall.connected('ada');
    const present: TestClient[] = [];
    for (let i = 0; i < 40; i++) {
      const guest = hall.client(`guest ${i}`, { slots: { audio: 0, video: 0 } });
      const source = new TestSource('video', 1 + i);
      guest.publish(`stream ${i}`, { video: source });
      await hall.until(guest.negotiate());
      hall.play(source);
      present.push(guest);
      if (present.length > 5) hall.leave(present.shift()!);
      await hall.pass(150);
    }
    await hall.pass(500);
    for (const guest of present.splice(0)) hall.leave(guest);
    await hall.pass(1_000);
    expect(ada.offers).toBeLessThanOrEqual(4);
    expect([...ada.sources.values()].filter(Boolean)).toEqual([]);
    expect(new Set(ada.seen.map(({ mark }) => mark)).size).toBe(40);
  });

  test('500 joins and leaves cost one who stays a handful of offers', async () => {
    hall = await Hall.open({ seed: 5 });
    const ada = await hall.connected('ada');
    const template = hall.client('template', { session: 'elsewhere', slots: { audio: 0, video: 0 } });
    template.publish('template', { video: new TestSource('video', 1) });
    await hall.until(template.negotiate());
    const { sdp, media } = template.offer();
    const present: MediaParticipant[] = [];
    for (let i = 0; i < 250; i++) {
      const permissions = { publish: true, subscribe: true, data: true };
      const guest = hall.server.join({ session: 'hall', connection: `guest ${i}`, permissions, onEvent: () => {} });
      if (guest instanceof MediaRefusal) throw new Error(guest.detail);
      guest.publish({ stream: `stream ${i}`, hasAudio: false, hasVideo: true });
      await guest.offer({ sdp, media: media.map(({ mid, track }) => ({ mid, track, stream: `stream ${i}` })) });
      present.push(guest);
      if (present.length > 8) present.shift()!.close();
      await hall.pass(50);
    }
    for (const guest of present.splice(0)) guest.close();
    await hall.pass(500);
    expect(ada.offers).toBeLessThanOrEqual(4);
    expect([...ada.sources.values()].filter(Boolean)).toEqual([]);
    const shown = ada.events
      .flatMap((event) => (event.type === 'slots-changed' ? event.slots : []))
      .filter(({ source }) => source);
    expect(new Set(shown.map(({ source }) => source!.stream)).size).toBe(250);
  });

  test('a source that is put into a slot begins with a key frame, and the one before it is seen no more', async () => {
    hall = await Hall.open({ seed: 6 });
    const ada = await hall.connected('ada', { slots: { audio: 0, video: 1 } });
    ada.wantsNoMoreSlots = true;
    const sources = [new TestSource('video', 1), new TestSource('video', 2)];
    const others = [await hall.connected('bob'), await hall.connected('eve')];
    others[0]!.publish('bob-1', { video: sources[0]! });
    await hall.until(others[0]!.negotiate());
    hall.play(sources[0]!);
    await hall.pass(3_000);
    others[1]!.publish('eve-1', { video: sources[1]! });
    await hall.until(others[1]!.negotiate());
    hall.play(sources[1]!);
    await hall.pass(2_000);
    ada.participant.view([
      { stream: 'bob-1', width: 640, height: 360, visible: false, priority: 0 },
      { stream: 'eve-1', width: 640, height: 360, visible: true, priority: 2 },
    ]);
    await hall.pass(4_000);
    const marks = ada.seen.map(({ mark }) => mark);
    const change = marks.indexOf(2);
    expect(change).toBeGreaterThan(0);
    expect(marks.slice(change).every((mark) => mark === 2)).toBe(true);
    expect(ada.seen[change]!.isKeyFrame).toBe(true);
    expect(ada.offers).toBe(1);
  });
});

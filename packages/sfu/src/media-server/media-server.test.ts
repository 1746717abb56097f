import { afterEach, describe, expect, test } from 'vitest';
import { Hall } from '../testing/hall.js';
import { TestSource } from '../testing/test-camera.js';

let hall: Hall;
afterEach(() => hall.close());

describe('a meeting', () => {
  test('who publishes is heard and seen by the others, frame by frame and in order', async () => {
    hall = await Hall.open();
    const ada = await hall.connected('ada');
    const [bob, eve] = [await hall.connected('bob'), await hall.connected('eve')];
    const [camera, microphone] = [new TestSource('video', 1), new TestSource('audio', 1)];
    ada.publish('ada-1', { audio: microphone, video: camera });
    await hall.until(ada.negotiate());
    hall.play(camera);
    hall.play(microphone);
    await hall.pass(5_000);
    for (const other of [bob, eve]) {
      const numbers = other.framesOf(1).map(({ number }) => number);
      expect(numbers.length).toBeGreaterThan(130);
      expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, i) => numbers[0]! + i));
      expect(other.framesOf(1)[0]!.isKeyFrame).toBe(true);
      expect(other.framesOf(1, 'audio').length).toBeGreaterThan(230);
    }
    expect(ada.seen).toHaveLength(0);
    expect([...bob.sources.values()].filter(Boolean)).toEqual([
      { connection: 'ada', stream: 'ada-1', track: 'audio' },
      { connection: 'ada', stream: 'ada-1', track: 'video' },
    ]);
  });

  test('what is lost on the way to a subscriber is sent again, from the cache', async () => {
    hall = await Hall.open({ seed: 3 });
    const ada = await hall.connected('ada');
    const bob = await hall.connected('bob', { link: { loss: 0.03 } });
    const camera = new TestSource('video', 1);
    ada.publish('ada-1', { video: camera });
    await hall.until(ada.negotiate());
    hall.play(camera);
    await hall.pass(10_000);
    const numbers = bob.framesOf(1).map(({ number }) => number);
    expect(numbers.length).toBeGreaterThan(270);
    expect(new Set(numbers).size).toBe(numbers.length);
    expect(camera.keyFrameRequests).toBeLessThan(12);
  });

  test('messages go to all others, on channels of the same label', async () => {
    hall = await Hall.open();
    const [ada, bob, eve] = [await hall.connected('ada'), await hall.connected('bob'), await hall.connected('eve')];
    await hall.when(() => [ada, bob, eve].every(({ control }) => control.readyState === 'open'));
    ada.control.send('hello');
    await hall.when(() => bob.messages.length > 0 && eve.messages.length > 0);
    expect([ada.messages, bob.messages, eve.messages]).toEqual([[], ['hello'], ['hello']]);
  });
});

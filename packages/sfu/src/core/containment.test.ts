import { expect, test } from 'vitest';
import { Hall, type SeatedSubscriber } from './testing/hall.js';

const broken = (): never => {
  throw new Error('an invariant');
};

/** A call of three, one of whom will break. */
function threeOf(seed: number) {
  const hall = new Hall(seed);
  const alice = hall.addPublisher('alice', { codec: 'vp8' }, { delayMs: 10 });
  const bob = hall.addSubscriber('bob', 'vp8', { delayMs: 10 });
  const eve = hall.addSubscriber('eve', 'vp8', { delayMs: 10 });
  for (const one of [bob, eve]) {
    hall.subscribe(one, alice.video);
    hall.subscribe(one, alice.audio);
  }
  hall.run(1_000);
  return { hall, alice, bob, eve };
}

/** It saw every picture of the last second, and nothing that could not be decoded. */
function isWell(hall: Hall, { subscriber }: SeatedSubscriber): void {
  const [audio, video] = subscriber.sections;
  expect([...subscriber.errors, ...video!.errors]).toEqual([]);
  expect(video!.shown.filter(({ at }) => at > hall.now - 1_000).length).toBeGreaterThanOrEqual(29);
  expect(audio!.audioSequences.at(-1)! - audio!.audioSequences[0]!).toBe(audio!.audioSequences.length - 1);
}

test('what breaks while a packet is made for one subscriber ends that one: not who sends, and not who watches beside', () => {
  const { hall, alice, bob, eve } = threeOf(1);
  eve.slots[1]!.stream.forward = broken;
  hall.run(1_000);
  expect(hall.broken).toHaveLength(1);
  expect([eve.participant.hasLeft, alice.participant.hasLeft]).toEqual([true, false]);
  isWell(hall, bob);
});

test('what breaks when the time of one has come ends that one, and is told once', () => {
  const { hall, alice, bob, eve } = threeOf(2);
  eve.participant.downlink.advance = broken;
  hall.run(1_000);
  expect(hall.broken).toHaveLength(1);
  expect([eve.participant.hasLeft, alice.participant.hasLeft]).toEqual([true, false]);
  isWell(hall, bob);
});

test('what breaks of a session as a whole ends who takes part in it, and other sessions go on', () => {
  const { hall } = threeOf(3);
  const other = hall.router.openSession('other');
  const carol = other.join({ id: 'carol', extensions: {} });
  hall.session.speakers.advance = broken;
  hall.run(1_000);
  expect(hall.session.participants.size).toBe(0);
  expect(hall.broken).toHaveLength(3);
  expect('code' in carol ? carol.code : carol.hasLeft).toBe(false);
});

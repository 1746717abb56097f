import type { LinkProfile } from '@maru/netsim';
import { decodeRtcp, type NtpMs, ntpMsOf } from '@maru/protocol/rtcp';
import { expect, test } from 'vitest';
import { ClockOffset } from './clock-offset.js';
import { Slot } from './slot.js';
import { Hall, type SeatedPublisher } from './testing/hall.js';

/** A hall with one who watches through so many pairs of slots. */
function withPairs(pairs: number) {
  const hall = new Hall(3);
  const { participant, subscriber } = hall.addSubscriber('watcher', 'vp8', {}, { audio: 0, video: 0 });
  const slots: Slot[] = [];
  let ssrc = 50_000;
  for (const kind of ['audio', 'video'] as const) {
    for (let pair = 0; pair < pairs; pair++) {
      const slot = participant.addSlot(hall.now, { ...subscriber.slot(`${kind}-${pair}`, kind, (ssrc += 10)), pair });
      if (slot instanceof Slot) slots.push(slot);
    }
  }
  const pairsOf = ({ audio, video }: SeatedPublisher) =>
    [audio, video].map((track) => slots.find(({ subscription }) => subscription?.track === track)?.description.pair);
  return { hall, watcher: { participant }, pairsOf };
}

test('sound and pictures of one publisher come in slots of one pair, in whatever order they are found', () => {
  const { hall, watcher, pairsOf } = withPairs(4);
  const [anna, bert, carl] = ['anna', 'bert', 'carl'].map((id) => hall.addPublisher(id, { codec: 'vp8' }));
  hall.subscribe(watcher, anna!.audio);
  hall.subscribe(watcher, bert!.video);
  hall.subscribe(watcher, carl!.video);
  hall.subscribe(watcher, anna!.video);
  hall.subscribe(watcher, carl!.audio);
  hall.subscribe(watcher, bert!.audio);
  for (const [audio, video] of [anna!, bert!, carl!].map(pairsOf)) expect([audio, video]).toEqual([audio, audio]);

  anna!.participant.leave();
  const dora = hall.addPublisher('dora', { codec: 'vp8' });
  hall.subscribe(watcher, dora.video);
  hall.subscribe(watcher, dora.audio);
  const [audio, video] = pairsOf(dora);
  expect(audio).toBeDefined();
  expect(video).toBe(audio);
});

test('where no pair is left whole, everybody is heard and seen nevertheless', () => {
  const { hall, watcher, pairsOf } = withPairs(2);
  const [anna, bert] = ['anna', 'bert'].map((id) => hall.addPublisher(id, { codec: 'vp8' }));
  for (const { audio, video } of [anna!, bert!]) {
    hall.subscribe(watcher, audio);
    hall.subscribe(watcher, video);
  }
  expect([...pairsOf(anna!), ...pairsOf(bert!)].sort()).toEqual([0, 0, 1, 1]);
});

/** What reports of the video slot say of when media was captured, relative to its timestamps, once enough reports have come. */
function toldCaptureTimes(hasSenderReports: boolean, up: LinkProfile): NtpMs[] {
  const hall = new Hall(5);
  const anna = hall.addPublisher('anna', { codec: 'vp8', hasSenderReports }, up);
  const bert = hall.addSubscriber('bert', 'vp8', { delayMs: 10 });
  const told: NtpMs[] = [];
  const { subscriber } = bert;
  const receive = subscriber.receiveRtcp.bind(subscriber);
  subscriber.receiveRtcp = (now, bytes) => {
    for (const packet of decodeRtcp(bytes).packets) {
      if (packet.type === 'sender-report') told.push(ntpMsOf(packet.ntpSeconds, packet.ntpFraction) - packet.rtpTimestamp / 90);
    }
    receive(now, bytes);
  };
  hall.subscribe(bert, anna.video);
  hall.run(40_000);
  return told.slice(20);
}

const spreadOf = (values: readonly number[]): number => Math.max(...values) - Math.min(...values);

test('when media was captured is told by its sender’s clock: jitter on the way up does not reach it', () => {
  const up = { delayMs: 20, jitterMs: 60 };
  const bySender = toldCaptureTimes(true, up);
  expect(bySender.length).toBeGreaterThan(5);
  expect(spreadOf(bySender)).toBeLessThan(12);
  expect(spreadOf(toldCaptureTimes(false, up))).toBeGreaterThan(15);
});

test('how far two clocks are apart is what the least delayed report shows, follows their drift and where one is set', () => {
  const offset = new ClockOffset();
  expect(offset.ms).toBeNaN();
  for (const delayMs of [40, 12, 80, 30]) offset.reported(1_000_000 + delayMs, 400_000);
  expect(offset.ms - 600_000).toBeCloseTo(12.2);
  for (let report = 0; report < 1_000; report++) offset.reported(1_000_500, 400_000);
  expect(offset.ms - 600_000).toBeCloseTo(112.2);
  offset.reported(2_000_000, 400_000);
  expect(offset.ms).toBe(1_600_000);
});

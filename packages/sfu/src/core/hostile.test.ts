import { ByteWriter } from '@maru/protocol/bytes';
import { encodeRtcp, type RtcpPacket } from '@maru/protocol/rtcp';
import { RtpPacketWriter } from '@maru/protocol/rtp';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Hall } from './testing/hall.js';

function datagram(packet: RtcpPacket): Uint8Array {
  const writer = new ByteWriter(new Uint8Array(1_400));
  encodeRtcp(packet, writer);
  return writer.written.slice();
}

function packetOf(ssrc: number, payload: Uint8Array, payloadType = 96): Uint8Array {
  const out = new Uint8Array(payload.length + 12);
  const writer = new RtpPacketWriter();
  return out.slice(0, writer.begin(out, 0, out.length, payloadType, false, 1, 1, ssrc).payload(payload).finish());
}

/** A call that must not suffer, and an attacker beside it. */
function callBesides(seed: number) {
  const hall = new Hall(seed);
  const alice = hall.addPublisher('alice', { codec: 'vp8' }, { delayMs: 10 });
  const bob = hall.addSubscriber('bob', 'vp8', { delayMs: 10 });
  hall.subscribe(bob, alice.video);
  hall.subscribe(bob, alice.audio);
  const mallory = hall.addPublisher('mallory', { codec: 'vp8' }, { delayMs: 10 });
  const isWell = () => {
    const [audio, video] = bob.subscriber.sections;
    expect([...bob.subscriber.errors, ...video!.errors]).toEqual([]);
    expect(video!.shown.length).toBeGreaterThan(50);
    expect(audio!.audioPackets).toBeGreaterThan(80);
  };
  return { hall, alice, bob, mallory, isWell };
}

describe('beside a call that goes on', () => {
  test('S-49 a hundred thousand SSRCs cost no more than sixty-four', () => {
    const { hall, mallory, isWell } = callBesides(1);
    hall.run(2_000);
    for (let ssrc = 0; ssrc < 100_000; ssrc++) hall.inject(mallory.participant, packetOf(ssrc, new Uint8Array(20)));
    hall.run(200);
    expect(mallory.participant.unknown).toBeGreaterThan(99_000);
    expect([...mallory.participant.sources.all].length).toBeLessThanOrEqual(64);
    isWell();
  });

  test('S-50 S-55 whatever bytes come as a packet, nothing is thrown and nothing is sent that is not whole', () => {
    const { hall, mallory, isWell } = callBesides(2);
    hall.run(2_000);
    const { ssrc } = mallory.publisher.encodings[0]!;
    const arbitrary = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.uint8Array({ maxLength: 60 }).map((payload) => packetOf(ssrc, payload)),
    );
    fc.assert(
      fc.property(arbitrary, (bytes) => {
        hall.inject(mallory.participant, bytes);
      }),
      { numRuns: 2_000 },
    );
    hall.run(200);
    isWell();
  });

  test('S-51 whatever bytes come as RTCP, nothing is thrown', () => {
    const { hall, bob, isWell } = callBesides(3);
    hall.run(2_000);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), fc.integer({ min: 200, max: 207 }), (bytes, type) => {
        const padded = new Uint8Array(4 + (bytes.length & ~3));
        padded.set([0x81, type, 0, padded.length / 4 - 1]);
        padded.set(bytes.subarray(0, padded.length - 4), 4);
        hall.router.receiveRtcp(hall.now, bob.participant.handle, padded);
      }),
      { numRuns: 2_000 },
    );
    hall.settle();
    isWell();
  });

  test('S-54 lies about what arrived move the estimate no further than what was sent', () => {
    const { hall, bob } = callBesides(4);
    hall.run(2_000);
    bob.subscriber.silence(true);
    for (let i = 0; i < 5_000; i++) {
      const receivedSequences = Array.from({ length: 100 }, (_, k) => (i * 100 + k) & 0xffff);
      const lie = datagram({
        type: 'twcc',
        senderSsrc: 1,
        mediaSsrc: 1,
        baseSequence: (i * 100) & 0xffff,
        packetStatusCount: 100,
        referenceTime: (i * 7_919) & 0x7f_ffff,
        feedbackCount: i & 0xff,
        receivedSequences,
        arrivalTicks: receivedSequences.map((_, k) => k),
      });
      hall.router.receiveRtcp(hall.now, bob.participant.handle, lie);
    }
    hall.run(500);
    const { controller } = bob.participant.downlink;
    expect(controller.targetBps).toBeGreaterThanOrEqual(30_000);
    expect(controller.targetBps).toBeLessThan(30_000_000);
  });

  test('S-52 S-60 requests for streams of others, and reports in their name, change nothing', () => {
    const { hall, alice, bob, mallory, isWell } = callBesides(5);
    hall.run(2_000);
    const asked = alice.publisher.keyFramesAsked;
    const resends = bob.slots[1]!.stream.resends;
    const mediaSsrc = bob.slots[1]!.stream.ssrc;
    const { ssrc } = alice.publisher.encodings[0]!;
    for (const packet of [
      { type: 'pli', senderSsrc: 1, mediaSsrc },
      { type: 'pli', senderSsrc: 1, mediaSsrc: ssrc },
      { type: 'nack', senderSsrc: 1, mediaSsrc, lostSequences: Array.from({ length: 200 }, (_, i) => i) },
      { type: 'goodbye', ssrcs: [ssrc, mediaSsrc], reason: undefined },
    ] satisfies RtcpPacket[])
      hall.router.receiveRtcp(hall.now, mallory.participant.handle, datagram(packet));
    hall.inject(mallory.participant, packetOf(ssrc, Uint8Array.of(0x10, 0x10, 0, 0, 0x9d, 1, 0x2a, 1, 0, 1, 0)));
    hall.run(500);
    expect(alice.publisher.keyFramesAsked).toBe(asked);
    expect(bob.slots[1]!.stream.resends).toBe(resends);
    isWell();
  });

  test('S-57 what the subscriber did not negotiate does not reach it', () => {
    const hall = new Hall(6);
    const alice = hall.addPublisher('alice', { codec: 'vp8' }, { delayMs: 10 });
    const bob = hall.addSubscriber('bob', 'vp8', { delayMs: 10 });
    bob.participant.setExtensions({ 'transport-cc': 9 });
    const seen = new Set<number>();
    bob.subscriber.watch = (view) => {
      for (view.rewindExtensions(); view.nextExtension(); ) seen.add(view.elementId);
    };
    hall.subscribe(bob, alice.audio);
    hall.run(1_000);
    expect([...seen]).toEqual([9]);
  });
});

test('everything ends with who leaves: no timer, no memory of the cache, no handle stays', () => {
  const hall = new Hall(7);
  const alice = hall.addPublisher('alice', { codec: 'vp8', encodings: 3 }, { delayMs: 10 });
  const bob = hall.addSubscriber('bob', 'vp8', { delayMs: 10 });
  hall.subscribe(bob, alice.video);
  hall.run(2_000);
  expect(hall.router.egress.cache.usedBytes).toBeGreaterThan(0);
  alice.stop();
  alice.participant.leave();
  alice.participant.leave();
  hall.settle();
  expect(bob.slots.every(({ subscription }) => subscription === undefined)).toBe(true);
  expect(hall.router.egress.cache.usedBytes).toBe(0);
  hall.session.close();
  hall.session.close();
  hall.settle();
  expect(hall.router.deadline).toBe(Number.POSITIVE_INFINITY);
  expect(hall.router.sessions.size).toBe(0);
  expect(hall.router.participantOf(bob.participant.handle)).toBeUndefined();
});

import { ByteWriter } from '@maru/protocol/bytes';
import { encodeRtcp, type RtcpPacket } from '@maru/protocol/rtcp';
import { RtpPacketWriter, writeToken } from '@maru/protocol/rtp';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MAX_HEAD_BYTES } from './egress.js';
import { Hall } from './testing/hall.js';
import { EXTENSIONS } from './testing/test-publisher.js';
import type { ShownFrame } from './testing/test-subscriber.js';

function datagram(packet: RtcpPacket): Uint8Array {
  const writer = new ByteWriter(new Uint8Array(1_400));
  encodeRtcp(packet, writer);
  return writer.written.slice();
}

interface Shape {
  readonly payloadType?: number;
  readonly sequence?: number;
  readonly timestamp?: number;
  readonly mid?: string;
  readonly rid?: string;
  readonly repairedRid?: string;
  /** Elements of the two-byte form, as they are. */
  readonly elements?: readonly (readonly [id: number, value: Uint8Array])[];
}

function packetOf(ssrc: number, payload: Uint8Array, shape: Shape = {}): Uint8Array {
  const { payloadType = 96, sequence = 1, timestamp = 1, mid, rid, repairedRid, elements = [] } = shape;
  const out = new Uint8Array(payload.length + 3_000);
  const writer = new RtpPacketWriter();
  writer.begin(out, 0, out.length, payloadType, false, sequence, timestamp, ssrc, elements.length > 0 ? 'two-byte' : 'one-byte');
  const texts = { mid, rid, 'repaired-rid': repairedRid };
  for (const name of ['mid', 'rid', 'repaired-rid'] as const) {
    const text = texts[name];
    if (text !== undefined) writeToken(out, writer.extension(EXTENSIONS[name]!, text.length), text);
  }
  for (const [id, value] of elements) writer.copyExtension(id, value, 0, value.length);
  return out.slice(0, writer.payload(payload).finish());
}

/** The beginning of a key frame of VP8. */
const KEY_FRAME = Uint8Array.of(0x10, 0x10, 0, 0, 0x9d, 1, 0x2a, 1, 0, 1, 0);

/** A call that must not suffer, and one beside it who does their worst to whoever watches them. */
/** How much later than before pictures may come beside it (INV-2). */
const ADDED_MS = 20;

/** By the clocks of camera and viewer, when the last but five of a hundred of these pictures came. Of use to compare. */
function latenessOf(pictures: readonly ShownFrame[], { at, rtpTimestamp }: ShownFrame): number {
  const delays = pictures.map((one) => one.at - at - ((one.rtpTimestamp - rtpTimestamp) | 0) / 90).sort((a, b) => a - b);
  return delays[Math.floor(0.95 * (delays.length - 1))]!;
}

function callBesides(seed: number) {
  const hall = new Hall(seed);
  const alice = hall.addPublisher('alice', { codec: 'vp8' }, { delayMs: 10 });
  const bob = hall.addSubscriber('bob', 'vp8', { delayMs: 10 });
  hall.subscribe(bob, alice.video);
  hall.subscribe(bob, alice.audio);
  const mallory = hall.addPublisher('mallory', { codec: 'vp8' }, { delayMs: 10 });
  hall.run(2_000);
  const asked = alice.publisher.keyFramesAsked;
  const [audio, video] = bob.subscriber.sections;
  const [first] = video!.shown;
  const from = { at: hall.now, heard: audio!.audioPackets, latenessMs: latenessOf(video!.shown, first!) };
  /** INV-2, as far as packets show it. */
  const isWell = () => {
    hall.run(500);
    const lastedMs = hall.now - from.at;
    expect([...bob.subscriber.errors, ...video!.errors, ...hall.broken]).toEqual([]);
    const shown = video!.shown.filter(({ at }) => at >= from.at);
    expect(shown.length).toBeGreaterThan((0.99 * lastedMs) / 33 - 2);
    expect(latenessOf(shown, first!) - from.latenessMs).toBeLessThanOrEqual(ADDED_MS);
    expect(audio!.audioPackets - from.heard).toBeGreaterThan((0.99 * lastedMs) / 20 - 2);
    expect(alice.publisher.keyFramesAsked - asked).toBeLessThanOrEqual(1);
  };
  return { hall, alice, bob, mallory, isWell };
}

describe('beside a call that goes on', () => {
  test('S-47 numbers that jump, by half of all or back to where others were, stop a stream for a moment alone', () => {
    for (const jump of [40_000, -30_000, 5_000]) {
      const { hall, mallory, isWell } = callBesides(7);
      const eve = hall.addSubscriber('eve', 'vp8', { delayMs: 10 }, { audio: 0, video: 1 });
      hall.subscribe(eve, mallory.video);
      hall.run(1_000);
      const [encoding] = mallory.publisher.encodings;
      encoding!.sequence = (encoding!.sequence + jump) & 0xffff;
      const jumpedAt = hall.now;
      hall.run(2_000);
      const [section] = eve.subscriber.sections;
      expect([...eve.subscriber.errors, ...section!.errors]).toEqual([]);
      expect(section!.shown.find(({ at }) => at > jumpedAt + 40)!.at - jumpedAt).toBeLessThan(1_000);
      expect(section!.shown.filter(({ at }) => at > jumpedAt + 1_000).length).toBeGreaterThan(28);
      isWell();
    }
  });

  test('S-47 one stray packet from far away moves nothing', () => {
    const { hall, mallory, isWell } = callBesides(8);
    const eve = hall.addSubscriber('eve', 'vp8', { delayMs: 10 }, { audio: 0, video: 1 });
    hall.subscribe(eve, mallory.video);
    hall.run(1_000);
    const { ssrc, sequence } = mallory.publisher.encodings[0]!;
    hall.inject(mallory.participant, packetOf(ssrc, new Uint8Array(20), { sequence: (sequence - 20_000) & 0xffff }));
    const from = hall.now;
    hall.run(1_000);
    const [section] = eve.subscriber.sections;
    expect([...eve.subscriber.errors, ...section!.errors]).toEqual([]);
    expect(section!.shown.filter(({ at }) => at > from).length).toBeGreaterThan(28);
    isWell();
  });

  test('S-49 a hundred thousand SSRCs cost no more than sixty-four, with or without a name of a track', () => {
    const { hall, alice, bob, mallory, isWell } = callBesides(1);
    hall.subscribe(bob, mallory.video);
    for (let ssrc = 0; ssrc < 100_000; ssrc++) {
      const named = ssrc % 2 === 0 ? { mid: 'v' } : {};
      hall.inject(mallory.participant, packetOf(ssrc, new Uint8Array(20), named));
      if (ssrc % 50 === 0) hall.run(1);
    }
    expect(mallory.participant.unknown).toBeGreaterThan(99_000);
    expect([...mallory.participant.sources.all].length).toBeLessThanOrEqual(64);
    expect(mallory.video.sources.length).toBe(1);
    expect(hall.router.egress.cache.usedBytes).toBeLessThan(4 * 1024 * 1024);
    expect(alice.participant.unknown).toBe(0);
    isWell();
  });

  test('S-49 who changes SSRCs two hundred times in a long call, as browsers do with each new track, is still seen', () => {
    const { hall, mallory, isWell } = callBesides(9);
    const eve = hall.addSubscriber('eve', 'vp8', { delayMs: 10 }, { audio: 0, video: 1 });
    hall.subscribe(eve, mallory.video);
    hall.run(1_000);
    mallory.stop();
    const [section] = eve.subscriber.sections;
    for (let change = 1; change <= 200; change++) {
      const repaired = packetOf(500_000 + change, new Uint8Array(2), { payloadType: 97, mid: 'v', sequence: change });
      hall.inject(mallory.participant, repaired);
      hall.inject(mallory.participant, packetOf(change, KEY_FRAME, { mid: 'v', sequence: 1_000 }));
      hall.run(600);
    }
    expect(mallory.participant.sources.get(200)).toBeDefined();
    expect([...mallory.participant.sources.all].length).toBeLessThanOrEqual(2);
    expect(section!.packets).toBeGreaterThan(200);
    isWell();
  });

  test('S-49 retransmissions of an SSRC that was left are not taken for those of the one that followed', () => {
    const { hall, mallory, isWell } = callBesides(10);
    const [encoding] = mallory.publisher.encodings;
    hall.inject(mallory.participant, packetOf(encoding!.rtxSsrc, Uint8Array.of(0, 1, 9), { payloadType: 97, mid: 'v' }));
    hall.run(600);
    for (let sequence = 1; sequence < 20; sequence++)
      hall.inject(mallory.participant, packetOf(77, KEY_FRAME, { mid: 'v', sequence, timestamp: sequence }));
    const source = mallory.participant.sources.get(77)!;
    const before = source.packets;
    hall.inject(mallory.participant, packetOf(encoding!.rtxSsrc, Uint8Array.of(40, 1, 9), { payloadType: 97, sequence: 2 }));
    hall.inject(mallory.participant, packetOf(77, KEY_FRAME, { sequence: 20, timestamp: 20 }));
    expect(source.packets).toBe(before + 1);
    isWell();
  });

  test('S-50 S-55 whatever bytes come as a packet, nothing is thrown and nothing is sent that is not whole', () => {
    const { hall, bob, mallory, isWell } = callBesides(2);
    hall.subscribe(bob, mallory.audio);
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
    isWell();
  });

  test('S-50 heads of packets stay within what is reserved for them, whatever extensions and blocks a publisher sends', () => {
    const hall = new Hall(11);
    const ids = { ...EXTENSIONS, 'video-orientation': 8, 'playout-delay': 9, 'abs-capture-time': 10, 'color-space': 12 };
    const extensions = { ...ids, 'content-type': 200 };
    const mallory = hall.session.join({ id: 'mallory', extensions });
    const bob = hall.session.join({ id: 'bob', extensions });
    if ('code' in mallory || 'code' in bob) throw new Error('refused');
    for (const one of [mallory, bob]) one.connect(hall.now, one.handle, one.handle);
    const codecs = [{ name: 'vp8', payloadType: 96, rtxPayloadType: 97, clockRate: 90_000 }];
    const sound = [{ name: 'red', payloadType: 63, clockRate: 48_000 }];
    const video = { id: 'v', kind: 'video', content: 'camera', mid: 'v', codecs, encodings: [{ ssrc: 1 }] } as const;
    const audio = { id: 'a', kind: 'audio', content: 'camera', mid: 'a', codecs: sound, encodings: [{ ssrc: 2 }] } as const;
    const longest = 'm'.repeat(64);
    bob.addSlot(hall.now, { mid: longest, kind: 'video', ssrc: 3, rtxSsrc: 4, codecs });
    bob.addSlot(hall.now, { mid: `${longest.slice(1)}n`, kind: 'audio', ssrc: 5, codecs: sound });
    for (const track of [mallory.publish(hall.now, video), mallory.publish(hall.now, audio)])
      if (!('code' in track)) bob.subscribe(hall.now, track);
    hall.settle();
    const value = fc.oneof(fc.uint8Array({ minLength: 1, maxLength: 32 }), fc.uint8Array({ minLength: 33, maxLength: 255 }));
    const element = fc.tuple(fc.constantFrom(...Object.values(extensions)), value);
    const red = Uint8Array.from({ length: 1_200 }, () => 0x80 | 63);
    let sequence = 0;
    fc.assert(
      fc.property(fc.array(element, { minLength: 1, maxLength: 8 }), fc.boolean(), (elements, isVideo) => {
        sequence += 1;
        const shape = { elements, sequence, timestamp: sequence, payloadType: isVideo ? 96 : 63 };
        hall.inject(mallory, packetOf(isVideo ? 1 : 2, isVideo ? KEY_FRAME : red, shape));
        if (sequence % 40 === 0) hall.run(10);
      }),
      { numRuns: 1_000 },
    );
    expect(hall.packetsOut).toBeGreaterThan(300);
    expect(hall.largestHead).toBeGreaterThan(200);
    expect(hall.largestHead).toBeLessThanOrEqual(MAX_HEAD_BYTES);
  });

  test('S-51 whatever bytes come as RTCP, nothing is thrown', () => {
    const { hall, bob, isWell } = callBesides(3);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), fc.integer({ min: 200, max: 207 }), (bytes, type) => {
        const padded = new Uint8Array(4 + (bytes.length & ~3));
        padded.set([0x81, type, 0, padded.length / 4 - 1]);
        padded.set(bytes.subarray(0, padded.length - 4), 4);
        hall.router.receiveRtcp(hall.now, bob.participant.handle, padded);
        hall.run(2); // no more than one may send
      }),
      { numRuns: 2_000 },
    );
    isWell();
  });

  test('S-52 all 65,536 numbers asked for again every twenty milliseconds cost little time, and what is due to others', () => {
    const { hall, alice, mallory, isWell } = callBesides(12);
    const eve = hall.addSubscriber('eve', 'vp8', { delayMs: 10 }, { audio: 0, video: 1 });
    hall.subscribe(eve, alice.video);
    hall.run(1_000);
    const [slot] = eve.slots;
    const everything = Array.from({ length: 12 }, (_, part) =>
      datagram({
        type: 'nack',
        senderSsrc: 1,
        mediaSsrc: slot!.stream.ssrc,
        lostSequences: Array.from({ length: 5_461 }, (_, i) => part * 5_461 + i),
      }),
    );
    const before = { resends: slot!.stream.resends, packets: slot!.stream.packets };
    hall.repeat(20, () => {
      for (const part of everything) hall.router.receiveRtcp(hall.now, eve.participant.handle, part);
    });
    hall.run(4_000);
    const resends = slot!.stream.resends - before.resends;
    const packets = slot!.stream.packets - before.packets;
    expect(resends).toBeGreaterThan(10);
    expect(resends).toBeLessThan(0.4 * packets + 60);
    expect(mallory.publisher.nacksHeard).toBe(0);
    isWell();
  });

  test('S-53 requests for key frames over all paths, new watchers and another speaker included, cost two a second', () => {
    const { hall, mallory, isWell } = callBesides(13);
    const watchers = Array.from({ length: 20 }, (_, i) => hall.addSubscriber(`w${i}`, 'vp8', {}, { audio: 1, video: 1 }));
    for (const one of watchers) hall.subscribe(one, mallory.video);
    hall.run(1_000);
    const before = mallory.publisher.keyFramesAsked;
    let turn = 0;
    hall.repeat(20, () => {
      turn += 1;
      for (const one of watchers) one.subscriber.ask('pli');
      const one = watchers[turn % watchers.length]!;
      const ssrc = one.slots[1]!.stream.ssrc;
      const fir = datagram({ type: 'fir', senderSsrc: 1, requests: [{ ssrc, commandSequence: turn & 0xff }] });
      hall.router.receiveRtcp(hall.now, one.participant.handle, fir);
      const subscription = one.participant.subscriptions.get(mallory.video);
      if (turn % 3 === 0) subscription?.end();
      else if (!subscription) hall.subscribe(one, mallory.video);
      if (turn % 5 === 0) one.participant.connect(hall.now, one.participant.handle, one.participant.handle);
      mallory.publisher.audioLevel = turn % 50 < 25 ? 10 : 127;
    });
    hall.run(4_000);
    expect(mallory.publisher.keyFramesAsked - before).toBeLessThanOrEqual(9);
    isWell();
  });

  test('S-54 lies about what arrived, ten thousand times a second, move the estimate no further than what was sent', () => {
    const { hall, alice, isWell } = callBesides(4);
    const eve = hall.addSubscriber('eve', 'vp8', { delayMs: 10 });
    hall.subscribe(eve, alice.video);
    hall.run(1_000);
    eve.subscriber.silence(true);
    const { controller } = eve.participant.downlink;
    let count = 0;
    const lie = (everyOther: boolean) => {
      const i = count++;
      const receivedSequences = Array.from({ length: everyOther ? 1 : 100 }, (_, k) => (i * 100 + k) & 0xffff);
      return datagram({
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
    };
    for (let passed = 0; passed < 2_000; passed++) {
      for (let i = 0; i < 10; i++) hall.router.receiveRtcp(hall.now, eve.participant.handle, lie(passed > 1_000));
      hall.run(1);
      expect(controller.targetBps).toBeGreaterThanOrEqual(30_000);
      expect(controller.targetBps).toBeLessThan(30_000_000);
    }
    expect(controller.feedbackIgnored).toBeGreaterThan(1_500);
    isWell();
  });

  test('S-55 twenty names of layers, and layers that come and go a hundred times a second, leave three at most', () => {
    const { hall, isWell } = callBesides(14);
    const eve = hall.addPublisher('eve', { codec: 'vp8', encodings: 3 }, { delayMs: 10 });
    const watcher = hall.addSubscriber('watcher', 'vp8', { delayMs: 10 }, { audio: 0, video: 1 }, 3_000_000);
    hall.subscribe(watcher, eve.video);
    hall.run(1_000);
    for (let i = 0; i < 2_000; i++) {
      const shape = { mid: i % 3 === 0 ? 'a' : 'v', rid: `r${i % 20}`, repairedRid: `r${(i + 1) % 20}`, sequence: i };
      hall.inject(eve.participant, packetOf(900_000 + (i % 40), KEY_FRAME, shape));
      if (i % 10 === 0) for (const encoding of eve.publisher.encodings) encoding.isActive = (i / 10 + encoding.index) % 3 > 0;
      if (i % 2 === 0) hall.run(1);
    }
    for (const encoding of eve.publisher.encodings) encoding.isActive = encoding.isKeyWanted = true;
    const from = hall.now;
    hall.run(3_000);
    expect([...eve.participant.sources.all].filter(({ track }) => track === eve.video).length).toBeLessThanOrEqual(3);
    expect(watcher.subscriber.sections[0]!.errors).toEqual([]);
    expect(watcher.subscriber.sections[0]!.shown.filter(({ at }) => at > from).length).toBeGreaterThan(60);
    isWell();
  });

  test('S-56 a hundred thousand packets a second of one publisher, 500 Mbit/s, are cut to its budget, and it is told', () => {
    const { hall, bob, mallory, isWell } = callBesides(15);
    hall.subscribe(bob, mallory.audio);
    const { ssrc } = mallory.publisher.encodings[0]!;
    const before = mallory.participant.ingress.dropped;
    let sequence = 0;
    for (let passed = 0; passed < 1_000; passed++) {
      for (let i = 0; i < 100; i++) {
        sequence = (sequence + 1) & 0xffff;
        const shape = { sequence, timestamp: passed };
        hall.inject(mallory.participant, packetOf(ssrc, new Uint8Array(600), shape));
      }
      hall.run(1);
    }
    const taken = 100_000 - (mallory.participant.ingress.dropped - before);
    expect(taken).toBeLessThan(5_000 + 2_500 + 100);
    const limited = { type: 'limited', participant: 'mallory', code: 'media/publisher-budget' };
    expect(hall.events).toContainEqual(expect.objectContaining({ ...limited, isLimited: true }));
    isWell();
    hall.run(3_000);
    expect(hall.events.at(-1)).toMatchObject({ ...limited, isLimited: false });
  });

  test('S-52 S-60 requests for streams of others, and reports in their name, change nothing', () => {
    const { hall, alice, bob, mallory, isWell } = callBesides(5);
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
    hall.inject(mallory.participant, packetOf(ssrc, KEY_FRAME));
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

  test('S-68 S-69 labels without end, and messages without bytes, cost bounded room and are told', () => {
    const { hall, bob, mallory, isWell } = callBesides(16);
    const channel = { label: '', protocol: '', isReliable: true, isOrdered: true };
    hall.router.dataBuffered(bob.participant.handle, 1 << 20);
    for (let i = 0; i < 100_000; i++) {
      hall.session.sendData(hall.now, mallory.participant, { ...channel, label: `label ${i}` }, new Uint8Array(0), false);
      if (i % 100 === 0) hall.run(1);
    }
    for (let i = 0; i < 100_000; i++) {
      hall.session.sendData(hall.now, mallory.participant, { ...channel, label: 'label 1' }, new Uint8Array(0), false);
      if (i % 100 === 0) hall.run(1);
    }
    expect(bob.participant.data.queuedBytes).toBeLessThanOrEqual(13 * 1024 * 1024);
    const labels = new Set<string>();
    for (let message = bob.participant.data.take(); message; message = bob.participant.data.take()) {
      labels.add(message.channel.label);
      bob.participant.data.bufferedBytes = 0;
    }
    expect(labels.size).toBeLessThanOrEqual(32);
    const limited = { type: 'limited', participant: 'mallory', code: 'media/publisher-budget', isLimited: true };
    expect(hall.events).toContainEqual(expect.objectContaining(limited));
    isWell();
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

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Malformed } from '../core/index.js';
import { createDepacketizer, createPacketizer, type EncodedFrame, FrameAssembler, type VideoCodec } from './index.js';
import { CODECS, frames, HEIGHT, type MadeFrame, madeFrame, WIDTH } from './testing/frames.js';
import { keptFrame, type MadePacket, payloadsOf } from './testing/stream.js';

function packetsOf(codec: VideoCodec, made: readonly MadeFrame[], maxPayloadBytes: number, first = 0): MadePacket[] {
  const packetizer = createPacketizer(codec);
  const packets: MadePacket[] = [];
  made.forEach(({ bytes }, index) => {
    const limits = { maxPayloadBytes, firstReductionBytes: index % 3 === 0 ? 9 : 0, lastReductionBytes: index % 2 === 0 ? 5 : 0 };
    const payloads = payloadsOf(packetizer.packetize(bytes, limits));
    payloads.forEach((payload, i) => {
      const isMarked = i === payloads.length - 1;
      const reduction = (i === 0 ? limits.firstReductionBytes : 0) + (isMarked ? limits.lastReductionBytes : 0);
      expect(payload.length).toBeLessThanOrEqual(maxPayloadBytes - reduction);
      packets.push({ sequenceNumber: (first + packets.length) & 0xffff, rtpTimestamp: 3_000 * index, isMarked, payload });
    });
  });
  return packets;
}

/** What a batch is received into. */
const slab = new Uint8Array(16_384);

/** Gives a packet that lies alone, or, one in two, somewhere in a slab. */
function give(
  assembler: FrameAssembler,
  { sequenceNumber, rtpTimestamp, isMarked, payload }: MadePacket,
  now = 0,
): EncodedFrame[] {
  const isAlone = sequenceNumber % 2 === 0;
  const lent = isAlone ? new Uint8Array(20 + payload.length) : slab;
  const offset = isAlone ? 20 : (sequenceNumber * 977) % (slab.length - payload.length + 1);
  lent.set(payload, offset);
  const got: EncodedFrame[] = [];
  assembler.receivePayload(now, sequenceNumber, rtpTimestamp, isMarked, lent, offset, payload.length);
  lent.fill(0xdb);
  assembler.drain((frame) => got.push(keptFrame(frame)));
  return got;
}

describe.each(CODECS)('%s', (codec) => {
  const sequence = fc
    .tuple(frames(codec), fc.array(frames(codec), { maxLength: 4 }))
    .map(([, rest]) => [madeFrame(codec, Uint8Array.of(1, 2, 3, 4, 5), true), ...rest]);
  const mtu = fc.integer({ min: 60, max: 1_400 });

  test('frames come out as they went in, in whatever order their packets come, once', () => {
    fc.assert(
      fc.property(sequence, mtu, fc.nat(0xffff), fc.infiniteStream(fc.nat(5)), (made, maxPayloadBytes, first, jitter) => {
        const packets = packetsOf(codec, made, maxPayloadBytes, first);
        // Where a stream begins, nobody can know that a whole key frame is still to come: the first frame keeps its place.
        const keyed = packets.map((packet, i) => {
          return { packet, at: i + jitter.next().value! - (packet.rtpTimestamp === 0 ? 10 : 0) };
        });
        keyed.sort((a, b) => a.at - b.at);
        const assembler = new FrameAssembler(createDepacketizer(codec));
        const got = keyed.flatMap(({ packet }, i) => [
          ...give(assembler, packet),
          ...(i % 3 === 0 ? give(assembler, packet) : []),
        ]);
        expect(got.map(({ bytes, isKeyFrame, rtpTimestamp }) => ({ bytes, isKeyFrame, rtpTimestamp }))).toEqual(
          made.map(({ bytes, isKeyFrame }, i) => ({ bytes, isKeyFrame, rtpTimestamp: 3_000 * i })),
        );
        for (const { isKeyFrame, width, height } of got) if (isKeyFrame) expect([width, height]).toEqual([WIDTH, HEIGHT]);
        expect(assembler.needsKeyFrame).toBe(false);
        expect(assembler.counters.packetsMalformed + assembler.counters.framesLost).toBe(0);
      }),
      { numRuns: 60 },
    );
  });

  test('what comes out after losses is whole, in order, and follows a key frame', () => {
    fc.assert(
      fc.property(
        fc.array(frames(codec), { maxLength: 12 }),
        mtu,
        fc.infiniteStream(fc.nat(9)),
        (made, maxPayloadBytes, dice) => {
          const packets = packetsOf(codec, made, maxPayloadBytes, 65_530);
          const assembler = new FrameAssembler(createDepacketizer(codec), { maxWaitMs: 20 });
          const got: EncodedFrame[] = [];
          packets.forEach((packet, i) => {
            if (dice.next().value === 0) return;
            got.push(...give(assembler, packet, i * 10));
            assembler.advance(i * 10);
            assembler.drain((frame) => got.push(keptFrame(frame)));
          });
          const indexes = got.map(({ rtpTimestamp }) => rtpTimestamp / 3_000);
          expect(indexes).toEqual([...indexes].sort((a, b) => a - b));
          for (const { bytes, isKeyFrame, rtpTimestamp } of got)
            expect({ bytes, isKeyFrame }).toEqual(made[rtpTimestamp / 3_000]);
          if (got[0]) expect(got[0].isKeyFrame).toBe(true);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('payloads of a frame are of one size but the last', () => {
    const { bytes } = madeFrame(codec, new Uint8Array(20_000).fill(0x55), false, 0);
    const sizes = payloadsOf(
      createPacketizer(codec).packetize(bytes, { maxPayloadBytes: 1_187, firstReductionBytes: 0, lastReductionBytes: 0 }),
    ).map((payload) => payload.length);
    expect(sizes.length).toBe(17);
    expect(new Set(sizes.slice(0, -1)).size).toBe(1);
    expect(sizes[0]! - sizes.at(-1)!).toBeGreaterThanOrEqual(0);
    expect(sizes[0]! - sizes.at(-1)!).toBeLessThan(40);
  });

  test('whatever the bytes, packetizing and assembling return and never throw', () => {
    const payload = fc.oneof(fc.uint8Array({ maxLength: 40 }), fc.uint8Array({ minLength: 1, maxLength: 6 }));
    const packet = fc.tuple(payload, fc.nat(3), fc.boolean(), fc.nat(6));
    fc.assert(
      fc.property(fc.array(packet, { maxLength: 40 }), fc.integer({ min: -5, max: 40 }), (packets, maxPayloadBytes) => {
        const assembler = new FrameAssembler(createDepacketizer(codec), { maxWaitMs: 3, maxPackets: 16, maxFrameBytes: 200 });
        const packetizer = createPacketizer(codec);
        let sequenceNumber = 0;
        packets.forEach(([bytes, step, isMarked, age], now) => {
          sequenceNumber = (sequenceNumber + step) & 0xffff;
          give(assembler, { sequenceNumber, rtpTimestamp: now >> 2, isMarked, payload: bytes }, now);
          assembler.advance(now - age);
          packetizer.packetize(bytes, { maxPayloadBytes, firstReductionBytes: age, lastReductionBytes: step });
        });
      }),
      { numRuns: 300 },
    );
  });
});

describe.each(CODECS)('%s frames that were copied before', (codec) => {
  test('are cut into the same payloads', () => {
    fc.assert(
      fc.property(frames(codec), fc.integer({ min: 60, max: 1_400 }), fc.nat(100), ({ bytes }, maxPayloadBytes, at) => {
        const limits = { maxPayloadBytes, firstReductionBytes: 0, lastReductionBytes: 0 };
        const expected = payloadsOf(createPacketizer(codec).packetize(bytes, limits));
        const plan = createPacketizer(codec).packetize(bytes, limits);
        if (plan instanceof Malformed) throw new Error(plan.reason);
        const copied = new Uint8Array(at + bytes.length + 1_500);
        copied.set(bytes, at);
        plan.takeFrom(copied, at);
        const room = at + bytes.length;
        expected.forEach((payload, index) => {
          expect(plan.write(index, copied, room)).toBe(payload.length);
          expect(copied.subarray(room, room + payload.length)).toEqual(payload);
        });
      }),
    );
  });
});

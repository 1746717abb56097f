import { describe, expect, test } from 'vitest';
import { createDepacketizer, createPacketizer, FrameAssembler, payloadLimits } from './index.js';
import { madeFrame } from './testing/frames.js';
import { payloadsOf } from './testing/stream.js';

const CONTENT = new Uint8Array(250).fill(7);

/** A VP8 stream of three packets a frame, given packet by packet. */
class Stream {
  readonly got: number[] = [];
  private readonly packetizer = createPacketizer('vp8');
  readonly assembler: FrameAssembler;

  constructor(maxWaitMs = 100) {
    this.assembler = new FrameAssembler(createDepacketizer('vp8'), { maxWaitMs });
  }

  payloads(isKeyFrame: boolean): Uint8Array[] {
    return payloadsOf(this.packetizer.packetize(madeFrame('vp8', CONTENT, isKeyFrame).bytes, payloadLimits(100)));
  }

  give(now: number, sequenceNumber: number, rtpTimestamp: number, payload: Uint8Array, isMarked: boolean): void {
    this.assembler.receivePayload(now, sequenceNumber & 0xffff, rtpTimestamp, isMarked, payload, 0, payload.length);
    this.assembler.drain((frame) => this.got.push(frame.rtpTimestamp));
  }

  frame(now: number, sequenceNumber: number, rtpTimestamp: number, isKeyFrame: boolean, lost: readonly number[] = []): void {
    this.payloads(isKeyFrame).forEach((payload, i, all) => {
      if (!lost.includes(i)) this.give(now, sequenceNumber + i, rtpTimestamp, payload, i === all.length - 1);
    });
  }

  advance(now: number): void {
    this.assembler.advance(now);
    this.assembler.drain((frame) => this.got.push(frame.rtpTimestamp));
  }
}

describe('a missing packet', () => {
  test('is waited for from when the first later one came, and then given up', () => {
    const stream = new Stream(100);
    stream.frame(0, 10, 0, true);
    expect(stream.assembler.deadline).toBe(Infinity);
    stream.frame(33, 13, 1, false, [1]);
    expect(stream.assembler.deadline).toBe(133);
    stream.frame(66, 16, 2, false);
    stream.advance(132.9);
    expect([stream.got, stream.assembler.needsKeyFrame]).toEqual([[0], false]);
    stream.advance(133);
    expect([stream.got, stream.assembler.needsKeyFrame]).toEqual([[0], true]);
    expect(stream.assembler.deadline).toBe(Infinity);
    stream.frame(200, 19, 3, false);
    stream.frame(233, 22, 4, true);
    expect([stream.got, stream.assembler.needsKeyFrame]).toEqual([[0, 4], false]);
    expect(stream.assembler.counters).toMatchObject({ packetsLost: 1, framesLost: 1, keyFrames: 2 });
  });

  test('that nobody sends any more is not waited for: the next key frame is shown as soon as it is whole', () => {
    const stream = new Stream(10_000);
    stream.frame(0, 10, 0, true);
    stream.frame(33, 13, 1, false, [1]);
    stream.frame(66, 16, 2, true, [2]);
    stream.assembler.giveUp();
    expect([stream.got, stream.assembler.needsKeyFrame]).toEqual([[0], true]);
    stream.give(99, 18, 2, stream.payloads(true)[2]!, true);
    stream.frame(100, 19, 3, false);
    expect([stream.got, stream.assembler.needsKeyFrame]).toEqual([[0, 2, 3], false]);
  });

  test('is not waited for any longer once a whole key frame is there, which needs nothing before it', () => {
    const stream = new Stream(10_000);
    stream.frame(0, 10, 0, true);
    stream.frame(33, 13, 1, false, [1]);
    stream.frame(66, 16, 2, true, [2]);
    expect([stream.got, stream.assembler.needsKeyFrame]).toEqual([[0], false]);
    stream.give(99, 18, 2, stream.payloads(true)[2]!, true);
    stream.frame(100, 19, 3, false);
    expect([stream.got, stream.assembler.needsKeyFrame]).toEqual([[0, 2, 3], false]);
  });

  test('that comes in time costs nothing', () => {
    const stream = new Stream(100);
    stream.frame(0, 10, 0, true);
    const payloads = stream.payloads(false);
    stream.give(1, 13, 1, payloads[0]!, false);
    stream.give(1, 15, 1, payloads[2]!, true);
    stream.frame(2, 16, 2, false);
    stream.give(90, 14, 1, payloads[1]!, false);
    stream.give(91, 14, 1, payloads[1]!, false);
    expect(stream.got).toEqual([0, 1, 2]);
    expect(stream.assembler.deadline).toBe(Infinity);
    expect(stream.assembler.counters).toMatchObject({ packetsLost: 0, packetsLate: 1 });
  });

  test('leaves a key frame that is already there, whole', () => {
    const stream = new Stream(100);
    stream.frame(0, 10, 0, true);
    stream.frame(10, 13, 1, false, [0, 1, 2]);
    stream.frame(20, 16, 2, true);
    expect(stream.got).toEqual([0]);
    stream.advance(120);
    expect([stream.got, stream.assembler.needsKeyFrame]).toEqual([[0, 2], false]);
  });
});

test('a stream that goes on far ahead or anew is followed again (S-47)', () => {
  for (const jump of [5_000, 40_000, -30_000]) {
    const stream = new Stream();
    stream.frame(0, 20_000, 0, true);
    stream.payloads(false); // lost, and known by its picture id to be missing
    for (let i = 0; i < 10; i++) stream.frame(100 + i, 40_000 + jump + 3 * i, 1 + i, false);
    stream.frame(200, 40_030 + jump, 20, true);
    stream.frame(201, 40_033 + jump, 21, false);
    stream.advance(300);
    expect(stream.got).toEqual([0, 20, 21]);
  }
});

test('a frame ends where the timestamp changes, though its sender forgets the marker', () => {
  const stream = new Stream();
  stream.payloads(true).forEach((payload, i) => {
    stream.give(0, i, 0, payload, false);
  });
  stream.frame(1, 3, 1, false);
  expect(stream.got).toEqual([0, 1]);
});

test('a frame is lent: draining from within is left to the outer call', () => {
  const assembler = new FrameAssembler(createDepacketizer('vp8'));
  const payloads = new Stream().payloads(true);
  let calls = 0;
  payloads.forEach((payload, i) => {
    assembler.receivePayload(0, i, 0, i === 2, payload, 0, payload.length);
    assembler.drain(() => {
      calls += 1;
      assembler.drain(() => expect.unreachable());
    });
  });
  expect(calls).toBe(1);
});

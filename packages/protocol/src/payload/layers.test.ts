import { describe, expect, test } from 'vitest';
import { Malformed } from '../core/index.js';
import { RtpPacketView, RtpPacketWriter } from '../rtp/index.js';
import {
  createDepacketizer,
  createPacketizer,
  type Depacketizer,
  FrameAssembler,
  type FrameDescription,
  type Packetizer,
  PayloadInfo,
  PayloadInspector,
  payloadLimits,
  rewriteVp8Descriptor,
  TemporalLayers,
  Vp8Packetizer,
  Vp9Depacketizer,
  Vp9Packetizer,
} from './index.js';
import type { TemporalFrame } from './temporal-layers.js';
import { madeFrame } from './testing/frames.js';
import { payloadsOf } from './testing/stream.js';

const CONTENT = new Uint8Array(300).fill(7);

/** One frame in packets; each frame of a stream with a number of its own as its timestamp. */
function framesOf(packetizer: Packetizer, codec: 'vp8' | 'vp9', descriptions: readonly FrameDescription[]) {
  return descriptions.map((description, index) =>
    payloadsOf(packetizer.packetize(madeFrame(codec, CONTENT, index === 0).bytes, payloadLimits(200), description)),
  );
}

/** Gives all packets but those of the frames in `lost`, giving up gaps at once; says which frames come out. */
function surviving(depacketizer: Depacketizer, frames: readonly Uint8Array[][], lost: readonly number[]) {
  const assembler = new FrameAssembler(depacketizer, { maxWaitMs: 0 });
  const got: number[] = [];
  let sequence = 0;
  frames.forEach((payloads, index) => {
    payloads.forEach((payload, i) => {
      const isLost = lost.includes(index) && i === 0;
      const sequenceNumber = sequence++;
      if (isLost) return;
      assembler.receivePayload(index, sequenceNumber, index, i === payloads.length - 1, payload, 0, payload.length);
      assembler.drain(({ rtpTimestamp }) => got.push(rtpTimestamp));
      assembler.advance(index);
      assembler.drain(({ rtpTimestamp }) => got.push(rtpTimestamp));
    });
  });
  return { got, needsKeyFrame: assembler.needsKeyFrame };
}

describe('VP8 with three temporal layers', () => {
  const layers = [0, 2, 1, 2, 0, 2, 1, 2, 0];
  const descriptions = layers.map((temporalId, i) => ({ temporalId, isLayerSync: temporalId === 1 || i === 1 }));
  const stream = () => framesOf(new Vp8Packetizer(0x7ffd, 254), 'vp8', descriptions);
  const after = (...lost: number[]) => surviving(createDepacketizer('vp8'), stream(), lost);

  test('nothing lost, nothing missing', () => expect(after().got).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]));

  test('a lost frame of the highest layer costs that frame, and those that may lean on it', () => {
    expect(after(3)).toEqual({ got: [0, 1, 2, 4, 5, 6, 7, 8], needsKeyFrame: false });
  });

  test('a lost frame of a middle layer leaves out what may lean on it, up to the next base', () => {
    expect(after(2)).toEqual({ got: [0, 1, 4, 5, 6, 7, 8], needsKeyFrame: false });
  });

  test('a lost frame of the base layer needs a key frame', () => {
    expect(after(4)).toEqual({ got: [0, 1, 2, 3], needsKeyFrame: true });
  });

  test('what is lost between pictures that follow one another was of no picture, and is not waited for', () => {
    const assembler = new FrameAssembler(createDepacketizer('vp8'), { maxWaitMs: 10_000 });
    const got: number[] = [];
    stream().forEach((payloads, index) => {
      if (index === 5) return; // a picture that is lost is waited for
      payloads.forEach((payload, i) => {
        const isLast = i === payloads.length - 1;
        assembler.receivePayload(0, 10 * index + i, index, isLast, payload, 0, payload.length);
      });
      assembler.drain(({ rtpTimestamp }) => got.push(rtpTimestamp));
    });
    expect(got).toEqual([0, 1, 2, 3, 4]);
    expect(assembler.counters.packetsLost).toBe(4 * (10 - stream()[0]!.length));
  });

  test('the inspector tells layers and where a key frame begins', () => {
    const inspector = new PayloadInspector('vp8');
    const frames = stream();
    expect(frames.map(([payload]) => inspector.temporalIdOf(payload!, 0, payload!.length))).toEqual(layers);
    const begins = frames.map((payloads) => payloads.map((payload) => inspector.isKeyFrameStart(payload, 0, payload.length)));
    expect(
      begins
        .flat()
        .map((isStart, i) => (isStart ? i : -1))
        .filter((i) => i >= 0),
    ).toEqual([0]);
    expect(inspector.isKeyFrameStart(new Uint8Array(0), 0, 0)).toBe(false);
  });

  test('picture id and TL0PICIDX are rewritten in place', () => {
    const [payload] = stream()[4]!;
    const info = new PayloadInfo();
    const depacketizer = createDepacketizer('vp8');
    const before = new Uint8Array(payload!);
    expect(rewriteVp8Descriptor(payload!, 0, payload!.length, 0x1234, 99)).toBe(true);
    depacketizer.read(payload!, 0, payload!.length, info);
    expect([info.pictureId, info.tl0PicIdx, info.temporalId]).toEqual([0x1234, 99, 0]);
    expect(payload!.subarray(info.descriptorBytes)).toEqual(before.subarray(info.descriptorBytes));
    const short = Uint8Array.of(0x90, 0x80, 0x11, 0); // a picture id of seven bits
    expect(rewriteVp8Descriptor(short, 0, 4, 0x1234, 99)).toBe(true);
    expect(short).toEqual(Uint8Array.of(0x90, 0x80, 0x34, 0));
    expect(rewriteVp8Descriptor(Uint8Array.of(0x90, 0xf0, 0x80), 0, 3, 1, 1)).toBe(false);
    expect(rewriteVp8Descriptor(Uint8Array.of(0x10, 1), 0, 2, 1, 1)).toBe(true);
  });
});

describe('VP9', () => {
  const STRUCTURE = {
    spatialLayerCount: 2,
    resolutions: [
      { width: 320, height: 180 },
      { width: 640, height: 360 },
    ],
    group: [
      { temporalId: 0, isSwitchingPoint: false, pictureDiffs: [1] },
      { temporalId: 1, isSwitchingPoint: true, pictureDiffs: [1, 2, 3] },
    ],
  };

  test('two spatial layers make one picture of the size of the upper, and the structure arrives', () => {
    const packetizer = new Vp9Packetizer({ initialPictureId: 0x7fff });
    const depacketizer = new Vp9Depacketizer();
    const assembler = new FrameAssembler(depacketizer);
    const base = madeFrame('vp9', CONTENT, true).bytes;
    const upper = madeFrame('vp9', CONTENT, false).bytes;
    const first = packetizer.packetize(base, payloadLimits(150), {
      isKeyFrame: true,
      temporalId: 0,
      spatialId: 0,
      isFollowedByUpperLayer: true,
      scalabilityStructure: STRUCTURE,
    });
    if (first instanceof Malformed) throw new Error(first.reason);
    expect(first.isPictureEnd).toBe(false);
    const payloads = payloadsOf(first);
    const second = packetizer.packetize(upper, payloadLimits(150), { temporalId: 0, spatialId: 1, isInterLayerPredicted: true });
    payloads.push(...payloadsOf(second));
    const got: object[] = [];
    payloads.forEach((payload, i) => {
      expect(payload.length).toBeLessThanOrEqual(150);
      assembler.receivePayload(0, i, 5, i === payloads.length - 1, payload, 0, payload.length);
      assembler.drain(({ bytes, isKeyFrame, width, height, spatialId, pictureId, tl0PicIdx }) => {
        got.push({ bytes: new Uint8Array(bytes), isKeyFrame, width, height, spatialId, pictureId, tl0PicIdx });
      });
    });
    const bytes = new Uint8Array([...base, ...upper]);
    expect(got).toEqual([{ bytes, isKeyFrame: true, width: 640, height: 360, spatialId: 1, pictureId: 0, tl0PicIdx: 1 }]);
    expect(depacketizer.structure).toEqual(STRUCTURE);
  });

  test('in flexible mode a picture survives whose references did', () => {
    const diffs = [undefined, [1], [1, 2], [2], [4]];
    const descriptions = diffs.map((pictureDiffs, i) => ({ temporalId: i % 2, pictureDiffs }));
    const frames = framesOf(new Vp9Packetizer({ isFlexibleMode: true }), 'vp9', descriptions);
    const after = (...lost: number[]) => surviving(createDepacketizer('vp9'), frames, lost);
    expect(after().got).toEqual([0, 1, 2, 3, 4]);
    expect(after(2)).toEqual({ got: [0, 1, 3, 4], needsKeyFrame: false });
    expect(after(1)).toEqual({ got: [0], needsKeyFrame: true }); // 2 is of the base layer and leans on it
  });
});

describe('with a dependency descriptor', () => {
  const DESCRIPTOR_ID = 4;
  const frame = (temporalId: number, isKeyFrame = false): TemporalFrame => ({ isKeyFrame, temporalId });
  /** AV1 of two temporal layers: the upper ones lean on the base, the base on itself. */
  const FRAMES = [frame(0, true), frame(1), frame(0), frame(1), frame(0)];

  /** What a sender makes of frames: packets with descriptors, numbered from just before the numbers begin anew. */
  class DescribedSender {
    private readonly layers = new TemporalLayers(2);
    private readonly writer = new RtpPacketWriter();
    private sequence = 65_533;
    private rtpTimestamp = 0;

    /** One frame, a packet for each payload. */
    send(temporal: TemporalFrame, payloads: readonly Uint8Array[]): Uint8Array[] {
      this.layers.frame(temporal);
      const packets = payloads.map((payload, i) => {
        const [isFirst, isLast] = [i === 0, i === payloads.length - 1];
        const bytes = new Uint8Array(1_500);
        this.writer.begin(bytes, 0, bytes.length, 96, isLast, this.sequence++ & 0xffff, this.rtpTimestamp, 7);
        const at = this.writer.extension(DESCRIPTOR_ID, this.layers.descriptorBytes(isFirst));
        this.layers.writeDescriptor(bytes, at, isFirst, isLast);
        return bytes.subarray(0, this.writer.payload(payload).finish());
      });
      this.rtpTimestamp += 1;
      return packets;
    }

    sendElsewhere(temporal: TemporalFrame): void {
      this.layers.frame(temporal);
    }

    /** What protects frames takes numbers of the same sequence. */
    protect(): void {
      this.sequence += 1;
    }
  }

  class Receiver {
    readonly got: number[] = [];
    private readonly view = new RtpPacketView();
    readonly assembler: FrameAssembler;

    constructor(codec: 'av1' | 'vp8', maxWaitMs: number) {
      this.assembler = new FrameAssembler(createDepacketizer(codec), { maxWaitMs });
    }

    take(now: number, packets: readonly Uint8Array[]): void {
      for (const packet of packets) {
        expect(this.view.wrap(packet)).toBeUndefined();
        this.assembler.receive(now, this.view, DESCRIPTOR_ID);
        this.assembler.drain(({ rtpTimestamp }) => this.got.push(rtpTimestamp));
      }
      this.assembler.advance(now);
      this.assembler.drain(({ rtpTimestamp }) => this.got.push(rtpTimestamp));
    }
  }

  test('an AV1 frame survives whose references did, and one of the base layer whose did not needs a key frame', () => {
    const after = (lost: number) => {
      const sender = new DescribedSender();
      const receiver = new Receiver('av1', 0);
      FRAMES.forEach((temporal, i) => {
        const { bytes } = madeFrame('av1', CONTENT, temporal.isKeyFrame);
        const packets = sender.send(temporal, payloadsOf(createPacketizer('av1').packetize(bytes, payloadLimits(1_200))));
        if (i !== lost) receiver.take(i, packets);
      });
      return { got: receiver.got, needsKeyFrame: receiver.assembler.needsKeyFrame };
    };
    expect(after(1)).toEqual({ got: [0, 2, 3, 4], needsKeyFrame: false });
    expect(after(2)).toEqual({ got: [0, 1], needsKeyFrame: true });
  });

  /** VP8 as Chromium sends it beside descriptors: without numbers of its own, in two packets. */
  const halves = (isKeyFrame: boolean): Uint8Array[] => {
    const { bytes } = madeFrame('vp8', CONTENT, isKeyFrame);
    return [Uint8Array.of(0x10, ...bytes.subarray(0, 100)), Uint8Array.of(0, ...bytes.subarray(100))];
  };

  test('lost packets that were of no frame are waited for by nobody', () => {
    const sender = new DescribedSender();
    const receiver = new Receiver('vp8', 10_000);
    FRAMES.forEach((temporal, i) => {
      receiver.take(i, sender.send(temporal, halves(temporal.isKeyFrame)));
      if (i === 0) return; // two frames in a row show how numbers go on
      sender.protect();
      sender.protect();
    });
    expect(receiver.got).toEqual([0, 1, 2, 3, 4]);
    expect(receiver.assembler.counters.packetsLost).toBe(6);
  });

  test('nor where frames of other sizes are numbered with them', () => {
    const sender = new DescribedSender();
    const receiver = new Receiver('vp8', 10_000);
    for (let i = 0; i < 6; i++) {
      receiver.take(i, sender.send(frame(0, i === 0), halves(i === 0)));
      sender.sendElsewhere(frame(1));
      sender.sendElsewhere(frame(1));
      if (i > 0) sender.protect();
    }
    expect(receiver.got).toEqual([0, 1, 2, 3, 4, 5]);
  });

  test('packets of a frame are waited for, whatever else is missing', () => {
    const sender = new DescribedSender();
    const receiver = new Receiver('vp8', 10_000);
    const [first, second, third, fourth] = FRAMES.map((temporal, i) => {
      const packets = sender.send(temporal, halves(temporal.isKeyFrame));
      if (i > 0) sender.protect();
      return packets;
    });
    receiver.take(0, [...first!, ...second!]);
    receiver.take(1, fourth!);
    expect(receiver.got).toEqual([0, 1]);
    receiver.take(2, third!.slice(1));
    expect(receiver.got).toEqual([0, 1]);
    receiver.take(3, third!.slice(0, 1));
    expect(receiver.got).toEqual([0, 1, 2, 3]);
  });

  test('a structure that comes last of its frame serves those that came before it', () => {
    const sender = new DescribedSender();
    const receiver = new Receiver('vp8', 0);
    const [first, second, third, ...others] = FRAMES.map((temporal) => sender.send(temporal, halves(temporal.isKeyFrame)));
    receiver.take(0, [first![1]!, ...second!, first![0]!]);
    expect(receiver.got).toEqual([0, 1]);
    receiver.take(1, third!);
    for (const packets of others.slice(1)) receiver.take(2, packets); // the upper frame between is lost
    expect(receiver.got).toEqual([0, 1, 2, 4]);
    expect(receiver.assembler.needsKeyFrame).toBe(false);
  });
});

import { describe, expect, test } from 'vitest';
import { Malformed } from '../core/index.js';
import { type DependencyDescriptor, DependencyDescriptorReader } from '../rtp/index.js';
import {
  createDepacketizer,
  createPacketizer,
  FrameAssembler,
  PayloadInspector,
  payloadLimits,
  TemporalLayers,
} from './index.js';
import { type TemporalFrame, temporalLayersOf } from './temporal-layers.js';
import { madeFrame } from './testing/frames.js';
import { payloadsOf } from './testing/stream.js';

/** L1T3 as libvpx has it, with a key frame in the middle of the pattern. */
const FRAMES: readonly TemporalFrame[] = [0, 2, 1, 2, 0, 2, -1, 2, 1].map((layer, index) => ({
  isKeyFrame: index === 0 || layer < 0,
  temporalId: Math.max(0, layer),
  isLayerSync: layer === 1 || (layer === 2 && index % 4 === 1),
}));

function described(layers: TemporalLayers, frames: readonly TemporalFrame[]): DependencyDescriptor[] {
  const reader = new DependencyDescriptorReader();
  const bytes = new Uint8Array(24);
  return frames.map((frame) => {
    layers.frame(frame);
    expect(layers.descriptorBytes(true)).toBeLessThanOrEqual(16); // what a one-byte header extension holds
    layers.writeDescriptor(bytes, 2, true, false);
    const descriptor = reader.decode(bytes, 2, layers.descriptorBytes(true));
    if (descriptor instanceof Malformed) throw new Error(descriptor.reason);
    return descriptor;
  });
}

test('a frame leans on the newest of its own layer or a lower one, and on the base layer where it is a layer sync', () => {
  const layers = new TemporalLayers(3);
  const diffs = FRAMES.map((frame) => {
    layers.frame(frame);
    return [layers.diffs, layers.isLayerSync];
  });
  expect(diffs).toEqual([
    [[], false],
    [[1], true],
    [[2], true],
    [[1], false],
    [[4], false],
    [[1], true],
    [[], false],
    [[1], true],
    [[2], true],
  ]);
});

test('descriptors say so too, and bring the structure with key frames', () => {
  const all = described(new TemporalLayers(3), FRAMES);
  expect(all.map(({ temporalId, frameNumber, frameDiffs }) => [temporalId, frameNumber, ...frameDiffs])).toEqual([
    [0, 0],
    [2, 1, 1],
    [1, 2, 2],
    [2, 3, 1],
    [0, 4, 4],
    [2, 5, 1],
    [0, 6],
    [2, 7, 1],
    [1, 8, 2],
  ]);
  expect(all.map(({ attachedStructure }) => attachedStructure !== undefined)).toEqual(FRAMES.map(({ isKeyFrame }) => isKeyFrame));
  expect(all.map(({ chainDiffs: [chain] }) => chain)).toEqual([0, 1, 2, 3, 4, 1, 0, 1, 2]);
  expect(all[2]!.decodeTargets).toEqual(['not-present', 'discardable', 'switch']);
});

test('only the first and the last packet of a frame say that they are', () => {
  const layers = new TemporalLayers(2);
  layers.frame({ isKeyFrame: true, temporalId: 0 });
  const bytes = new Uint8Array(24);
  const flags = [
    [true, false],
    [false, false],
    [false, true],
    [true, true],
  ].map(([isFirst, isLast]) => {
    layers.writeDescriptor(bytes, 0, isFirst!, isLast!);
    return bytes[0]! >> 6;
  });
  expect(flags).toEqual([0b10, 0b00, 0b01, 0b11]);
  expect(layers.descriptorBytes(false)).toBe(3);
});

test('a layer beyond the structure has no descriptor, and what an encoder tells counts', () => {
  const layers = new TemporalLayers(2);
  layers.frame({ isKeyFrame: true, temporalId: 0 });
  layers.frame({ isKeyFrame: false, temporalId: 2 });
  expect(layers.descriptorBytes(true)).toBe(0);
  layers.frame({ isKeyFrame: false, temporalId: 1, pictureDiffs: [2, 1] });
  expect(layers.diffs).toEqual([2, 1]);
});

test('modes of one spatial layer have as many temporal ones as they say', () => {
  expect(['L1T1', 'L1T2', 'L1T3', 'L3T3', 'S2T1', 'L1', ''].map(temporalLayersOf)).toEqual([
    1,
    2,
    3,
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});

describe.each(['vp8', 'vp9'] as const)('%s', (codec) => {
  const payloads = (): Uint8Array[] => {
    const layers = new TemporalLayers(3);
    const packetizer = createPacketizer(codec);
    return FRAMES.map((frame) => {
      layers.frame(frame);
      const { diffs: pictureDiffs, isLayerSync } = layers;
      const { bytes } = madeFrame(codec, new Uint8Array(100), frame.isKeyFrame);
      return payloadsOf(packetizer.packetize(bytes, payloadLimits(1_200), { ...frame, pictureDiffs, isLayerSync }))[0]!;
    });
  };

  test('payloads tell the layer, and where one may switch up', () => {
    const inspector = new PayloadInspector(codec);
    const told = payloads().map((payload) => {
      expect(inspector.inspect(payload, 0, payload.length)).toBe(true);
      return [inspector.info.temporalId, inspector.info.isLayerSync];
    });
    expect(told).toEqual([
      [0, false],
      [2, true],
      [1, true],
      [2, false],
      [0, false],
      [2, true],
      [0, false],
      [2, true],
      [1, true],
    ]);
  });

  test('a picture of a higher layer that is lost costs what leans on it, and nothing else', () => {
    const after = (lost: number) => {
      const assembler = new FrameAssembler(createDepacketizer(codec), { maxWaitMs: 0 });
      const got: number[] = [];
      payloads().forEach((payload, i) => {
        if (i === lost) return;
        assembler.receivePayload(i, i, i, true, payload, 0, payload.length);
        assembler.drain(({ rtpTimestamp }) => got.push(rtpTimestamp));
        assembler.advance(i);
        assembler.drain(({ rtpTimestamp }) => got.push(rtpTimestamp));
      });
      return got;
    };
    expect(after(1)).toEqual([0, 2, 3, 4, 5, 6, 7, 8]);
    expect(after(2).filter((index) => index !== 3)).toEqual([0, 1, 4, 5, 6, 7, 8]);
  });
});

import { expect, test } from 'vitest';
import { type DependencyDescriptor, encodeDependencyDescriptor } from './dependency-descriptor.js';
import type { DependencyStructure } from './dependency-structure.js';
import { DecodeTargets, FrameDependencies } from './frame-dependencies.js';

const template = (
  spatialId: number,
  temporalId: number,
  decodeTargets: DependencyStructure['templates'][number]['decodeTargets'],
) => ({
  spatialId,
  temporalId,
  decodeTargets,
  frameDiffs: [1],
  chainDiffs: [],
});

/** Two temporal layers: the first target has both, the second the lower alone. */
const STRUCTURE: DependencyStructure = {
  templateIdOffset: 3,
  decodeTargetCount: 2,
  chainCount: 0,
  protectedBy: [],
  templates: [template(0, 0, ['switch', 'switch']), template(0, 1, ['discardable', 'not-present'])],
  resolutions: [],
};

function descriptorOf(frame: number, withStructure: boolean): Uint8Array {
  const { decodeTargets, temporalId } = STRUCTURE.templates[frame % 2]!;
  const descriptor: DependencyDescriptor = {
    isFirstPacketOfFrame: true,
    isLastPacketOfFrame: true,
    frameNumber: frame & 0xffff,
    spatialId: 0,
    temporalId,
    decodeTargets,
    frameDiffs: withStructure ? [] : [1],
    chainDiffs: [],
    activeDecodeTargets: undefined,
    attachedStructure: withStructure ? STRUCTURE : undefined,
  };
  const out = new Uint8Array(255);
  return out.slice(0, encodeDependencyDescriptor(descriptor, STRUCTURE, out));
}

test('R-19 a structure holds for as long as no other comes, through all frame numbers, twice', () => {
  const dependencies = new FrameDependencies();
  const read = (frame: number, withStructure = false) => {
    const bytes = descriptorOf(frame, withStructure);
    return dependencies.read(bytes, 0, bytes.length);
  };
  expect(read(1)).toBe(false); // it leans on a structure that has not come
  expect(read(100, true)).toBe(true);
  expect(read(98)).toBe(false); // overtaken by the structure
  const both = [descriptorOf(0, false), descriptorOf(1, false)];
  for (let frame = 101; frame < 150_000; frame++) {
    const bytes = both[frame % 2]!;
    bytes.set([(frame >> 8) & 0xff, frame & 0xff], 1); // the frame number, behind flags and template
    if (!dependencies.read(bytes, 0, bytes.length)) throw new Error(`frame ${frame} was not read`);
    if (dependencies.temporalId !== frame % 2) throw new Error(`frame ${frame} is of layer ${dependencies.temporalId}`);
  }
});

test('a decode target is found by the layers that it has', () => {
  const targets = new DecodeTargets(STRUCTURE);
  expect([targets.find(0, 1), targets.find(3, 3), targets.find(0, 0)]).toEqual([0, 0, 1]);
  expect([targets.temporalOf(0), targets.temporalOf(1), targets.spatialOf(0), targets.temporalOf(-1)]).toEqual([1, 0, 0, 0]);
});

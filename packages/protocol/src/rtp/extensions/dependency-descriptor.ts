import { BitReader, BitWriter } from '../../bytes/index.js';
import { type Decoded, Malformed } from '../../core/index.js';
import { readU16 } from '../header.js';
import {
  type DecodeTargetIndication,
  type DependencyStructure,
  type FrameDependencyTemplate,
  readDependencyStructure,
  readIndications,
  writeDependencyStructure,
  writeIndications,
} from './dependency-structure.js';

const TRUNCATED = Malformed.of('rtp/dependency-descriptor/truncated');
const OUT_OF_BOUNDS = Malformed.of('rtp/dependency-descriptor/structure-out-of-bounds');
const NO_STRUCTURE = Malformed.of('rtp/dependency-descriptor/no-structure-yet');
const UNKNOWN_TEMPLATE = Malformed.of('rtp/dependency-descriptor/unknown-template');

/** Of the fields that every descriptor has: where frames begin and end, and their numbers. */
export const MANDATORY_DESCRIPTOR_BYTES = 3;
const TEMPLATE_IDS = 64;

/** How the frame that a packet belongs to relates to others (AV1 RTP, Appendix A.8). */
export interface DependencyDescriptor {
  readonly isFirstPacketOfFrame: boolean;
  readonly isLastPacketOfFrame: boolean;
  /** 16 bits, wrapping. */
  readonly frameNumber: number;
  readonly spatialId: number;
  readonly temporalId: number;
  readonly decodeTargets: readonly DecodeTargetIndication[];
  readonly frameDiffs: readonly number[];
  readonly chainDiffs: readonly number[];
  /** Which decode targets are being sent, bit by bit; undefined where the packet changes nothing about it. */
  readonly activeDecodeTargets: number | undefined;
  /** The structure that begins with this packet's frame. */
  readonly attachedStructure: DependencyStructure | undefined;
}

/** Whether the packet begins a frame: readable without a structure, as the next three. */
export function readStartOfFrame(bytes: Uint8Array, offset: number): boolean {
  return (bytes[offset]! & 0x80) !== 0;
}

export function readEndOfFrame(bytes: Uint8Array, offset: number): boolean {
  return (bytes[offset]! & 0x40) !== 0;
}

export function readFrameNumber(bytes: Uint8Array, offset: number): number {
  return readU16(bytes, offset + 1);
}

/** Whether a structure comes with the packet, as with the first of a key frame. */
export function hasDependencyStructure(bytes: Uint8Array, offset: number, length: number): boolean {
  return length > MANDATORY_DESCRIPTOR_BYTES && (bytes[offset + MANDATORY_DESCRIPTOR_BYTES]! & 0x80) !== 0;
}

/** Reads the descriptors of one stream: those of most frames lean on a structure that came with an earlier keyframe. */
export class DependencyDescriptorReader {
  private readonly bits = new BitReader();
  private current: DependencyStructure | undefined;

  /** The structure in force. */
  get structure(): DependencyStructure | undefined {
    return this.current;
  }

  /**
   * Decodes the value of `length` bytes at `offset`. A structure in it takes force at once, if all of the descriptor is sound;
   * whoever meets packets out of order hands them over in order, or keeps one reader a structure.
   */
  decode(bytes: Uint8Array, offset: number, length: number): Decoded<DependencyDescriptor> {
    const reader = this.bits.reset(bytes, offset, length);
    const isFirstPacketOfFrame = reader.bit();
    const isLastPacketOfFrame = reader.bit();
    const templateId = reader.read(6);
    const frameNumber = reader.read(16);
    const isExtended = length > MANDATORY_DESCRIPTOR_BYTES;
    const hasStructure = isExtended && reader.bit();
    const hasActiveTargets = isExtended && reader.bit();
    const hasOwnIndications = isExtended && reader.bit();
    const hasOwnFrameDiffs = isExtended && reader.bit();
    const hasOwnChainDiffs = isExtended && reader.bit();
    const attachedStructure = hasStructure ? readDependencyStructure(reader) : undefined;
    if (hasStructure && !attachedStructure) return OUT_OF_BOUNDS;
    const structure = attachedStructure ?? this.current;
    if (reader.failed) return TRUNCATED;
    if (!structure) return NO_STRUCTURE;
    const template = templateOf(structure, templateId);
    if (!template) return UNKNOWN_TEMPLATE;
    const { decodeTargetCount: count, chainCount } = structure;
    const activeDecodeTargets = hasActiveTargets ? readMask(count, reader) : attachedStructure && allOf(count);
    const decodeTargets = hasOwnIndications ? readIndications(count, reader) : template.decodeTargets;
    const frameDiffs = hasOwnFrameDiffs ? readFrameDiffs(reader) : template.frameDiffs;
    const chainDiffs = hasOwnChainDiffs ? Array.from({ length: chainCount }, () => reader.read(8)) : template.chainDiffs;
    if (reader.failed) return TRUNCATED;
    if (attachedStructure) this.current = attachedStructure;
    const { spatialId, temporalId } = template;
    return {
      isFirstPacketOfFrame,
      isLastPacketOfFrame,
      frameNumber,
      spatialId,
      temporalId,
      decodeTargets,
      frameDiffs,
      chainDiffs,
      activeDecodeTargets,
      attachedStructure,
    };
  }
}

/**
 * Writes `descriptor` at the beginning of `out` and returns its length, or 0 if it does not fit or cannot be said: its layer
 * must have a template in `structure`. Of the templates of the layer, that one is taken that leaves the least to say.
 */
export function encodeDependencyDescriptor(
  descriptor: DependencyDescriptor,
  structure: DependencyStructure,
  out: Uint8Array,
): number {
  const { attachedStructure, activeDecodeTargets } = descriptor;
  const index = bestTemplate(descriptor, structure);
  const template = structure.templates[index];
  if (!template) return 0;
  const hasActiveTargets =
    activeDecodeTargets !== undefined && !(attachedStructure && activeDecodeTargets === allOf(structure.decodeTargetCount));
  const hasOwnIndications = !isSame(descriptor.decodeTargets, template.decodeTargets);
  const hasOwnFrameDiffs = !isSame(descriptor.frameDiffs, template.frameDiffs);
  const hasOwnChainDiffs = !isSame(descriptor.chainDiffs, template.chainDiffs);
  const writer = new BitWriter(out.fill(0));
  writer.bit(descriptor.isFirstPacketOfFrame).bit(descriptor.isLastPacketOfFrame);
  writer.write((structure.templateIdOffset + index) % TEMPLATE_IDS, 6).write(descriptor.frameNumber, 16);
  const isExtended = attachedStructure || hasActiveTargets || hasOwnIndications || hasOwnFrameDiffs || hasOwnChainDiffs;
  if (!isExtended) return writer.failed ? 0 : writer.length;
  writer.bit(attachedStructure !== undefined).bit(hasActiveTargets);
  writer.bit(hasOwnIndications).bit(hasOwnFrameDiffs).bit(hasOwnChainDiffs);
  if (attachedStructure) writeDependencyStructure(attachedStructure, writer);
  if (hasActiveTargets) writer.write(activeDecodeTargets, structure.decodeTargetCount);
  if (hasOwnIndications) writeIndications(descriptor.decodeTargets, writer);
  if (hasOwnFrameDiffs) writeFrameDiffs(descriptor.frameDiffs, writer);
  if (hasOwnChainDiffs) for (const diff of descriptor.chainDiffs) writer.write(Math.min(diff, 0xff), 8);
  return writer.failed ? 0 : writer.length;
}

/** What most descriptors say by a number alone; undefined where the structure has no such. */
export function templateOf(structure: DependencyStructure, templateId: number): FrameDependencyTemplate | undefined {
  return structure.templates[(templateId + TEMPLATE_IDS - structure.templateIdOffset) % TEMPLATE_IDS];
}

function bestTemplate(descriptor: DependencyDescriptor, { templates }: DependencyStructure): number {
  let best = -1;
  let leastCost = Infinity;
  templates.forEach((template, index) => {
    if (template.spatialId !== descriptor.spatialId || template.temporalId !== descriptor.temporalId) return;
    const cost =
      (isSame(descriptor.decodeTargets, template.decodeTargets) ? 0 : 2 * template.decodeTargets.length) +
      (isSame(descriptor.frameDiffs, template.frameDiffs) ? 0 : 2 + 6 * descriptor.frameDiffs.length) +
      (isSame(descriptor.chainDiffs, template.chainDiffs) ? 0 : 8 * template.chainDiffs.length);
    if (cost >= leastCost) return;
    best = index;
    leastCost = cost;
  });
  return best;
}

/** As many as 32 bits, one for each decode target. */
function readMask(count: number, reader: BitReader): number {
  let mask = 0;
  for (let i = 0; i < count; i++) mask = mask * 2 + reader.read(1);
  return mask;
}

function allOf(count: number): number {
  return 2 ** count - 1;
}

/** Each is 4, 8 or 12 bits long; a size of zero ends them (AV1 RTP, Appendix A.8.3.4). */
function readFrameDiffs(reader: BitReader): number[] {
  const diffs: number[] = [];
  for (let size = reader.read(2); size > 0; size = reader.read(2)) diffs.push(reader.read(4 * size) + 1);
  return diffs;
}

function writeFrameDiffs(diffs: readonly number[], out: BitWriter): void {
  for (const diff of diffs) {
    if (diff < 1 || diff > 4_096) out.failed = true;
    const size = diff <= 16 ? 1 : diff <= 256 ? 2 : 3;
    out.write(size, 2).write(diff - 1, 4 * size);
  }
  out.write(0, 2);
}

function isSame<T>(a: readonly T[], b: readonly T[]): boolean {
  return a.length === b.length && a.every((one, i) => one === b[i]);
}

import { serialDistance16 } from '../../bytes/index.js';
import { Malformed } from '../../core/index.js';
import {
  DependencyDescriptorReader,
  MANDATORY_DESCRIPTOR_BYTES,
  readEndOfFrame,
  readFrameNumber,
  readStartOfFrame,
  templateOf,
} from './dependency-descriptor.js';
import type { DecodeTargetIndication, DependencyStructure } from './dependency-structure.js';

/** Frames since a structure that are told from those before it: a quarter of all numbers, so that they may wrap without another. */
const KNOWN_SINCE = 0x4000;
const NONE: readonly number[] = [];
const NO_TARGETS: readonly DecodeTargetIndication[] = [];

/**
 * What the dependency descriptors of one source say (AV1 RTP, Appendix A), packet by packet, in one object. Only descriptors that say
 * more than their template, mostly those of a frame's first packet, cost an object to read.
 */
export class FrameDependencies {
  isFirstPacketOfFrame = false;
  isLastPacketOfFrame = false;
  /** 16 bits. */
  frameNumber = 0;
  spatialId = 0;
  temporalId = 0;
  /** A structure comes with it. */
  hasStructure = false;
  /** Decoding may begin with the frame: it brings a structure, and leans on nothing. */
  isKeyFrame = false;
  decodeTargets: readonly DecodeTargetIndication[] = NO_TARGETS;
  frameDiffs: readonly number[] = NONE;
  /** The frame that brought the structure in force, and those that go on without another move it on. */
  private structureSince = -1;
  /** Of the structure in force; another object with each structure that comes. */
  targets: DecodeTargets | undefined;
  private readonly reader = new DependencyDescriptorReader();

  get structure(): DependencyStructure | undefined {
    return this.reader.structure;
  }

  /** Reads the value of `length` bytes at `offset`; false where it is malformed, or leans on a structure that has not come. */
  read(bytes: Uint8Array, offset: number, length: number): boolean {
    if (length < MANDATORY_DESCRIPTOR_BYTES || this.isBeforeStructure(readFrameNumber(bytes, offset))) return false;
    if (length === MANDATORY_DESCRIPTOR_BYTES) return this.readMandatory(bytes, offset);
    const descriptor = this.reader.decode(bytes, offset, length);
    if (descriptor instanceof Malformed) return false;
    this.isFirstPacketOfFrame = descriptor.isFirstPacketOfFrame;
    this.isLastPacketOfFrame = descriptor.isLastPacketOfFrame;
    this.frameNumber = descriptor.frameNumber;
    this.spatialId = descriptor.spatialId;
    this.temporalId = descriptor.temporalId;
    this.decodeTargets = descriptor.decodeTargets;
    this.frameDiffs = descriptor.frameDiffs;
    this.hasStructure = descriptor.attachedStructure !== undefined;
    this.isKeyFrame = this.hasStructure && descriptor.frameDiffs.length === 0;
    if (descriptor.attachedStructure) {
      this.structureSince = descriptor.frameNumber;
      this.targets = new DecodeTargets(descriptor.attachedStructure);
    }
    return true;
  }

  /** Packets that were overtaken by a structure are of the one before, which is gone. */
  private isBeforeStructure(frameNumber: number): boolean {
    if (this.structureSince < 0) return false;
    const ahead = serialDistance16(this.structureSince, frameNumber);
    if (ahead > KNOWN_SINCE) this.structureSince = (frameNumber - KNOWN_SINCE) & 0xffff;
    return ahead < 0;
  }

  private readMandatory(bytes: Uint8Array, offset: number): boolean {
    const { structure } = this;
    if (!structure) return false;
    const template = templateOf(structure, bytes[offset]! & 0x3f);
    if (!template) return false;
    this.isFirstPacketOfFrame = readStartOfFrame(bytes, offset);
    this.isLastPacketOfFrame = readEndOfFrame(bytes, offset);
    this.frameNumber = readFrameNumber(bytes, offset);
    this.spatialId = template.spatialId;
    this.temporalId = template.temporalId;
    this.decodeTargets = template.decodeTargets;
    this.frameDiffs = template.frameDiffs;
    this.hasStructure = this.isKeyFrame = false;
    return true;
  }
}

/** Which layers each decode target of a structure has: found once, however many subscribers ask (S-55). */
export class DecodeTargets {
  private readonly spatialIds: Uint8Array;
  private readonly temporalIds: Uint8Array;

  constructor({ templates, decodeTargetCount }: DependencyStructure) {
    this.spatialIds = new Uint8Array(decodeTargetCount);
    this.temporalIds = new Uint8Array(decodeTargetCount);
    for (const { decodeTargets, spatialId, temporalId } of templates) {
      for (let target = 0; target < decodeTargetCount; target++) {
        if (decodeTargets[target] === 'not-present') continue;
        this.spatialIds[target] = Math.max(this.spatialIds[target]!, spatialId);
        this.temporalIds[target] = Math.max(this.temporalIds[target]!, temporalId);
      }
    }
  }

  /** The one that has everything up to these layers; -1 where there is none. */
  find(spatialId: number, temporalId: number): number {
    let best = -1;
    let bestRank = -1;
    for (let target = 0; target < this.spatialIds.length; target++) {
      const [spatial, temporal] = [this.spatialIds[target]!, this.temporalIds[target]!];
      const rank = spatial * 8 + temporal;
      if (spatial > spatialId || temporal > temporalId || rank <= bestRank) continue;
      best = target;
      bestRank = rank;
    }
    return best;
  }

  /** The highest layers that a target has; 0 for none. */
  spatialOf(target: number): number {
    return this.spatialIds[target] ?? 0;
  }

  temporalOf(target: number): number {
    return this.temporalIds[target] ?? 0;
  }
}

import { Malformed } from '../../core/index.js';
import { EqualParts } from '../equal-parts.js';
import type { FrameDescription, Packetizer, PayloadLimits } from '../packetizer.js';
import { PayloadPlan } from '../payload-plan.js';
import { sizeOfVp9Descriptor, type Vp9DescriptorFields, writeVp9Descriptor } from './descriptor.js';
import { Vp9FrameHeader } from './frame-header.js';
import { sizeOfScalabilityStructure, writeScalabilityStructure } from './scalability-structure.js';

const DOES_NOT_FIT = Malformed.of('payload/vp9/frame-does-not-fit');
/** In flexible mode a picture that is not intra names at least one reference. */
const PREVIOUS_PICTURE: readonly number[] = [1];
const MAX_DIFFS = 3;

export interface Vp9PacketizerOptions {
  /**
   * Each picture names its references ({@link FrameDescription.pictureDiffs}), instead of following a group of pictures. Left out: those
   * that name them do; an encoder names all, or none.
   */
  readonly isFlexibleMode?: boolean;
  /** Both counts should begin at random. */
  readonly initialPictureId?: number;
  readonly initialTl0PicIdx?: number;
}

/** VP9 (RFC 9628): one call for each layer frame. Counts picture ids and, in non-flexible mode, TL0PICIDX. */
export class Vp9Packetizer implements Packetizer {
  private readonly plan = new PayloadPlan();
  private readonly parts = new EqualParts();
  private readonly header = new Vp9FrameHeader();
  private readonly fields: Vp9DescriptorFields;
  private readonly isFlexibleMode: boolean | undefined;
  /** The next layer frame is of the same picture as the last. */
  private isWithinPicture = false;

  constructor(options: Vp9PacketizerOptions = {}) {
    this.isFlexibleMode = options.isFlexibleMode;
    this.fields = {
      pictureId: (options.initialPictureId ?? 0) & 0x7fff,
      isIntraPicture: false,
      isFlexibleMode: options.isFlexibleMode ?? false,
      hasLayers: false,
      temporalId: 0,
      spatialId: 0,
      tl0PicIdx: (options.initialTl0PicIdx ?? 0) & 0xff,
      isLayerSync: false,
      isInterLayerPredicted: false,
      isNotReferencedByUpperLayer: false,
      pictureDiffs: PREVIOUS_PICTURE,
    };
  }

  packetize(frame: Uint8Array, limits: PayloadLimits, description: FrameDescription = {}): PayloadPlan | Malformed {
    const { plan, parts, fields } = this;
    const structure = description.scalabilityStructure;
    const isFollowed = description.isFollowedByUpperLayer ?? false;
    this.describe(frame, description);
    plan.begin(frame, !isFollowed);
    const structureBytes = structure ? sizeOfScalabilityStructure(structure) : 0;
    if (!parts.plan(frame.length, limits, sizeOfVp9Descriptor(fields), structureBytes)) return DOES_NOT_FIT;
    this.count(isFollowed);
    for (let index = 0, done = 0; index < parts.count; index++) {
      const size = parts.sizeOf(index, done);
      const isFirst = index === 0;
      writeVp9Descriptor(fields, isFirst, index === parts.count - 1, isFirst && structure !== undefined, plan);
      if (isFirst && structure) writeScalabilityStructure(structure, plan);
      plan.range(done, size).endPayload();
      done += size;
    }
    return plan;
  }

  private describe(frame: Uint8Array, description: FrameDescription): void {
    const { fields } = this;
    const { temporalId, spatialId, pictureDiffs = PREVIOUS_PICTURE } = description;
    fields.isFlexibleMode = this.isFlexibleMode ?? description.pictureDiffs !== undefined;
    fields.isIntraPicture = description.isKeyFrame ?? (this.isWithinPicture ? fields.isIntraPicture : this.isKeyFrame(frame));
    fields.hasLayers = temporalId !== undefined || spatialId !== undefined;
    fields.temporalId = temporalId ?? 0;
    fields.spatialId = spatialId ?? 0;
    fields.isLayerSync = description.isLayerSync ?? false;
    fields.isInterLayerPredicted = description.isInterLayerPredicted ?? false;
    fields.isNotReferencedByUpperLayer = description.isNotReferencedByUpperLayer ?? false;
    fields.pictureDiffs = pictureDiffs.length > MAX_DIFFS ? pictureDiffs.slice(0, MAX_DIFFS) : pictureDiffs;
  }

  private isKeyFrame(frame: Uint8Array): boolean {
    return this.header.read(frame, 0, frame.length) && this.header.isKeyFrame;
  }

  /** One picture id for all layers of a picture. */
  private count(isFollowed: boolean): void {
    const { fields } = this;
    if (!this.isWithinPicture) {
      fields.pictureId = (fields.pictureId + 1) & 0x7fff;
      if (fields.hasLayers && fields.temporalId === 0) fields.tl0PicIdx = (fields.tl0PicIdx + 1) & 0xff;
    }
    this.isWithinPicture = isFollowed;
  }
}

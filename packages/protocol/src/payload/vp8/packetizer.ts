import { Malformed } from '../../core/index.js';
import { EqualParts } from '../equal-parts.js';
import type { FrameDescription, Packetizer, PayloadLimits } from '../packetizer.js';
import { PayloadPlan } from '../payload-plan.js';
import { sizeOfVp8Descriptor, type Vp8DescriptorFields, writeVp8Descriptor } from './descriptor.js';

const DOES_NOT_FIT = Malformed.of('payload/vp8/frame-does-not-fit');

/** VP8 (RFC 7741). Counts picture ids and, where frames have a temporal id, TL0PICIDX. */
export class Vp8Packetizer implements Packetizer {
  private readonly plan = new PayloadPlan();
  private readonly parts = new EqualParts();
  private readonly fields: Vp8DescriptorFields;

  /** Both counts should begin at random (RFC 7741 §4.2). */
  constructor(initialPictureId = 0, initialTl0PicIdx = 0) {
    this.fields = {
      pictureId: initialPictureId & 0x7fff,
      temporalId: -1,
      tl0PicIdx: initialTl0PicIdx & 0xff,
      isLayerSync: false,
      isDiscardable: false,
    };
  }

  packetize(frame: Uint8Array, limits: PayloadLimits, description?: FrameDescription): PayloadPlan | Malformed {
    const { plan, parts, fields } = this;
    const temporalId = description?.temporalId ?? -1;
    plan.begin(frame);
    if (!parts.plan(frame.length, limits, sizeOfVp8Descriptor(temporalId >= 0))) return DOES_NOT_FIT;
    fields.pictureId = (fields.pictureId + 1) & 0x7fff;
    fields.temporalId = temporalId;
    if (temporalId === 0) fields.tl0PicIdx = (fields.tl0PicIdx + 1) & 0xff;
    fields.isLayerSync = description?.isLayerSync ?? false;
    fields.isDiscardable = description?.isDiscardable ?? false;
    for (let index = 0, done = 0; index < parts.count; index++) {
      const size = parts.sizeOf(index, done);
      writeVp8Descriptor(fields, index === 0, plan);
      plan.range(done, size).endPayload();
      done += size;
    }
    return plan;
  }
}

import type { Malformed } from '../../core/index.js';
import type { Depacketizer, FrameSummary } from '../depacketizer.js';
import type { FrameBuffer } from '../frame-buffer.js';
import type { PayloadInfo } from '../payload-info.js';
import { Vp9DescriptorReader } from './descriptor.js';
import { Vp9FrameHeader } from './frame-header.js';
import type { ScalabilityStructure } from './scalability-structure.js';

/** VP9 with spatial and temporal layers, flexible and not (RFC 9628). A picture is its layer frames one behind the other. */
export class Vp9Depacketizer implements Depacketizer {
  private readonly descriptor = new Vp9DescriptorReader();
  private readonly header = new Vp9FrameHeader();
  private isKeyPicture = false;
  private highestSpatialId = 0;

  /** The last scalability structure that came. */
  get structure(): ScalabilityStructure | undefined {
    return this.descriptor.structure;
  }

  read(bytes: Uint8Array, offset: number, length: number, info: PayloadInfo): Malformed | undefined {
    const refusal = this.descriptor.read(bytes, offset, length, info.reset());
    if (refusal || !info.isPictureStart || !info.isIntraPicture) return refusal;
    info.isKeyFrame = true;
    if (this.header.read(bytes, offset + info.descriptorBytes, length - info.descriptorBytes)) {
      info.isKeyFrame = this.header.isKeyFrame; // an intra-only picture needs references that came before
      info.width = this.header.width;
      info.height = this.header.height;
    }
    return undefined;
  }

  begin(_frame: FrameBuffer): void {
    this.isKeyPicture = false;
    this.highestSpatialId = 0;
  }

  append(bytes: Uint8Array, offset: number, length: number, info: PayloadInfo, frame: FrameBuffer): undefined {
    if (info.isKeyFrame && frame.length === 0) this.isKeyPicture = true;
    if (info.spatialId > this.highestSpatialId) this.highestSpatialId = info.spatialId;
    frame.append(bytes, offset + info.descriptorBytes, length - info.descriptorBytes);
  }

  finish(frame: FrameBuffer, summary: FrameSummary): undefined {
    summary.isKeyFrame = this.isKeyPicture;
    if (!this.isKeyPicture) return;
    const told = this.structure?.resolutions?.[this.highestSpatialId];
    const header = this.header.read(frame.bytes, 0, frame.length) ? this.header : undefined;
    const isBaseLayerAlone = this.highestSpatialId === 0;
    summary.width = (isBaseLayerAlone ? header?.width : undefined) || (told?.width ?? header?.width ?? 0);
    summary.height = (isBaseLayerAlone ? header?.height : undefined) || (told?.height ?? header?.height ?? 0);
  }
}

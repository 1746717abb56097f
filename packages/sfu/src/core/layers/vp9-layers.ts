import type { SourcePacket } from '../source-packet.js';
import type { LayerFilter, Verdict } from './layer-filter.js';
import { LayerHistory } from './layer-history.js';

/** Pictures remembered for references and for packets that were overtaken. */
const REMEMBERED = 128;
const MASK = REMEMBERED - 1;
const SPATIAL_LAYERS = 8;

/**
 * Spatial and temporal layers of VP9 by its payload descriptor (RFC 9628 §4.2). Down at the next picture, where what is then needed was
 * sent; up through temporal layers at a switching point (U), or where all that a picture names was sent; up through spatial layers
 * in key pictures.
 */
export class Vp9Layers implements LayerFilter {
  spatialId: number;
  temporalId: number;
  readonly picturesDropped = 0;
  private wantedSpatial: number;
  private wantedTemporal: number;
  private pictureId = -1;
  private pictureTemporal = 0;
  private goesThrough = true;
  private readonly history = new LayerHistory();
  /** The layer frame that the packets now are of, and whether it goes through. */
  private layer = -1;
  private isForwarding = false;
  /** Of each spatial layer, whether all of its frames went through since it could last be begun. */
  private readonly isWhole = new Uint8Array(SPATIAL_LAYERS);
  /** Of each remembered picture, which spatial layers went through and which did not, bit by bit. */
  private readonly ids = new Int32Array(REMEMBERED).fill(-1);
  private readonly forwarded = new Uint8Array(REMEMBERED);
  private readonly dropped = new Uint8Array(REMEMBERED);
  /** Of each, the highest spatial layer that was to go through. */
  private readonly highest = new Uint8Array(REMEMBERED);
  /** Whether its temporal layer was to. */
  private readonly passed = new Uint8Array(REMEMBERED);

  constructor(spatialId: number, temporalId: number) {
    this.spatialId = this.wantedSpatial = spatialId;
    this.temporalId = this.wantedTemporal = temporalId;
  }

  get needsKeyFrame(): boolean {
    return this.wantedSpatial > this.spatialId || (this.wantedSpatial < this.spatialId && !this.isWhole[this.wantedSpatial]);
  }

  target(spatialId: number, temporalId: number): void {
    this.wantedSpatial = Math.min(spatialId, SPATIAL_LAYERS - 1);
    this.wantedTemporal = temporalId;
  }

  judge(packet: SourcePacket): Verdict {
    const { info } = packet;
    if (info.pictureId !== this.pictureId || this.layer < 0) this.beginPicture(packet);
    if (info.spatialId !== this.layer) this.beginLayer(packet);
    return this.isForwarding ? 'forward' : 'drop';
  }

  judgeLate({ info, sequence }: SourcePacket): Verdict {
    const slot = info.pictureId & MASK;
    const bit = 1 << (info.spatialId & 7);
    const isKnown = this.ids[slot] === info.pictureId;
    if (isKnown && this.forwarded[slot]! & bit) return 'forward';
    if (isKnown && this.dropped[slot]! & bit) return 'drop';
    // A layer frame of which nothing had been seen.
    if (!isKnown && !this.history.find(sequence)) return 'lost';
    const highest = isKnown ? this.highest[slot]! : this.history.spatialId;
    const goesThrough = isKnown ? this.passed[slot] === 1 : info.temporalId <= this.history.temporalId;
    const isUsable = goesThrough && info.spatialId <= highest && !isUnneeded(info, highest);
    this.note(info.pictureId, info.spatialId, isUsable, highest, goesThrough);
    if (!isUsable && info.temporalId === 0) this.isWhole[info.spatialId] = 0;
    return isUsable ? 'forward' : 'drop';
  }

  /** The picture ends with the last packet of the highest layer that goes through. */
  isMarked({ info, isMarked }: SourcePacket): boolean {
    const slot = info.pictureId & MASK;
    const highest = this.ids[slot] === info.pictureId ? this.highest[slot]! : this.spatialId;
    return isMarked || (info.isFrameEnd && info.spatialId === highest);
  }

  private beginPicture(packet: SourcePacket): void {
    const { info } = packet;
    this.pictureId = info.pictureId;
    this.pictureTemporal = info.temporalId;
    this.layer = -1;
    this.ids[info.pictureId & MASK] = -1; // ids of seven bits come round as often as the places do
    if (info.isKeyFrame) this.isWhole.fill(0);
    // Up in key pictures alone: elsewhere the end of the picture would have been told before its upper layer turns out to begin anew.
    if (info.isKeyFrame || (this.wantedSpatial < this.spatialId && this.isWhole[this.wantedSpatial] === 1))
      this.spatialId = this.wantedSpatial;
    if (this.wantedTemporal < this.temporalId) this.temporalId = this.wantedTemporal;
    else if (info.isKeyFrame) this.temporalId = this.wantedTemporal;
    else if (this.wantedTemporal > this.temporalId && info.temporalId > this.temporalId && this.isSwitchingUp(info)) {
      this.temporalId = info.temporalId;
    }
    this.history.record(packet.sequence, this.spatialId, this.temporalId);
    this.goesThrough = info.temporalId <= this.temporalId;
  }

  private isSwitchingUp(info: SourcePacket['info']): boolean {
    if (info.temporalId > this.wantedTemporal) return false;
    if (info.isFlexibleMode) return this.hasReferences(info);
    return info.isLayerSync && info.temporalId === this.temporalId + 1;
  }

  private beginLayer({ info }: SourcePacket): void {
    const { spatialId } = info;
    this.layer = spatialId;
    const leansOnNoPicture = info.isKeyFrame || info.isIntraPicture;
    this.isForwarding = this.goesThrough && spatialId <= this.spatialId && !isUnneeded(info, this.spatialId);
    if (leansOnNoPicture) this.isWhole[spatialId] = this.isForwarding ? 1 : 0;
    else if (!this.isForwarding && this.pictureTemporal === 0) this.isWhole[spatialId] = 0;
    this.note(info.pictureId, spatialId, this.isForwarding, this.spatialId, this.goesThrough);
  }

  private hasReferences(info: SourcePacket['info']): boolean {
    const modulus = info.pictureIdBits === 7 ? 0x7f : 0x7fff;
    for (let i = 0; i < info.pictureDiffCount; i++) {
      const id = (info.pictureId - info.pictureDiffs[i]!) & modulus;
      const slot = id & MASK;
      if (this.ids[slot] !== id || (this.forwarded[slot]! & (1 << this.spatialId)) === 0) return false;
    }
    return true;
  }

  private note(pictureId: number, spatialId: number, wasForwarded: boolean, highest: number, goesThrough: boolean): void {
    const slot = pictureId & MASK;
    if (this.ids[slot] !== pictureId) {
      this.ids[slot] = pictureId;
      this.forwarded[slot] = this.dropped[slot] = 0;
      this.highest[slot] = highest;
      this.passed[slot] = goesThrough ? 1 : 0;
    }
    const bit = 1 << (spatialId & 7);
    if (wasForwarded) this.forwarded[slot] = this.forwarded[slot]! | bit;
    else this.dropped[slot] = this.dropped[slot]! | bit;
  }
}

/** A lower layer frame on which the highest of its picture does not lean. */
function isUnneeded(info: SourcePacket['info'], highest: number): boolean {
  return info.spatialId < highest && info.isNotReferencedByUpperLayer && !info.isIntraPicture;
}

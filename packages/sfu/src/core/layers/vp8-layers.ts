import { serialDistance32 } from '@maru/protocol/bytes';
import type { SourcePacket } from '../source-packet.js';
import type { LayerFilter, Verdict } from './layer-filter.js';
import { LayerHistory } from './layer-history.js';

/** Pictures remembered for packets that were overtaken: a second at 60 frames. */
const REMEMBERED = 64;
const MASK = REMEMBERED - 1;

/**
 * Temporal layers of VP8 (RFC 7741 §4.2). Down at the next picture; up by one layer at a picture that leans on the base layer alone (Y).
 * Pictures kept back are counted, since decoders expect the picture ids of what they get to follow each other.
 */
export class Vp8Layers implements LayerFilter {
  readonly spatialId = 0;
  readonly needsKeyFrame = false;
  temporalId: number;
  picturesDropped = 0;
  private wanted: number;
  private dropped = 0;
  private isForwarding = true;
  private timestamp = -1;
  private readonly history = new LayerHistory();
  /** The last pictures: their timestamps, whether they went through, and how many were kept back up to and with each. */
  private readonly timestamps = new Float64Array(REMEMBERED).fill(-1);
  private readonly wereForwarded = new Uint8Array(REMEMBERED);
  private readonly droppedBefore = new Int32Array(REMEMBERED);
  private pictures = 0;

  constructor(temporalId: number) {
    this.temporalId = temporalId;
    this.wanted = temporalId;
  }

  target(_spatialId: number, temporalId: number): void {
    this.wanted = temporalId;
  }

  judge(packet: SourcePacket): Verdict {
    if (packet.rtpTimestamp !== this.timestamp) this.beginPicture(packet);
    this.picturesDropped = this.dropped;
    return this.isForwarding ? 'forward' : 'drop';
  }

  judgeLate(packet: SourcePacket): Verdict {
    const slot = this.pictureAt(packet.rtpTimestamp);
    if (slot >= 0) {
      this.picturesDropped = this.droppedBefore[slot]!;
      return this.wereForwarded[slot] === 1 ? 'forward' : 'drop';
    }
    // All of the picture was overtaken.
    if (!this.history.find(packet.sequence)) return 'lost';
    const goesThrough = packet.info.temporalId <= this.history.temporalId;
    this.picturesDropped = this.droppedUntil(packet.rtpTimestamp);
    this.remember(packet.rtpTimestamp, goesThrough, this.picturesDropped);
    return goesThrough ? 'forward' : 'drop';
  }

  isMarked(packet: SourcePacket): boolean {
    return packet.isMarked;
  }

  private beginPicture(packet: SourcePacket): void {
    const { temporalId, isLayerSync, isKeyFrame } = packet.info;
    this.timestamp = packet.rtpTimestamp;
    if (this.wanted < this.temporalId) this.temporalId = this.wanted;
    else if (this.wanted > this.temporalId) {
      if (isKeyFrame) this.temporalId = this.wanted;
      else if (isLayerSync && temporalId === this.temporalId + 1) this.temporalId = temporalId;
    }
    this.history.record(packet.sequence, 0, this.temporalId);
    this.isForwarding = temporalId <= this.temporalId;
    if (!this.isForwarding) this.dropped += 1;
    this.remember(packet.rtpTimestamp, this.isForwarding, this.dropped);
  }

  private remember(timestamp: number, wasForwarded: boolean, dropped: number): void {
    const slot = this.pictures++ & MASK;
    this.timestamps[slot] = timestamp;
    this.wereForwarded[slot] = wasForwarded ? 1 : 0;
    this.droppedBefore[slot] = dropped;
  }

  private pictureAt(timestamp: number): number {
    for (let slot = 0; slot < REMEMBERED; slot++) if (this.timestamps[slot] === timestamp) return slot;
    return -1;
  }

  /** How many were kept back before a picture that nobody has seen: as many as up to the last one known before it. */
  private droppedUntil(timestamp: number): number {
    let nearest = Number.NEGATIVE_INFINITY;
    let dropped = 0;
    for (let slot = 0; slot < REMEMBERED; slot++) {
      if (this.timestamps[slot]! < 0) continue;
      const ahead = serialDistance32(timestamp, this.timestamps[slot]!);
      if (ahead >= 0 || ahead <= nearest) continue;
      nearest = ahead;
      dropped = this.droppedBefore[slot]!;
    }
    return dropped;
  }
}

import type { DecodeTargets, FrameDependencies } from '@maru/protocol/rtp';
import type { SourcePacket } from '../source-packet.js';
import type { LayerFilter, Verdict } from './layer-filter.js';
import { LayerHistory } from './layer-history.js';

/** Frames remembered, for references and for packets that were overtaken. */
const REMEMBERED = 256;
const MASK = REMEMBERED - 1;
const NO_TARGET = -1;

/**
 * Spatial and temporal layers as the dependency descriptor tells them (AV1 RTP, Appendix A), of AV1 and of whatever codec brings one.
 * Another decode target is taken at a frame that is a switch point of it, once all that the frame leans on was sent.
 */
export class DescribedLayers implements LayerFilter {
  spatialId: number;
  temporalId: number;
  readonly picturesDropped = 0;
  private wantedSpatial: number;
  private wantedTemporal: number;
  private current = NO_TARGET;
  private wantedTarget = NO_TARGET;
  /** The numbers of frames that went through, and of those that did not, each at its place. */
  private readonly forwarded = new Int32Array(REMEMBERED).fill(-1);
  private readonly dropped = new Int32Array(REMEMBERED).fill(-1);
  /** Of each, the highest spatial layer that was to go through. */
  private readonly highest = new Uint8Array(REMEMBERED);
  private frameNumber = -1;
  private timestamp = -1;
  private isForwarding = false;
  private readonly history = new LayerHistory();
  /** Of the structure in force. */
  private targets: DecodeTargets | undefined;
  private isOff = false;

  constructor(spatialId: number, temporalId: number) {
    this.spatialId = this.wantedSpatial = spatialId;
    this.temporalId = this.wantedTemporal = temporalId;
  }

  get needsKeyFrame(): boolean {
    return this.isOff;
  }

  target(spatialId: number, temporalId: number): void {
    this.wantedSpatial = spatialId;
    this.wantedTemporal = temporalId;
    this.findWanted();
  }

  judge(packet: SourcePacket): Verdict {
    const { dependencies } = packet;
    // Without a descriptor that could be read, nobody knows what leans on it.
    if (!dependencies) return this.isForwarding ? 'forward' : 'drop';
    if (dependencies.frameNumber !== this.frameNumber) {
      const beginsPicture = packet.rtpTimestamp !== this.timestamp;
      this.timestamp = packet.rtpTimestamp;
      const verdict = this.beginFrame(dependencies, beginsPicture, packet.sequence);
      if (verdict === 'lost') return verdict;
    }
    return this.isForwarding ? 'forward' : 'drop';
  }

  judgeLate({ dependencies, sequence }: SourcePacket): Verdict {
    if (!dependencies) return 'lost';
    const { frameNumber } = dependencies;
    const slot = frameNumber & MASK;
    if (this.forwarded[slot] === frameNumber) return 'forward';
    if (this.dropped[slot] === frameNumber) return 'drop';
    if (!this.history.find(sequence)) return 'lost';
    // What came before it and leans on it has gone through, so that it must, whatever it leans on itself.
    const indication = dependencies.decodeTargets[this.history.target];
    const isUsable = indication !== undefined && indication !== 'not-present';
    this.note(frameNumber, isUsable, this.history.spatialId);
    return isUsable ? 'forward' : 'drop';
  }

  /** The picture ends with the last packet of the highest layer that goes through. */
  isMarked(packet: SourcePacket): boolean {
    const { dependencies, isMarked } = packet;
    if (isMarked || !dependencies?.isLastPacketOfFrame) return isMarked;
    return dependencies.spatialId === this.highest[dependencies.frameNumber & MASK];
  }

  private beginFrame(dependencies: FrameDependencies, beginsPicture: boolean, sequence: number): Verdict {
    const { frameNumber, decodeTargets, spatialId } = dependencies;
    this.frameNumber = frameNumber;
    if (dependencies.targets !== this.targets) this.beginStructure(dependencies);
    if (this.wantedTarget !== this.current) this.considerWanted(dependencies, beginsPicture);
    this.history.record(sequence, this.spatialId, this.temporalId, this.current);
    const indication = decodeTargets[this.current];
    this.isForwarding = this.current !== NO_TARGET && indication !== undefined && indication !== 'not-present';
    if (this.isForwarding && !this.hasReferences(dependencies)) {
      // What it leans on was lost before us, or did not go through when another structure began.
      if (spatialId === 0 && dependencies.temporalId === 0 && !this.wasLostUpstream(dependencies)) return 'lost';
    }
    this.note(frameNumber, this.isForwarding, this.spatialId);
    return 'forward';
  }

  private beginStructure(dependencies: FrameDependencies): void {
    this.targets = dependencies.targets;
    this.findWanted();
    if (dependencies.isKeyFrame) this.take();
  }

  private findWanted(): void {
    if (this.targets) this.wantedTarget = this.targets.find(this.wantedSpatial, this.wantedTemporal);
    this.isOff = this.wantedTarget !== this.current && this.current !== NO_TARGET && this.isUp;
  }

  /** Up through spatial layers mostly takes a key frame; until one comes, it is also looked for other switch points. */
  private get isUp(): boolean {
    return this.wantedSpatial > this.spatialId;
  }

  private considerWanted(dependencies: FrameDependencies, beginsPicture: boolean): void {
    // The end of the picture may have been told already, with the layer that was the highest.
    if (this.isUp && !beginsPicture) return;
    const isSwitch = dependencies.decodeTargets[this.wantedTarget] === 'switch';
    if (dependencies.isKeyFrame || (isSwitch && this.hasReferences(dependencies))) this.take();
  }

  private take(): void {
    this.current = this.wantedTarget;
    this.isOff = false;
    this.spatialId = this.targets?.spatialOf(this.current) ?? 0;
    this.temporalId = this.targets?.temporalOf(this.current) ?? 0;
  }

  private hasReferences({ frameNumber, frameDiffs }: FrameDependencies): boolean {
    for (let i = 0; i < frameDiffs.length; i++) {
      const reference = (frameNumber - frameDiffs[i]!) & 0xffff;
      if (this.forwarded[reference & MASK] !== reference) return false;
    }
    return true;
  }

  /** Whether what is missing was never seen here, so that it may still come. */
  private wasLostUpstream({ frameNumber, frameDiffs }: FrameDependencies): boolean {
    for (let i = 0; i < frameDiffs.length; i++) {
      const reference = (frameNumber - frameDiffs[i]!) & 0xffff;
      if (this.dropped[reference & MASK] === reference) return false;
    }
    return true;
  }

  private note(frameNumber: number, wasForwarded: boolean, highest: number): void {
    const slot = frameNumber & MASK;
    this.highest[slot] = highest;
    this.forwarded[slot] = wasForwarded ? frameNumber : -1;
    this.dropped[slot] = wasForwarded ? -1 : frameNumber;
  }
}

import { encodeDependencyDescriptor, MAX_TEMPORAL_STRUCTURE, temporalIndications, temporalStructure } from '../rtp/index.js';

const FIRST_PACKET = 0x80;
const LAST_PACKET = 0x40;
/** A descriptor with its structure: 16 bytes for three layers. */
const MAX_DESCRIPTOR_BYTES = 24;
const NEVER_SENT = -1;

/** What an encoder tells of a frame of a temporal layer. */
export interface TemporalFrame {
  readonly isKeyFrame: boolean;
  readonly temporalId: number;
  /** It leans on the base layer alone. */
  readonly isLayerSync?: boolean | undefined;
  /** How many frames back those are that it needs, where the encoder tells. */
  readonly pictureDiffs?: readonly number[] | undefined;
}

/**
 * Counts the frames of a stream with temporal layers, and says of each what it leans on and what its dependency descriptor is. Where
 * the encoder does not tell, a frame leans on the newest of its own layer or a lower one, of the base layer if it is a layer sync.
 */
export class TemporalLayers {
  /** How many frames back those are that the last one leans on. */
  diffs: readonly number[] = [];
  /** The last one leans on the base layer alone: from here on a receiver may take its layer as well. */
  isLayerSync = false;
  private frameNumber = 0xffff;
  /** In the order of frames, the newest of each layer. */
  private readonly newest = new Float64Array(MAX_TEMPORAL_STRUCTURE).fill(NEVER_SENT);
  private count = 0;
  private readonly structure;
  private readonly first = new Uint8Array(MAX_DESCRIPTOR_BYTES);
  private readonly other = new Uint8Array(MAX_DESCRIPTOR_BYTES);
  private firstBytes = 0;
  private otherBytes = 0;

  /** `layers`: from 1 to {@link MAX_TEMPORAL_STRUCTURE}. */
  constructor(readonly layers: number) {
    this.structure = temporalStructure(layers);
  }

  /** The next frame is this. Of a layer beyond those that the structure has, there is no descriptor. */
  frame({ isKeyFrame, temporalId, isLayerSync = false, pictureDiffs }: TemporalFrame): void {
    const { newest } = this;
    this.count += 1;
    this.frameNumber = (this.frameNumber + 1) & 0xffff;
    if (isKeyFrame) newest.fill(NEVER_SENT);
    this.diffs = isKeyFrame ? [] : (pictureDiffs ?? this.usualDiffs(temporalId, isLayerSync));
    this.isLayerSync = temporalId > 0 && (isLayerSync || this.leansOnBaseAlone());
    if (temporalId < this.layers) this.describe(isKeyFrame, temporalId);
    else this.firstBytes = this.otherBytes = 0;
    if (temporalId < newest.length) newest[temporalId] = this.count;
  }

  /** Of the descriptor of the first packet, or of the others; 0 where there is none. */
  descriptorBytes(isFirst: boolean): number {
    return isFirst ? this.firstBytes : this.otherBytes;
  }

  /** Writes the descriptor of a packet of the last frame. */
  writeDescriptor(bytes: Uint8Array, at: number, isFirst: boolean, isLast: boolean): void {
    const from = isFirst ? this.first : this.other;
    const length = this.descriptorBytes(isFirst);
    for (let i = 0; i < length; i++) bytes[at + i] = from[i]!;
    bytes[at] = (from[0]! & 0x3f) | (isFirst ? FIRST_PACKET : 0) | (isLast ? LAST_PACKET : 0);
  }

  private usualDiffs(temporalId: number, isLayerSync: boolean): number[] {
    const highest = isLayerSync ? 0 : Math.min(temporalId, this.newest.length - 1);
    let nearest = NEVER_SENT;
    for (let layer = 0; layer <= highest; layer++) nearest = Math.max(nearest, this.newest[layer]!);
    return nearest === NEVER_SENT ? [] : [this.count - nearest];
  }

  private leansOnBaseAlone(): boolean {
    return this.diffs.length > 0 && this.diffs.every((diff) => this.count - diff === this.newest[0]);
  }

  private describe(isKeyFrame: boolean, temporalId: number): void {
    const { structure, layers, newest, count, diffs } = this;
    const base = newest[0]!;
    const own = newest[temporalId]!;
    const leansOnOwnLayer = diffs.some((diff) => count - diff === own);
    const descriptor = {
      isFirstPacketOfFrame: true,
      isLastPacketOfFrame: true,
      frameNumber: this.frameNumber,
      spatialId: 0,
      temporalId,
      decodeTargets: temporalIndications(layers, temporalId, leansOnOwnLayer),
      frameDiffs: diffs,
      chainDiffs: [isKeyFrame || base === NEVER_SENT ? 0 : count - base],
      activeDecodeTargets: undefined,
      attachedStructure: undefined,
    };
    this.otherBytes = encodeDependencyDescriptor(descriptor, structure, this.other);
    this.firstBytes = isKeyFrame
      ? encodeDependencyDescriptor({ ...descriptor, attachedStructure: structure }, structure, this.first)
      : encodeDependencyDescriptor(descriptor, structure, this.first);
  }
}

/** How many temporal layers a mode of webrtc-svc has, if it has one spatial layer; undefined for others. */
export function temporalLayersOf(scalabilityMode: string): number | undefined {
  const layers = /^L1T([1-9])$/.exec(scalabilityMode)?.[1];
  return layers === undefined ? undefined : Number(layers);
}

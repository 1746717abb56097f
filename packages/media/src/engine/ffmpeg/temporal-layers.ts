import type { TemporalLayer, VideoEncoderSettings } from '../media-engine.js';

/** What libvpx makes by patterns of its own. */
export const MAX_TEMPORAL_LAYERS = 3;

/** Of the whole bitrate, what the layers up to each have (libwebrtc's shares). */
const SHARES: Readonly<Record<number, readonly number[]>> = { 2: [0.6, 1], 3: [0.4, 0.6, 1] };

const BASE: TemporalLayer = { temporalId: 0, isLayerSync: false, isDiscardable: false };

/** The layers of frames, in the order of libvpx's temporal layering modes 2 and 3; a key frame begins anew. */
const PATTERNS: Readonly<Record<number, readonly TemporalLayer[]>> = {
  2: [BASE, { temporalId: 1, isLayerSync: true, isDiscardable: true }],
  3: [
    BASE,
    { temporalId: 2, isLayerSync: true, isDiscardable: true },
    { temporalId: 1, isLayerSync: true, isDiscardable: false },
    { temporalId: 2, isLayerSync: false, isDiscardable: true },
  ],
};

/** Has libvpx make temporal layers; nothing for a stream without. */
export function layerArgs({ temporalLayers = 1, bitrateBps }: VideoEncoderSettings): readonly string[] {
  const shares = SHARES[temporalLayers];
  if (!shares) return [];
  const rates = shares.map((share) => Math.round((share * bitrateBps) / 1_000)).join(',');
  return ['-ts-parameters', `ts_number_layers=${temporalLayers}:ts_target_bitrate=${rates}:ts_layering_mode=${temporalLayers}`];
}

/** The layers of libvpx-vp9 keep to their bitrates only if the stream does. */
export function constantBitrate({ temporalLayers = 1, bitrateBps }: VideoEncoderSettings): readonly string[] {
  return temporalLayers > 1 ? ['-minrate', String(Math.round(bitrateBps))] : [];
}

/** Knows the layer of each frame that comes: ffmpeg does not tell. */
export class LayerPattern {
  private frames = 0;

  private constructor(private readonly pattern: readonly TemporalLayer[]) {}

  static of(temporalLayers: number): LayerPattern | undefined {
    const pattern = PATTERNS[temporalLayers];
    return pattern && new LayerPattern(pattern);
  }

  next(isKeyFrame: boolean): TemporalLayer {
    if (isKeyFrame) this.frames = 0;
    return this.pattern[this.frames++ % this.pattern.length] ?? BASE;
  }
}

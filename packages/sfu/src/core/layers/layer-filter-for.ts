import type { SourcePacket } from '../source-packet.js';
import { DescribedLayers } from './described-layers.js';
import type { LayerFilter } from './layer-filter.js';
import { Vp8Layers } from './vp8-layers.js';
import { Vp9Layers } from './vp9-layers.js';
import { WholeStream } from './whole-stream.js';

/** The filter for the source of `packet`, which begins a key frame. */
export function layerFilterFor(packet: SourcePacket, spatialId: number, temporalId: number): LayerFilter {
  const codec = packet.source!.track.codecs[packet.payloadType]?.name;
  // Decoders of VP8 need picture ids without gaps, which the descriptor of VP8 alone lets us close.
  if (codec === 'vp8' && packet.info.pictureId >= 0) return new Vp8Layers(temporalId);
  if (packet.dependencies) return new DescribedLayers(spatialId, temporalId);
  if (codec === 'vp9' && packet.info.pictureId >= 0) return new Vp9Layers(spatialId, temporalId);
  return new WholeStream();
}

import type { SourcePacket } from '../source-packet.js';
import type { LayerFilter } from './layer-filter.js';
import { Vp8Layers } from './vp8-layers.js';
import { WholeStream } from './whole-stream.js';

/** The filter for the source of `packet`, which begins a key frame. */
export function layerFilterFor(packet: SourcePacket, _spatialId: number, temporalId: number): LayerFilter {
  const codec = packet.source!.track.codecs[packet.payloadType]?.name;
  if (codec === 'vp8' && packet.info.pictureId >= 0) return new Vp8Layers(temporalId);
  return new WholeStream();
}

import { ByteReader, type ByteWriter } from '../../bytes/index.js';
import { type Decoded, Malformed } from '../../core/index.js';

const TRUNCATED = Malformed.of('rtp/video-layers-allocation/truncated');
const STREAM_OUT_OF_RANGE = Malformed.of('rtp/video-layers-allocation/stream-out-of-range');
const BITRATE_TOO_LARGE = Malformed.of('rtp/video-layers-allocation/bitrate-too-large');

const MAX_SPATIAL_LAYERS = 4;
const MAX_TEMPORAL_LAYERS = 4;
const BYTES_PER_RESOLUTION = 5;
/** A gigabit per second in five bytes of leb128; more is a lie. */
const MAX_BITRATE_KBPS = 2 ** 32 - 1;

/** What a sender spends on one spatial layer of one of its streams (webrtc.org, video-layers-allocation00). */
export interface VideoLayer {
  /** Which RTP stream of the simulcast, from 0 to 3. */
  readonly streamIndex: number;
  /** From 0 to 3. */
  readonly spatialId: number;
  /** By temporal layer, one to four; each includes those below it. */
  readonly targetBitratesKbps: readonly number[];
  /** Undefined where the extension leaves resolutions out; all layers say them or none. */
  readonly resolution: { readonly width: number; readonly height: number; readonly maxFramerate: number } | undefined;
}

export interface VideoLayersAllocation {
  /** The stream that this was sent on. */
  readonly streamIndex: number;
  readonly streamCount: number;
  /** Active layers, by stream and then by spatial id; none when nothing is sent. */
  readonly layers: readonly VideoLayer[];
}

/**
 *     |RID| NS| sl_bm |
 *     |sl0_bm |sl1_bm |   if sl_bm is 0: one mask of spatial layers a stream, else sl_bm is that of all
 *     |#tl|#tl|#tl|#tl|   temporal layers less one, of each active layer
 *     |  target bitrate in kbps, leb128, of each temporal layer  |
 *     |  width - 1, height - 1, framerate, of each active layer  |   optional
 */
export function decodeVideoLayersAllocation(value: Uint8Array): Decoded<VideoLayersAllocation> {
  const reader = new ByteReader(value);
  const first = reader.u8();
  const streamIndex = first >> 6;
  const streamCount = ((first >> 4) & 3) + 1;
  if (reader.failed) return TRUNCATED;
  if (value.length === 1 && first === 0) return { streamIndex: 0, streamCount: 1, layers: [] };
  if (streamIndex >= streamCount) return STREAM_OUT_OF_RANGE;
  const active = readMasks(first & 0x0f, streamCount, reader);
  const temporalCounts = readTemporalCounts(active.length, reader);
  const bitrates = temporalCounts.map((count) => Array.from({ length: count }, () => readLeb128(reader)));
  if (reader.failed) return TRUNCATED;
  if (bitrates.some((one) => one.some((kbps) => kbps > MAX_BITRATE_KBPS))) return BITRATE_TOO_LARGE;
  const hasResolutions = active.length > 0 && reader.remaining >= active.length * BYTES_PER_RESOLUTION;
  const layers = active.map((layer, i) => ({
    ...layer,
    targetBitratesKbps: bitrates[i]!,
    resolution: hasResolutions ? { width: reader.u16() + 1, height: reader.u16() + 1, maxFramerate: reader.u8() } : undefined,
  }));
  return { streamIndex, streamCount, layers };
}

/** Layers must be in order; the writer fails on what the format cannot say. */
export function encodeVideoLayersAllocation(allocation: VideoLayersAllocation, out: ByteWriter): void {
  const { streamIndex, streamCount, layers } = allocation;
  if (layers.length === 0) {
    out.u8(0);
    return;
  }
  const masks = Array.from({ length: streamCount }, () => 0);
  for (const { streamIndex: stream, spatialId, targetBitratesKbps } of layers) {
    const isSayable = stream < streamCount && spatialId < MAX_SPATIAL_LAYERS && targetBitratesKbps.length <= MAX_TEMPORAL_LAYERS;
    if (!isSayable || targetBitratesKbps.length === 0) out.failed = true;
    masks[stream] = (masks[stream] ?? 0) | (1 << spatialId);
  }
  const shared = masks.every((mask) => mask === masks[0]) ? masks[0]! : 0;
  out.u8((streamIndex << 6) | ((streamCount - 1) << 4) | shared);
  if (shared === 0) for (let i = 0; i < streamCount; i += 2) out.u8((masks[i]! << 4) | (masks[i + 1] ?? 0));
  for (let i = 0; i < layers.length; i += 4) {
    let byte = 0;
    for (let j = 0; j < 4; j++) byte = (byte << 2) | ((layers[i + j]?.targetBitratesKbps.length ?? 1) - 1);
    out.u8(byte);
  }
  for (const { targetBitratesKbps } of layers) for (const kbps of targetBitratesKbps) writeLeb128(kbps, out);
  for (const { resolution } of layers) {
    if (resolution)
      out
        .u16(resolution.width - 1)
        .u16(resolution.height - 1)
        .u8(resolution.maxFramerate);
  }
}

function readMasks(shared: number, streamCount: number, reader: ByteReader): { streamIndex: number; spatialId: number }[] {
  const active: { streamIndex: number; spatialId: number }[] = [];
  let pair = 0;
  for (let streamIndex = 0; streamIndex < streamCount; streamIndex++) {
    if (shared === 0 && streamIndex % 2 === 0) pair = reader.u8();
    const own = streamIndex % 2 === 0 ? pair >> 4 : pair & 0x0f;
    const mask = shared === 0 ? own : shared;
    for (let spatialId = 0; spatialId < MAX_SPATIAL_LAYERS; spatialId++) {
      if (mask & (1 << spatialId)) active.push({ streamIndex, spatialId });
    }
  }
  return active;
}

/** Two bits a layer, each one less than the count it stands for. */
function readTemporalCounts(layers: number, reader: ByteReader): number[] {
  const counts: number[] = [];
  let byte = 0;
  for (let i = 0; i < layers; i++) {
    if (i % 4 === 0) byte = reader.u8();
    counts.push(((byte >> (6 - 2 * (i % 4))) & 3) + 1);
  }
  return counts;
}

/** Little-endian base 128 (AV1 specification §4.10.5), eight bytes at most. */
function readLeb128(reader: ByteReader): number {
  let value = 0;
  for (let i = 0; i < 8; i++) {
    const byte = reader.u8();
    value += (byte & 0x7f) * 2 ** (7 * i);
    if ((byte & 0x80) === 0) return value;
  }
  return Infinity;
}

function writeLeb128(value: number, out: ByteWriter): void {
  let rest = Math.min(Math.max(Math.round(value), 0), MAX_BITRATE_KBPS);
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) out.u8((rest & 0x7f) | 0x80);
  out.u8(rest);
}

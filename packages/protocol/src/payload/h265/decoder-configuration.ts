import { ByteReader } from '../../bytes/index.js';
import { type Decoded, Malformed } from '../../core/index.js';
import { NAL_LENGTH_BYTES } from '../nal/nal-units.js';
import { RbspReader } from '../nal/rbsp.js';
import { H265_PPS, H265_SPS, H265_SYNTAX, H265_VPS } from './syntax.js';

/** What MP4 (`hvcC`) and WebCodecs (`description`) say once instead of in each key frame (ISO/IEC 14496-15 §8.3.3.1.2). */
export interface HevcDecoderConfiguration {
  readonly videoSets: readonly Uint8Array[];
  readonly sequenceSets: readonly Uint8Array[];
  readonly pictureSets: readonly Uint8Array[];
}

const TRUNCATED = Malformed.of('payload/hvcc/truncated');
const NOT_FOUR_BYTE_LENGTHS = Malformed.of('payload/hvcc/lengths-not-of-four-bytes');
const VERSION = 1;
const HEADER_BYTES = 23;
/** From the sequence parameter set: profile space to level. */
const PROFILE_TIER_LEVEL_BYTES = 12;
const MAX_SEQUENCE_SET_BYTES = 256;

/** Decodes a configuration record; the sets are views of it. */
export function decodeHevcConfiguration(bytes: Uint8Array): Decoded<HevcDecoderConfiguration> {
  const reader = new ByteReader(bytes);
  const version = reader.u8();
  reader.skip(HEADER_BYTES - 3);
  const lengthBytes = (reader.u8() & 0x03) + 1;
  const arrays = reader.u8();
  const setsByType = new Map<number, Uint8Array[]>();
  for (let i = 0; i < arrays && !reader.failed; i++) {
    const type = reader.u8() & 0x3f;
    const sets = setsByType.get(type) ?? [];
    setsByType.set(type, sets);
    for (let left = reader.u16(); left > 0 && !reader.failed; left--) sets.push(reader.view(reader.u16()));
  }
  if (reader.failed || version !== VERSION) return TRUNCATED;
  if (lengthBytes !== NAL_LENGTH_BYTES) return NOT_FOUR_BYTE_LENGTHS;
  return {
    videoSets: setsByType.get(H265_VPS) ?? [],
    sequenceSets: setsByType.get(H265_SPS) ?? [],
    pictureSets: setsByType.get(H265_PPS) ?? [],
  };
}

/** Encodes the record for 8-bit 4:2:0, which is all that WebRTC carries; undefined without a sequence parameter set. */
export function encodeHevcConfiguration(configuration: HevcDecoderConfiguration): Uint8Array | undefined {
  const first = configuration.sequenceSets[0];
  const header = first && headerOf(first);
  if (!header) return undefined;
  const parts: Uint8Array[] = [header];
  addArray(H265_VPS, configuration.videoSets, parts);
  addArray(H265_SPS, configuration.sequenceSets, parts);
  addArray(H265_PPS, configuration.pictureSets, parts);
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

function addArray(type: number, sets: readonly Uint8Array[], parts: Uint8Array[]): void {
  const isComplete = 0x80;
  parts.push(Uint8Array.of(isComplete | type, sets.length >> 8, sets.length & 0xff));
  for (const set of sets) parts.push(Uint8Array.of(set.length >> 8, set.length & 0xff), set);
}

function headerOf(sequenceSet: Uint8Array): Uint8Array | undefined {
  const { headerBytes } = H265_SYNTAX;
  const bits = new RbspReader(MAX_SEQUENCE_SET_BYTES).read(sequenceSet, headerBytes, sequenceSet.length - headerBytes);
  bits.skip(4);
  const temporalLayers = bits.read(3) + 1;
  const isNested = bits.read(1);
  const out = new Uint8Array(HEADER_BYTES);
  out[0] = VERSION;
  for (let i = 0; i < PROFILE_TIER_LEVEL_BYTES; i++) out[1 + i] = bits.read(8);
  out.set([0xf0, 0, 0xfc, 0xfc | 1, 0xf8, 0xf8, 0, 0], 13); // no segmentation, any parallelism, 4:2:0, 8 bits, any frame rate
  out[21] = (temporalLayers << 3) | (isNested << 2) | (NAL_LENGTH_BYTES - 1);
  out[22] = 3; // arrays
  return bits.failed ? undefined : out;
}

import { ByteReader } from '../../bytes/index.js';
import { type Decoded, Malformed } from '../../core/index.js';
import { NAL_LENGTH_BYTES } from '../nal/nal-units.js';

/** What MP4 (`avcC`) and WebCodecs (`description`) say once instead of in each key frame (ISO/IEC 14496-15 §5.3.3.1.2). */
export interface AvcDecoderConfiguration {
  readonly sequenceSets: readonly Uint8Array[];
  readonly pictureSets: readonly Uint8Array[];
}

const TRUNCATED = Malformed.of('payload/avcc/truncated');
const NOT_FOUR_BYTE_LENGTHS = Malformed.of('payload/avcc/lengths-not-of-four-bytes');
const VERSION = 1;
/** Profiles whose record goes on with chroma format and bit depths. */
const HIGH_PROFILES = new Set([100, 110, 122, 144]);

/** Decodes a configuration record; the sets are views of it. */
export function decodeAvcConfiguration(bytes: Uint8Array): Decoded<AvcDecoderConfiguration> {
  const reader = new ByteReader(bytes);
  reader.skip(4); // version, profile, compatibility, level
  const lengthBytes = (reader.u8() & 0x03) + 1;
  const sequenceSets = readSets(reader.u8() & 0x1f, reader);
  const pictureSets = readSets(reader.u8(), reader);
  if (reader.failed || bytes[0] !== VERSION) return TRUNCATED;
  return lengthBytes === NAL_LENGTH_BYTES ? { sequenceSets, pictureSets } : NOT_FOUR_BYTE_LENGTHS;
}

function readSets(count: number, reader: ByteReader): Uint8Array[] {
  const sets: Uint8Array[] = [];
  while (sets.length < count && !reader.failed) sets.push(reader.view(reader.u16()));
  return sets;
}

/**
 * Encodes the record for 8-bit 4:2:0, which is all that WebRTC carries; undefined without a sequence parameter set to take the
 * profile from.
 */
export function encodeAvcConfiguration({ sequenceSets, pictureSets }: AvcDecoderConfiguration): Uint8Array | undefined {
  const first = sequenceSets[0];
  if (!first || first.length < 4) return undefined;
  const profile = first[1]!;
  const parts: Uint8Array[] = [
    Uint8Array.of(VERSION, profile, first[2]!, first[3]!, 0xfc | (NAL_LENGTH_BYTES - 1), 0xe0 | sequenceSets.length),
  ];
  for (const set of sequenceSets) parts.push(Uint8Array.of(set.length >> 8, set.length & 0xff), set);
  parts.push(Uint8Array.of(pictureSets.length));
  for (const set of pictureSets) parts.push(Uint8Array.of(set.length >> 8, set.length & 0xff), set);
  if (HIGH_PROFILES.has(profile)) parts.push(Uint8Array.of(0xfc | 1, 0xf8, 0xf8, 0));
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

import { BitReader } from '@maru/protocol/bytes';
import {
  encodeAvcConfiguration,
  encodeHevcConfiguration,
  nalUnitsOf,
  OBU_SEQUENCE_HEADER,
  ObuCursor,
} from '@maru/protocol/payload';
import type { AudioFormat, VideoFormat } from '../container/media-writer.js';
import { box, fullBox, joined, u8, u16, u32, zeros } from './box.js';

const SEQUENCE_SET = 7;
const PICTURE_SET = 8;
const HEVC_VIDEO_SET = 32;
const HEVC_SEQUENCE_SET = 33;
const HEVC_PICTURE_SET = 34;
/** 72 dots to the inch, as a fixed-point number. */
const RESOLUTION = 0x48_0000;
const DEPTH = 24;
const OPUS_RATE = 48_000;
/** av1C: a marker and version 1. */
const AV1_VERSION = 0x81;
/** av1C: 8 bits, 4:2:0. */
const AV1_420 = 0x0c;
const AV1_ANY_LEVEL = 31;
const FIRST_LEVEL_WITH_TIER = 8;

/**
 * What a decoder of these pictures must know, from their first key frame; undefined where that does not tell it. Frames keep their
 * parameter sets, so that sizes may change later on, as they do in calls.
 */
export function videoSampleEntry({ codec, width, height }: VideoFormat, keyFrame: Uint8Array): Uint8Array | undefined {
  const configured = configurationOf(codec, width, height, keyFrame);
  if (!configured) return undefined;
  const [name, configuration] = configured;
  const size = joined(u16(width, height), u32(RESOLUTION, RESOLUTION), zeros(4), u16(1));
  return box(name, zeros(6), u16(1), zeros(16), size, zeros(32), u16(DEPTH, 0xffff), configuration);
}

function configurationOf(codec: string, width: number, height: number, keyFrame: Uint8Array): [string, Uint8Array] | undefined {
  switch (codec) {
    case 'H264': {
      const record = avcRecord(keyFrame);
      return record && ['avc1', box('avcC', record)];
    }
    case 'H265': {
      const record = hevcRecord(keyFrame);
      return record && ['hev1', box('hvcC', record)];
    }
    case 'VP9':
      return ['vp09', vpConfiguration(width * height)];
    case 'AV1': {
      const record = av1Record(keyFrame);
      return record && ['av01', box('av1C', record)];
    }
    default:
      return undefined;
  }
}

function avcRecord(keyFrame: Uint8Array): Uint8Array | undefined {
  const units = nalUnitsOf(keyFrame);
  const ofType = (type: number): Uint8Array[] => units.filter((unit) => (unit[0]! & 0x1f) === type);
  return encodeAvcConfiguration({ sequenceSets: ofType(SEQUENCE_SET), pictureSets: ofType(PICTURE_SET) });
}

function hevcRecord(keyFrame: Uint8Array): Uint8Array | undefined {
  const units = nalUnitsOf(keyFrame);
  const ofType = (type: number): Uint8Array[] => units.filter((unit) => ((unit[0]! >> 1) & 0x3f) === type);
  const [videoSets, sequenceSets, pictureSets] = [ofType(HEVC_VIDEO_SET), ofType(HEVC_SEQUENCE_SET), ofType(HEVC_PICTURE_SET)];
  return encodeHevcConfiguration({ videoSets, sequenceSets, pictureSets });
}

/** VPCodecConfigurationBox: profile 0, 8 bits, 4:2:0, colours that nobody told; the level that the size needs. */
function vpConfiguration(pixels: number): Uint8Array {
  const level = pixels <= 1_280 * 720 ? 31 : pixels <= 1_920 * 1_088 ? 41 : 51;
  return fullBox('vpcC', 1, 0, u8(0, level, (8 << 4) | (1 << 1), 2, 2, 2), u16(0));
}

/** AV1CodecConfigurationRecord (AV1 codec ISO media file format binding §2.3), with the sequence header in it. */
function av1Record(keyFrame: Uint8Array): Uint8Array | undefined {
  const cursor = new ObuCursor().reset(keyFrame);
  while (cursor.next()) {
    if (cursor.type !== OBU_SEQUENCE_HEADER) continue;
    const { profile, level, tier } = sequenceOf(keyFrame, cursor.payloadOffset, cursor.payloadBytes);
    const header = keyFrame.subarray(cursor.headerOffset, cursor.payloadOffset + cursor.payloadBytes);
    return joined(u8(AV1_VERSION, (profile << 5) | level, (tier << 7) | AV1_420, 0), header);
  }
  return undefined;
}

/** The beginning of a sequence header (AV1 specification §5.5.1), as encoders for calls write it. */
function sequenceOf(bytes: Uint8Array, offset: number, length: number): { profile: number; level: number; tier: number } {
  const bits = new BitReader();
  bits.reset(bytes, offset, length);
  const profile = bits.read(3);
  bits.skip(1); // still_picture
  const isReduced = bits.bit();
  if (isReduced) return { profile, level: bits.read(5), tier: 0 };
  const hasTiming = bits.bit();
  if (hasTiming) return { profile, level: AV1_ANY_LEVEL, tier: 0 };
  bits.skip(1 + 5 + 12); // initial_display_delay_present_flag, operating_points_cnt_minus_1, operating_point_idc
  const level = bits.read(5);
  return { profile, level, tier: level >= FIRST_LEVEL_WITH_TIER && bits.bit() ? 1 : 0 };
}

/** Opus in ISO media: version 0, nothing to skip, no gain, one or two channels. */
export function opusSampleEntry({ channels }: AudioFormat): Uint8Array {
  const configuration = box('dOps', u8(0, channels), u16(0), u32(OPUS_RATE), u16(0), u8(0));
  return box('Opus', zeros(6), u16(1), zeros(8), u16(channels, 16), zeros(4), u16(OPUS_RATE, 0), configuration);
}

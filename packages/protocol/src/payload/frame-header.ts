import { assertNever } from '../core/index.js';
import { OBU_SEQUENCE_HEADER, ObuCursor } from './av1/obu.js';
import { readAv1PictureSize } from './av1/sequence-header.js';
import type { VideoCodec } from './codec.js';
import { H264_PARAMETER_SETS } from './h264/parameter-sets.js';
import { H264_SYNTAX } from './h264/syntax.js';
import { H265_PARAMETER_SETS } from './h265/parameter-sets.js';
import { H265_SYNTAX } from './h265/syntax.js';
import type { ParameterSetSyntax, PictureSize } from './nal/parameter-sets.js';
import type { NalSyntax } from './nal/syntax.js';
import { isRandomAccess, nalUnitsOf, pictureSizeOf } from './nal/unit-list.js';
import { hasVp8Size, isVp8KeyFrame, readVp8Height, readVp8Width } from './vp8/frame-header.js';
import { Vp9FrameHeader } from './vp9/frame-header.js';

/** What the header of a whole encoded frame says, for recorders and senders. */
export interface FrameHeader {
  readonly isKeyFrame: boolean;
  /** Of key frames that tell it. */
  readonly size: PictureSize | undefined;
}

const NOT_KEY_FRAME: FrameHeader = { isKeyFrame: false, size: undefined };

/** Reads the header of an encoded frame; H.264 and H.265 in Annex B. Bytes that are no such frame read as no key frame. */
export function readFrameHeader(codec: VideoCodec, frame: Uint8Array): FrameHeader {
  switch (codec) {
    case 'vp8':
      return readVp8(frame);
    case 'vp9':
      return readVp9(frame);
    case 'h264':
      return readNal(frame, H264_SYNTAX, H264_PARAMETER_SETS);
    case 'h265':
      return readNal(frame, H265_SYNTAX, H265_PARAMETER_SETS);
    case 'av1':
      return readAv1(frame);
    default:
      return assertNever(codec);
  }
}

function readVp8(frame: Uint8Array): FrameHeader {
  if (!hasVp8Size(frame, 0, frame.length) || !isVp8KeyFrame(frame)) return NOT_KEY_FRAME;
  return { isKeyFrame: true, size: { width: readVp8Width(frame, 0), height: readVp8Height(frame, 0) } };
}

function readVp9(frame: Uint8Array): FrameHeader {
  const header = new Vp9FrameHeader();
  if (!header.read(frame, 0, frame.length) || !header.isKeyFrame) return NOT_KEY_FRAME;
  return { isKeyFrame: true, size: { width: header.width, height: header.height } };
}

function readAv1(frame: Uint8Array): FrameHeader {
  const cursor = new ObuCursor().reset(frame);
  while (cursor.next()) {
    if (cursor.type !== OBU_SEQUENCE_HEADER) continue;
    return { isKeyFrame: true, size: readAv1PictureSize(frame, cursor.payloadOffset, cursor.payloadBytes) };
  }
  return NOT_KEY_FRAME;
}

function readNal(frame: Uint8Array, syntax: NalSyntax, sets: ParameterSetSyntax): FrameHeader {
  const units = nalUnitsOf(frame);
  if (!isRandomAccess(units, syntax)) return NOT_KEY_FRAME;
  return { isKeyFrame: true, size: pictureSizeOf(units, syntax, sets) };
}

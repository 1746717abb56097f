import { WebmWriter } from '../matroska/webm-writer.js';
import { FragmentedMp4Writer } from '../mp4/fragmented-mp4-writer.js';
import type { Container } from './media-writer.js';

const webm: Container = {
  videoCodecs: new Set(['VP8', 'VP9', 'AV1']),
  open: (put, video, audio) => new WebmWriter(put, video?.format, audio),
};

const mp4: Container = {
  videoCodecs: new Set(['H264', 'H265', 'VP9', 'AV1']),
  open: (put, video, audio) => new FragmentedMp4Writer(put, video, audio),
};

/** The kind of file that the ending of `path` says: MP4 for `.mp4` and `.m4a`, else WebM. */
export function containerOf(path: string): Container {
  return /\.(mp4|m4a|m4v)$/i.test(path) ? mp4 : webm;
}

/** Codecs of pictures, as SDP writes them, that a recording at `path` has a place for. */
export const recordableCodecs = (path: string): ReadonlySet<string> => containerOf(path).videoCodecs;

import type { PictureFormat } from '../engine/media-engine.js';
import { bytesOf, element, elementHead, fileHeader, Id, idOf, text, UNKNOWN_SIZE, uint } from './ebml.js';

const TRACK = 1;
const KEY_FRAME = 0x80;

/** Pictures as they are, in I420, with a time each: what a program reads that is to know when they were. */
export const RawVideoWriter = {
  /** What comes before the pictures. */
  header({ width, height, frameRate }: PictureFormat): Uint8Array {
    const size = [uint(Id.pixelWidth, width), uint(Id.pixelHeight, height), text(Id.uncompressedFourCc, 'I420')];
    const duration = uint(Id.defaultDuration, Math.round(1e9 / frameRate));
    const number = [uint(Id.trackNumber, TRACK), uint(Id.trackUid, TRACK), uint(Id.trackType, 1)];
    const track = [...number, duration, text(Id.codecId, 'V_UNCOMPRESSED')];
    return bytesOf(
      fileHeader('matroska'),
      idOf(Id.segment),
      UNKNOWN_SIZE,
      element(Id.info, uint(Id.timestampScale, 1_000_000)),
      element(Id.tracks, element(Id.trackEntry, ...track, element(Id.video, ...size))),
    );
  },

  /** What comes before the `pictureBytes` of a picture. */
  pictureHeader(atMs: number, pictureBytes: number): Uint8Array {
    const block = Uint8Array.of(0x80 | TRACK, 0, 0, KEY_FRAME);
    const cluster = bytesOf(idOf(Id.cluster), UNKNOWN_SIZE, uint(Id.timestamp, atMs));
    return bytesOf(cluster, elementHead(Id.simpleBlock, block.length + pictureBytes), block);
  },
};

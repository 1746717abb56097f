import type { DependencyDescriptor } from '../rtp/index.js';
import type { PayloadInfo } from './payload-info.js';

/** What can be done with a frame that comes after a loss. */
export type Decodability = 'decodable' | 'not-decodable' | 'key-frame-needed';

const REMEMBERED = 1_024;
/** Eight spatial layers are the most that any codec here has. */
const MAX_LAYER_FRAMES = 8;

/**
 * Knows which frames were given to the decoder, and so whether one that comes after a loss can be decoded: by the frames that its
 * dependency descriptor names, by the pictures that VP9 names in flexible mode, by the count of base layer pictures in VP8 and
 * VP9 (TL0PICIDX). Other codecs say nothing of the kind: after a loss they need a key frame.
 */
export class ReferenceTracker {
  private lastPictureId = -1;
  private lastTl0PicIdx = -1;
  /** The numbers given, each at its own place: frame numbers of descriptors or picture ids. */
  private readonly given = new Int32Array(REMEMBERED).fill(-1);

  /** Of the frame that is coming together. */
  private pictureId = -1;
  private tl0PicIdx = -1;
  private readonly frameNumbers = new Int32Array(MAX_LAYER_FRAMES);
  private frameNumberCount = 0;

  /** A frame begins with the payload that `info` is of. */
  begin(info: PayloadInfo): void {
    this.pictureId = info.pictureId;
    this.tl0PicIdx = info.tl0PicIdx;
    this.frameNumberCount = 0;
  }

  /** A packet of it has this descriptor: each spatial layer has a frame number of its own. */
  add(dependencies: DependencyDescriptor | undefined): void {
    if (!dependencies?.isFirstPacketOfFrame || this.frameNumberCount === MAX_LAYER_FRAMES) return;
    this.frameNumbers[this.frameNumberCount++] = dependencies.frameNumber;
  }

  /** It goes to the decoder. */
  give(isKeyFrame: boolean): void {
    if (isKeyFrame) this.given.fill(-1);
    for (let i = 0; i < this.frameNumberCount; i++) this.remember(this.frameNumbers[i]!);
    if (this.frameNumberCount === 0 && this.pictureId >= 0) this.remember(this.pictureId);
    this.lastPictureId = this.pictureId;
    this.lastTl0PicIdx = this.tl0PicIdx;
  }

  /** Of a frame after a loss, by its first payload. */
  judge(info: PayloadInfo, dependencies: DependencyDescriptor | undefined): Decodability {
    if (info.isKeyFrame) return 'decodable';
    if (dependencies)
      return this.judgeDiffs(dependencies.frameNumber, 0x1_0000, dependencies.frameDiffs, dependencies.temporalId);
    if (this.follows(info)) return 'decodable';
    if (info.isFlexibleMode && info.pictureId >= 0 && info.pictureDiffCount > 0) {
      const { pictureId, pictureIdBits, pictureDiffs, pictureDiffCount, temporalId } = info;
      return this.judgeDiffs(pictureId, 2 ** pictureIdBits, pictureDiffs.subarray(0, pictureDiffCount), temporalId);
    }
    return this.judgeByBaseLayer(info);
  }

  private judgeDiffs(number: number, modulus: number, diffs: ArrayLike<number>, temporalId: number): Decodability {
    for (let i = 0; i < diffs.length; i++) {
      const reference = (number - diffs[i]! + modulus) % modulus;
      if (this.given[reference % REMEMBERED] !== reference) return temporalId > 0 ? 'not-decodable' : 'key-frame-needed';
    }
    return 'decodable';
  }

  /** Whether it is the very next picture, so that what was lost were no pictures: padding, forward error correction. */
  private follows(info: PayloadInfo): boolean {
    if (info.pictureId < 0 || this.lastPictureId < 0) return false;
    return info.pictureId === (this.lastPictureId + 1) % 2 ** info.pictureIdBits;
  }

  /** Base layer pictures lean on base layer pictures alone, and a layer sync on the last of them (RFC 7741 §4.2, RFC 9628 §4.2). */
  private judgeByBaseLayer(info: PayloadInfo): Decodability {
    if (info.tl0PicIdx < 0 || this.lastTl0PicIdx < 0) return 'key-frame-needed';
    const ahead = (info.tl0PicIdx - this.lastTl0PicIdx) & 0xff;
    if (info.temporalId === 0) return ahead === 1 ? 'decodable' : 'key-frame-needed';
    if (ahead !== 0) return 'key-frame-needed';
    return info.isLayerSync ? 'decodable' : 'not-decodable';
  }

  private remember(number: number): void {
    this.given[number % REMEMBERED] = number;
  }
}

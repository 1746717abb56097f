import type { FrameDependencies } from '../rtp/index.js';
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
  /** Of the frame before, given or passed over. */
  private passedPictureId = -1;
  private passedFrameNumber = -1;
  /** From one frame to the next: the layers of a simulcast may be numbered together. 0 as long as no two came one after the other. */
  private frameStep = 0;
  /** The numbers given, each at its own place: frame numbers of descriptors or picture ids. */
  private readonly given = new Int32Array(REMEMBERED).fill(-1);

  /** Of the frame that is coming together. */
  private pictureId = -1;
  private tl0PicIdx = -1;
  private readonly frameNumbers = new Int32Array(MAX_LAYER_FRAMES);
  private frameNumberCount = 0;
  private isNextInOrder = false;

  /** A frame begins with the payload that `info` is of; `isNextInOrder`: nothing was missing since the end of the one before. */
  begin(info: PayloadInfo, isNextInOrder: boolean): void {
    this.isNextInOrder = isNextInOrder;
    this.pictureId = info.pictureId;
    this.tl0PicIdx = info.tl0PicIdx;
    this.frameNumberCount = 0;
  }

  /** A packet of it has this descriptor: each spatial layer has a frame number of its own. */
  add(dependencies: FrameDependencies | undefined): void {
    if (!dependencies?.isFirstPacketOfFrame || this.frameNumberCount === MAX_LAYER_FRAMES) return;
    this.frameNumbers[this.frameNumberCount++] = dependencies.frameNumber;
  }

  /** It goes to the decoder. */
  give(isKeyFrame: boolean): void {
    if (isKeyFrame) this.given.fill(-1);
    for (let i = 0; i < this.frameNumberCount; i++) this.remember(this.frameNumbers[i]!);
    if (this.frameNumberCount === 0 && this.pictureId >= 0) this.remember(this.pictureId);
    this.lastPictureId = this.passedPictureId = this.pictureId;
    this.lastTl0PicIdx = this.tl0PicIdx;
    if (this.isNextInOrder) this.learnStep();
    this.passedFrameNumber = this.frameNumberCount > 0 ? this.frameNumbers[this.frameNumberCount - 1]! : -1;
  }

  /** A frame, or a layer of one, does not go there: it begins with the payload that `info` is of. */
  pass(info: PayloadInfo, dependencies: FrameDependencies | undefined): void {
    this.passedPictureId = info.pictureId;
    this.passedFrameNumber = dependencies ? dependencies.frameNumber : -1;
  }

  /** Whether the frame that begins so is the very next: `frameNumber` is that of its descriptor, -1 without one. */
  isNext({ pictureId, pictureIdBits }: PayloadInfo, frameNumber: number): boolean {
    const { passedPictureId, passedFrameNumber, frameStep } = this;
    if (frameNumber >= 0) return frameStep > 0 && frameNumber === ((passedFrameNumber + frameStep) & 0xffff);
    return pictureId >= 0 && passedPictureId >= 0 && pictureId === (passedPictureId + 1) % 2 ** pictureIdBits;
  }

  /** Of a frame after a loss, by its first payload. */
  judge(info: PayloadInfo, dependencies: FrameDependencies | undefined): Decodability {
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

  private learnStep(): void {
    const isNumbered = this.frameNumberCount > 0 && this.passedFrameNumber >= 0;
    this.frameStep = isNumbered ? (this.frameNumbers[0]! - this.passedFrameNumber) & 0xffff : 0;
  }

  private remember(number: number): void {
    this.given[number % REMEMBERED] = number;
  }
}

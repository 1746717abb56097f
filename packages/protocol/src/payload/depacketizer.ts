import type { Malformed } from '../core/index.js';
import type { FrameBuffer } from './frame-buffer.js';
import type { PayloadInfo } from './payload-info.js';

/**
 * Reads the payloads of one codec. {@link read} is for everybody (an SFU, statistics); the other three build a frame: `begin`,
 * `append` each payload in order, `finish`. It keeps what the codec makes one keep between frames, such as parameter sets.
 */
export interface Depacketizer {
  /** Reads what the payload of `length` bytes at `offset` says. A refusal leaves `info` undefined. */
  read(bytes: Uint8Array, offset: number, length: number, info: PayloadInfo): Malformed | undefined;
  /** A frame begins; what an unfinished one left is forgotten. */
  begin(frame: FrameBuffer): void;
  /** Appends what a payload carries of the frame; `info` is what {@link read} said of it. After a refusal the frame is lost. */
  append(bytes: Uint8Array, offset: number, length: number, info: PayloadInfo, frame: FrameBuffer): Malformed | undefined;
  /** The frame has all its payloads: completes it to what a decoder takes. After a refusal the frame is lost. */
  finish(frame: FrameBuffer, summary: FrameSummary): Malformed | undefined;
}

/** What only the whole frame tells. */
export interface FrameSummary {
  isKeyFrame: boolean;
  /** 0 where the frame does not tell. */
  width: number;
  height: number;
}

import type { Rotation } from '../engine/turned-picture.js';

/** What is recorded of pictures. */
export interface VideoFormat {
  /** As SDP writes it. */
  readonly codec: string;
  readonly width: number;
  readonly height: number;
  /** How pictures are to be turned clockwise before they are shown; 0 if not given. */
  readonly rotationDegrees?: Rotation;
}

export interface AudioFormat {
  readonly channels: number;
}

export type TrackKind = 'video' | 'audio';

/** A file that is being written: what it gave out is final. */
export interface MediaWriter {
  /** One frame, `atMs` after the beginning. */
  frame(track: TrackKind, data: Uint8Array, atMs: number, isKeyFrame: boolean): void;
  /** Gives out what it still holds back. */
  finish(): void;
}

/** A kind of file, and what has a place in it. */
export interface Container {
  /** Codecs of pictures, as SDP writes them. */
  readonly videoCodecs: ReadonlySet<string>;
  /** `keyFrame`, which tells its size, is the first that will be written. */
  open(
    put: (bytes: Uint8Array) => void,
    video: { readonly format: VideoFormat; readonly keyFrame: Uint8Array } | undefined,
    audio: AudioFormat | undefined,
  ): MediaWriter;
}

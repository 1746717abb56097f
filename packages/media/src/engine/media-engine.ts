/** A picture in I420: all of Y, then all of U, then all of V, without gaps; sides of U and V are half of Y's, rounded up. */
export interface Picture extends PictureSize {
  readonly data: Uint8Array;
  /** On the clock of its source. */
  readonly timestampMs: number;
}

export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

/** How many bytes a picture in I420 has. */
export function i420Bytes({ width, height }: PictureSize): number {
  return width * height + 2 * ((width + 1) >> 1) * ((height + 1) >> 1);
}

/** Sound as signed 16-bit samples, those of the channels after one another. */
export interface Sound {
  readonly sampleRate: number;
  readonly channels: number;
  readonly samples: Int16Array;
  /** Of its first sample, on the clock of its source. */
  readonly timestampMs: number;
}

/** What an encoder gave: one frame, whole. */
export interface EncodedChunk {
  readonly data: Uint8Array;
  readonly timestampMs: number;
  readonly isKeyFrame: boolean;
  /** Of an encoder of temporal layers: the layer, and whether it leans on the base layer alone. */
  readonly layer?: TemporalLayer;
}

export interface TemporalLayer {
  readonly temporalId: number;
  readonly isLayerSync: boolean;
  /** No other frame leans on it. */
  readonly isDiscardable: boolean;
}

export interface VideoEncoderSettings extends PictureSize {
  /** As SDP writes it: `VP8`, `VP9`, `H264`, `AV1`. */
  readonly codec: string;
  /** The codec's fmtp line, where it says what the decoder can do. */
  readonly parameters: string;
  /** How many come in a second; what the encoder plans its bits by. */
  readonly frameRate: number;
  readonly bitrateBps: number;
  /** Layers that can be left out, each doubling the frame rate (webrtc-svc, L1T1 to L1T3); 1 where nothing is said. */
  readonly temporalLayers?: number;
  /** The size to encode in, where it is not that of the pictures that come. */
  readonly encodedSize?: PictureSize;
}

export interface AudioEncoderSettings extends SoundFormat {
  readonly codec: string;
  readonly bitrateBps: number;
}

/** Where pictures or sound come from when it is not this process that makes them. */
export type RawInput =
  | { readonly type: 'file'; readonly path: string; readonly startMs: number }
  | { readonly type: 'camera'; readonly device: string; readonly width?: number; readonly height?: number }
  | { readonly type: 'screen'; readonly display: string }
  | { readonly type: 'microphone'; readonly device: string };

/** What ended, and why where it was not asked to. */
export type Ended = (error: Error | undefined) => void;

/** A codec at work. What it is given is borrowed for the call. */
export interface Coder<Input> {
  /** False when it is behind, and what was given is dropped. */
  write(input: Input): boolean;
  /** Resolves when it is not behind, or has ended. */
  ready(): Promise<void>;
  /** Nothing more is written: what it still has to give is given, then it ends. */
  finish(): void;
  /** Ends it at once; nothing more comes of it, not even `ended`. */
  close(): void;
}

export interface VideoEncoding extends Coder<Picture> {
  /** The next picture becomes a key frame; the first is one anyway. */
  requestKeyFrame(): void;
}

/** Something that gives what it has as fast as it is asked. */
export interface RawReading {
  /** Whether more is wanted; a reading begins with yes. */
  demand(isWanted: boolean): void;
  close(): void;
}

export interface PictureFormat extends PictureSize {
  readonly frameRate: number;
}

export interface SoundFormat {
  readonly sampleRate: number;
  readonly channels: number;
}

/** What encodes and decodes. The codecs work in processes of their own: one that falls takes nobody along. */
export interface MediaEngine {
  readonly name: string;
  /** Names of codecs, as SDP writes them, that it encodes. */
  readonly encodes: ReadonlySet<string>;
  /** How many temporal layers its encoder of a codec makes; one where nothing is said. */
  readonly temporalLayers?: ReadonlyMap<string, number>;
  /** And those that it decodes. */
  readonly decodes: ReadonlySet<string>;
  encodeVideo(settings: VideoEncoderSettings, give: (chunk: EncodedChunk) => void, ended: Ended): VideoEncoding;
  encodeAudio(settings: AudioEncoderSettings, give: (chunk: EncodedChunk) => void, ended: Ended): Coder<Sound>;
  /**
   * Decodes from a key frame on: into pictures of one size, or, where that is undefined, of the size that each has. H.264 comes in
   * Annex B. Pictures come in the order in which they are shown. A frame that cannot be decoded ends it.
   */
  decodeVideo(codec: string, size: PictureSize | undefined, give: (picture: Picture) => void, ended: Ended): Coder<EncodedChunk>;
  /** Decodes; what comes of a packet is given as one sound. */
  decodeAudio(codec: string, format: SoundFormat, give: (sound: Sound) => void, ended: Ended): Coder<EncodedChunk>;
  /** Pictures of `input` in `format`, one after the other; timestamps count from 0. */
  readPictures(input: RawInput, format: PictureFormat, give: (picture: Picture) => void, ended: Ended): RawReading;
  /** Sound of `input` in `format`, 20 ms at a time; timestamps count from 0. */
  readSound(input: RawInput, format: SoundFormat, give: (sound: Sound) => void, ended: Ended): RawReading;
}

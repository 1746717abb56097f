/** A picture in I420: all of Y, then all of U, then all of V, without gaps. Both sides are even. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
  /** On the clock of its source. */
  readonly timestampMs: number;
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
}

export interface VideoEncoderSettings {
  /** As SDP writes it: `VP8`, `VP9`, `H264`, `AV1`. */
  readonly codec: string;
  /** The codec's fmtp line, where it says what the decoder can do. */
  readonly parameters: string;
  /** Of the pictures that come. */
  readonly width: number;
  readonly height: number;
  /** How many come in a second; what the encoder plans its bits by. */
  readonly frameRate: number;
  readonly bitrateBps: number;
  /** How many times smaller than what comes. */
  readonly scaleDownBy: number;
}

export interface AudioEncoderSettings {
  readonly codec: string;
  readonly sampleRate: number;
  readonly channels: number;
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
  /** Ends it at once; nothing more comes of it. */
  close(): void;
}

/** Something that gives what it has as fast as it is asked. */
export interface RawReading {
  /** Whether more is wanted; a reading begins with yes. */
  demand(isWanted: boolean): void;
  close(): void;
}

export interface PictureFormat {
  readonly width: number;
  readonly height: number;
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
  encodeVideo(settings: VideoEncoderSettings, give: (chunk: EncodedChunk) => void, ended: Ended): Coder<Picture>;
  encodeAudio(settings: AudioEncoderSettings, give: (chunk: EncodedChunk) => void, ended: Ended): Coder<Sound>;
  decodeVideo(codec: string, format: PictureFormat, give: (picture: Picture) => void, ended: Ended): Coder<EncodedChunk>;
  decodeAudio(codec: string, format: SoundFormat, give: (sound: Sound) => void, ended: Ended): Coder<EncodedChunk>;
  /** Pictures of `input` in `format`, one after the other; timestamps count from 0. */
  readPictures(input: RawInput, format: PictureFormat, give: (picture: Picture) => void, ended: Ended): RawReading;
  /** Sound of `input` in `format`, 20 ms at a time; timestamps count from 0. */
  readSound(input: RawInput, format: SoundFormat, give: (sound: Sound) => void, ended: Ended): RawReading;
}

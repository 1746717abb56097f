import type {
  AudioEncoderSettings,
  PictureFormat,
  PictureSize,
  RawInput,
  SoundFormat,
  VideoEncoderSettings,
} from '../media-engine.js';

/** What a process is begun for; it is told in one argument, as JSON. */
export type Job =
  | { readonly type: 'ask' }
  | { readonly type: 'encode-video'; readonly settings: VideoEncoderSettings }
  | { readonly type: 'encode-audio'; readonly settings: AudioEncoderSettings }
  | { readonly type: 'decode-video'; readonly codec: string; readonly size: PictureSize | undefined }
  | { readonly type: 'decode-audio'; readonly format: SoundFormat }
  | { readonly type: 'read-pictures'; readonly input: RawInput; readonly format: PictureFormat }
  | { readonly type: 'read-sound'; readonly input: RawInput; readonly format: SoundFormat };

/** What a process that was asked says of itself, by the names that SDP has. */
export interface Abilities {
  readonly encodes: readonly string[];
  readonly decodes: readonly string[];
}

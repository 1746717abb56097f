export type { TrackConstraints } from './devices/constraints.js';
export type { DeviceInfo, DeviceKind } from './devices/device-list.js';
export { type DeviceWorld, MediaDevices, mediaDevices, type StreamConstraints } from './devices/media-devices.js';
export { EngineError } from './engine/engine-error.js';
export { FfmpegEngine } from './engine/ffmpeg/ffmpeg-engine.js';
export { findEngine } from './engine/find-engine.js';
export type {
  AudioEncoderSettings,
  Coder,
  EncodedChunk,
  Ended,
  MediaEngine,
  Picture,
  PictureFormat,
  PictureSize,
  RawInput,
  RawReading,
  Sound,
  SoundFormat,
  VideoEncoderSettings,
  VideoEncoding,
} from './engine/media-engine.js';
export { type DecodingOptions, receivePictures, receiveSound } from './sinks/decoded.js';
export { Recording, type RecordingFigures, type RecordingOptions } from './sinks/recording.js';
export { FileError, FileSource, type FileSourceOptions } from './sources/file-source.js';
export { readPatternTime } from './sources/pattern-picture.js';
export { PictureSource, type PictureSourceOptions } from './sources/picture-source.js';
export { SoundSource, type SoundSourceOptions } from './sources/sound-source.js';
export { BEEP, TestPattern, type TestPatternOptions } from './sources/test-pattern.js';

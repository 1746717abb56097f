export {
  type AudioConfiguration,
  MediaCapabilities,
  type MediaCapabilitiesInfo,
  type MediaConfiguration,
  mediaCapabilities,
  type VideoConfiguration,
} from './capabilities/media-capabilities.js';
export { recordableCodecs } from './container/containers.js';
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
  TemporalLayer,
  VideoEncoderSettings,
  VideoEncoding,
} from './engine/media-engine.js';
export { WebCodecsEngine } from './engine/webcodecs/webcodecs-engine.js';
export type { WebCodecsModule } from './engine/webcodecs/webcodecs-module.js';
export {
  type DecodingOptions,
  type PictureDecodingOptions,
  receivePictures,
  receiveSound,
  type SoundDecodingOptions,
} from './sinks/decoded.js';
export { Recording, type RecordingFigures, type RecordingOptions } from './sinks/recording.js';
export { Speaker, type SpeakerOptions } from './sinks/speaker.js';
export { FileError, FileSource, type FileSourceOptions } from './sources/file-source.js';
export { readPatternTime } from './sources/pattern-picture.js';
export { PictureSource, type PictureSourceOptions } from './sources/picture-source.js';
export { SoundSource, type SoundSourceOptions } from './sources/sound-source.js';
export { BEEP, TestPattern, type TestPatternOptions } from './sources/test-pattern.js';
export {
  type GeneratorOptions,
  MediaStreamTrackGenerator,
  type MediaStreamTrackGeneratorInit,
  VideoTrackGenerator,
} from './transform/track-generator.js';
export { MediaStreamTrackProcessor, type MediaStreamTrackProcessorInit } from './transform/track-processor.js';
export {
  AudioDecoder,
  type AudioDecoderConfig,
  type AudioDecoderInit,
  type AudioDecoderSupport,
  AudioEncoder,
  type AudioEncoderConfig,
  type AudioEncoderInit,
  type AudioEncoderSupport,
  type EncodedAudioChunkMetadata,
} from './webcodecs/audio-coders.js';
export {
  AudioData,
  type AudioDataCopyToOptions,
  type AudioDataInit,
} from './webcodecs/audio-data.js';
export type { AudioSampleFormat } from './webcodecs/audio-format.js';
export type { CodecInit, CodecState } from './webcodecs/codec.js';
export { VideoColorSpace, type VideoColorSpaceInit } from './webcodecs/color-space.js';
export {
  EncodedAudioChunk,
  type EncodedChunkInit,
  type EncodedChunkType,
  EncodedVideoChunk,
} from './webcodecs/encoded-chunk.js';
export type { VideoPixelFormat } from './webcodecs/pixel-format.js';
export type { PlaneLayout } from './webcodecs/plane-layout.js';
export { VideoDecoder, type VideoDecoderInit, type VideoDecoderSupport } from './webcodecs/video-decoder.js';
export {
  type EncodedVideoChunkMetadata,
  type VideoDecoderConfig,
  VideoEncoder,
  type VideoEncoderConfig,
  type VideoEncoderEncodeOptions,
  type VideoEncoderInit,
  type VideoEncoderSupport,
} from './webcodecs/video-encoder.js';
export {
  VideoFrame,
  type VideoFrameBufferInit,
  type VideoFrameCopyToOptions,
  type VideoFrameInit,
} from './webcodecs/video-frame.js';

import { EngineError } from '../engine-error.js';
import type {
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
} from '../media-engine.js';
import { OPUS_ENCODER, startOpusEncoder } from './audio-encoder.js';
import { startOpusDecoder } from './opus-decoder.js';
import { askProgram, type FfmpegProgram } from './program.js';
import { readPictures, readSound } from './raw-reader.js';
import { DECODED_VIDEO, startVideoDecoder } from './video-decoder.js';
import { startVideoEncoder, VIDEO_RECIPES } from './video-encoder.js';

/** ffmpeg, the system's own, in a process for each codec at work. */
export class FfmpegEngine implements MediaEngine {
  readonly name = 'ffmpeg';
  readonly temporalLayers: ReadonlyMap<string, number>;
  readonly decodes: ReadonlySet<string> = new Set([...Object.keys(DECODED_VIDEO), 'opus']);

  private constructor(
    private readonly program: FfmpegProgram,
    readonly encodes: ReadonlySet<string>,
  ) {
    const layered = Object.entries(VIDEO_RECIPES).filter(([name]) => encodes.has(name));
    this.temporalLayers = new Map(layered.map(([name, { temporalLayers = 1 }]) => [name, temporalLayers]));
  }

  /** Asks the program at `path` what it can do. Rejects with an {@link EngineError} where it cannot be run. */
  static async find(path = process.env['MARU_FFMPEG'] ?? 'ffmpeg'): Promise<FfmpegEngine> {
    try {
      const program = await askProgram(path);
      const video = Object.entries(VIDEO_RECIPES).filter(([, { encoder }]) => program.encoders.has(encoder));
      const sound = program.encoders.has(OPUS_ENCODER) ? ['opus'] : [];
      return new FfmpegEngine(program, new Set([...video.map(([name]) => name), ...sound]));
    } catch (error) {
      const isLate = error instanceof Error && 'killed' in error && error.killed === true;
      const advice = isLate
        ? 'did not say within a minute what it can do: is the machine or its disk overloaded? Try again'
        : 'cannot be run: install it (Debian, Ubuntu: apt install ffmpeg; macOS: brew install ffmpeg), or name it in MARU_FFMPEG; or npm install node-av, which brings its own';
      throw new EngineError(`To encode and decode, ffmpeg is needed, and "${path}" ${advice}.`, { cause: error });
    }
  }

  encodeVideo(settings: VideoEncoderSettings, give: (chunk: EncodedChunk) => void, ended: Ended): VideoEncoding {
    this.need(settings.codec);
    return startVideoEncoder(this.program, settings, give, ended);
  }

  encodeAudio(settings: AudioEncoderSettings, give: (chunk: EncodedChunk) => void, ended: Ended): Coder<Sound> {
    this.need(settings.codec);
    return startOpusEncoder(this.program.path, settings, give, ended);
  }

  decodeVideo(codec: string, size: PictureSize | undefined, give: (picture: Picture) => void, ended: Ended): Coder<EncodedChunk> {
    if (!Object.hasOwn(DECODED_VIDEO, codec)) throw new EngineError(`This engine does not decode ${codec}`);
    return startVideoDecoder(this.program, codec, size, give, ended);
  }

  decodeAudio(codec: string, format: SoundFormat, give: (sound: Sound) => void, ended: Ended): Coder<EncodedChunk> {
    if (codec !== 'opus') throw new EngineError(`This engine does not decode ${codec}`);
    return startOpusDecoder(this.program.path, format, give, ended);
  }

  readPictures(input: RawInput, format: PictureFormat, give: (picture: Picture) => void, ended: Ended): RawReading {
    return readPictures(this.program.path, input, format, give, ended);
  }

  readSound(input: RawInput, format: SoundFormat, give: (sound: Sound) => void, ended: Ended): RawReading {
    return readSound(this.program.path, input, format, give, ended);
  }

  private need(codec: string): void {
    if (!this.encodes.has(codec)) throw new EngineError(`This ffmpeg has no encoder for ${codec}`);
  }
}

import { temporalLayersOf } from '@maru/protocol/payload';
import { toI420 } from '../../webcodecs/pixel-conversion.js';
import { isPixelFormat } from '../../webcodecs/pixel-format.js';
import { layoutOf } from '../../webcodecs/plane-layout.js';
import { EngineError } from '../engine-error.js';
import type {
  AudioEncoderSettings,
  Coder,
  EncodedChunk,
  Ended,
  MediaEngine,
  Picture,
  PictureSize,
  RawReading,
  Sound,
  SoundFormat,
  TemporalLayer,
  VideoEncoderSettings,
  VideoEncoding,
} from '../media-engine.js';
import { scaleI420 } from './scale.js';
import type { AudioObject, ChunkObject, CoderObject, FrameObject, WebCodecsModule } from './webcodecs-module.js';

/** What each codec is asked for as, by the name that SDP gives it. */
const CODEC_STRINGS: Readonly<Record<string, string>> = {
  VP8: 'vp8',
  VP9: 'vp09.00.10.08',
  H264: 'avc1.42e01f',
  AV1: 'av01.0.04M.08',
};
const MOST_QUEUED = 3;
const LAYERED_MODES = ['L1T2', 'L1T3'];
const PROBE = { width: 320, height: 180 };

/** What a module does otherwise than W3C webcodecs has it. */
export interface ModuleTraits {
  /** Encoders, as SDP names them, that hold too much back for a call. */
  readonly notLive?: ReadonlySet<string>;
  /** What it is to be told instead of `realtime`. */
  readonly latencyMode?: 'quality';
  /** It takes scalability modes and makes no layers. */
  readonly isWithoutLayers?: boolean;
}

/** An engine over a module with the classes of W3C webcodecs. It codes in this process, and cannot read files or devices. */
export class WebCodecsEngine implements MediaEngine {
  private constructor(
    readonly name: string,
    private readonly module: WebCodecsModule,
    readonly encodes: ReadonlySet<string>,
    readonly decodes: ReadonlySet<string>,
    readonly temporalLayers: ReadonlyMap<string, number>,
    private readonly traits: ModuleTraits,
  ) {}

  /** Asks the module what it can do. */
  static async over(name: string, module: WebCodecsModule, traits: ModuleTraits = {}): Promise<WebCodecsEngine> {
    const { notLive, isWithoutLayers = false } = traits;
    const sound = { codec: 'opus', sampleRate: 48_000, numberOfChannels: 2 };
    const [encodes, decodes, layers] = [new Set<string>(), new Set<string>(), new Map<string, number>()];
    for (const [codecName, codec] of Object.entries(CODEC_STRINGS)) {
      const isLive = !notLive?.has(codecName);
      if (isLive && (await module.VideoEncoder.isConfigSupported({ codec, ...PROBE })).supported) encodes.add(codecName);
      for (const scalabilityMode of encodes.has(codecName) && !isWithoutLayers ? LAYERED_MODES : [])
        if ((await module.VideoEncoder.isConfigSupported({ codec, ...PROBE, scalabilityMode })).supported)
          layers.set(codecName, Math.max(layers.get(codecName) ?? 1, temporalLayersOf(scalabilityMode) ?? 1));
      if ((await module.VideoDecoder.isConfigSupported({ codec })).supported) decodes.add(codecName);
    }
    if ((await module.AudioEncoder.isConfigSupported(sound)).supported) encodes.add('opus');
    if ((await module.AudioDecoder.isConfigSupported(sound)).supported) decodes.add('opus');
    return new WebCodecsEngine(name, module, encodes, decodes, layers, traits);
  }

  encodeVideo(settings: VideoEncoderSettings, give: (chunk: EncodedChunk) => void, ended: Ended): VideoEncoding {
    const { VideoEncoder, VideoFrame } = this.module;
    const { codec, parameters, width, height, frameRate, bitrateBps, encodedSize = { width, height } } = settings;
    const { temporalLayers = 1 } = settings;
    const times = new Map<number, number>();
    let isKeyFrameWanted = true;
    const life = new Life(ended);
    const encoder = new VideoEncoder({
      output: (chunk, metadata) => {
        const layer = layerOf(metadata, temporalLayers);
        life.give(() => give({ ...encodedChunk(chunk, times), ...(layer && { layer }) }));
      },
      error: (error) => life.end(error),
    });
    const string = /profile-level-id=([\da-f]{6})/i.exec(parameters)?.[1];
    encoder.configure({
      codec: codec === 'H264' && string ? `avc1.${string}` : CODEC_STRINGS[codec],
      ...encodedSize,
      bitrate: Math.round(bitrateBps),
      framerate: frameRate,
      latencyMode: this.traits.latencyMode ?? 'realtime',
      ...(temporalLayers > 1 && { scalabilityMode: `L1T${temporalLayers}` }),
      ...(codec === 'H264' && { avc: { format: 'annexb' } }),
    });
    return {
      ...life.coder(encoder, () => encoder.encodeQueueSize),
      write: (picture) => {
        if (!life.isOpen || encoder.encodeQueueSize > MOST_QUEUED) return false;
        const frame = new VideoFrame(new Uint8Array(picture.data), {
          format: 'I420',
          codedWidth: picture.width,
          codedHeight: picture.height,
          timestamp: microseconds(picture.timestampMs, times),
        });
        const scaled =
          encodedSize.width === width && encodedSize.height === height ? frame : this.scaled(frame, picture, encodedSize);
        encoder.encode(scaled, { keyFrame: isKeyFrameWanted });
        isKeyFrameWanted = false;
        scaled.close();
        return true;
      },
      requestKeyFrame: () => {
        isKeyFrameWanted = true;
      },
    };
  }

  encodeAudio(settings: AudioEncoderSettings, give: (chunk: EncodedChunk) => void, ended: Ended): Coder<Sound> {
    const { AudioEncoder, AudioData } = this.module;
    const { codec, sampleRate, channels: numberOfChannels, bitrateBps } = settings;
    const times = new Map<number, number>();
    const life = new Life(ended);
    const encoder = new AudioEncoder({
      output: (chunk) => life.give(() => give(encodedChunk(chunk, times))),
      error: (error) => life.end(error),
    });
    encoder.configure({ codec, sampleRate, numberOfChannels, bitrate: bitrateBps });
    return {
      ...life.coder(encoder, () => encoder.encodeQueueSize),
      write: ({ samples, timestampMs }) => {
        if (!life.isOpen) return false;
        const numberOfFrames = samples.length / numberOfChannels;
        const timestamp = microseconds(timestampMs, times);
        const data = new Int16Array(samples);
        const sound = new AudioData({ format: 's16', sampleRate, numberOfFrames, numberOfChannels, timestamp, data });
        encoder.encode(sound);
        sound.close();
        return true;
      },
    };
  }

  decodeVideo(codec: string, size: PictureSize | undefined, give: (picture: Picture) => void, ended: Ended): Coder<EncodedChunk> {
    const { VideoDecoder, EncodedVideoChunk } = this.module;
    const times = new Map<number, number>();
    const life = new Life(ended);
    const decoder = new VideoDecoder({
      output: (frame) =>
        life.later(async () => {
          const picture = await pictureOf(frame, times);
          frame.close();
          life.give(() => give(size ? { ...size, timestampMs: picture.timestampMs, data: scaleI420(picture, size) } : picture));
        }),
      error: (error) => life.end(error),
    });
    decoder.configure({ codec: CODEC_STRINGS[codec] });
    return {
      ...life.coder(decoder, () => decoder.decodeQueueSize),
      write: ({ data, isKeyFrame, timestampMs }) => {
        if (!life.isOpen) return false;
        const type = isKeyFrame ? 'key' : 'delta';
        decoder.decode(new EncodedVideoChunk({ type, timestamp: microseconds(timestampMs, times), data: new Uint8Array(data) }));
        return true;
      },
    };
  }

  decodeAudio(
    codec: string,
    { sampleRate, channels }: SoundFormat,
    give: (sound: Sound) => void,
    ended: Ended,
  ): Coder<EncodedChunk> {
    const { AudioDecoder, EncodedAudioChunk } = this.module;
    const times = new Map<number, number>();
    const life = new Life(ended);
    const decoder = new AudioDecoder({
      output: (audio) =>
        life.give(() => {
          const samples = samplesOf(audio);
          const timestampMs = timeOf(audio.timestamp, times);
          const { sampleRate, numberOfChannels: channels } = audio;
          audio.close();
          give({ sampleRate, channels, samples, timestampMs });
        }),
      error: (error) => life.end(error),
    });
    decoder.configure({ codec, sampleRate, numberOfChannels: channels });
    return {
      ...life.coder(decoder, () => decoder.decodeQueueSize),
      write: ({ data, timestampMs }) => {
        if (!life.isOpen) return false;
        const timestamp = microseconds(timestampMs, times);
        decoder.decode(new EncodedAudioChunk({ type: 'key', timestamp, data: new Uint8Array(data) }));
        return true;
      },
    };
  }

  readPictures(): RawReading {
    throw new EngineError(`${this.name} has codecs only: to read files and devices, ffmpeg is needed`);
  }

  readSound(): RawReading {
    throw new EngineError(`${this.name} has codecs only: to read files and devices, ffmpeg is needed`);
  }

  private scaled(frame: FrameObject, picture: Picture, size: PictureSize): FrameObject {
    const { timestamp } = frame;
    frame.close();
    const init = { format: 'I420', codedWidth: size.width, codedHeight: size.height, timestamp };
    return new this.module.VideoFrame(scaleI420(picture, size), init);
  }
}

/** The end of a coder, told once; and what it still does before. */
class Life {
  isOpen = true;
  private isTold = false;
  private pending: Promise<void> = Promise.resolve();
  private readonly waiting = new Set<() => void>();

  constructor(private readonly ended: Ended) {}

  give(task: () => void): void {
    if (!this.isTold) task();
  }

  /** Done after what came before. */
  later(task: () => Promise<void>): void {
    this.pending = this.pending.then(task).catch((error: unknown) => this.end(error));
  }

  end(error: unknown): void {
    this.shut();
    if (this.isTold) return;
    this.isTold = true;
    this.ended(
      error === undefined ? undefined : new EngineError(error instanceof Error ? error.message : String(error), { cause: error }),
    );
  }

  /** Nobody waits for room any more. */
  private shut(): void {
    this.isOpen = false;
    for (const resolve of this.waiting) resolve();
    this.waiting.clear();
  }

  /** What every coder has but `write`. */
  coder(object: CoderObject, queued: () => number): Omit<Coder<never>, 'write'> {
    return {
      ready: async () => {
        while (this.isOpen && queued() > MOST_QUEUED)
          await new Promise<void>((resolve) => {
            this.waiting.add(resolve);
            object.addEventListener('dequeue', resolve, { once: true });
          });
      },
      finish: () => {
        this.isOpen = false;
        object.flush().then(
          () => this.pending.then(() => this.end(undefined)).then(() => closeQuietly(object)),
          (error: unknown) => this.end(error),
        );
      },
      close: () => {
        this.shut();
        this.isTold = true;
        closeQuietly(object);
      },
    };
  }
}

/** Closing what an error has closed is an InvalidStateError, and no news. */
function closeQuietly(object: CoderObject & { readonly state?: string }): void {
  if (object.state !== 'closed') object.close();
}

/** Modules count microseconds in whole numbers; ours come back as they were. */
function microseconds(timestampMs: number, times: Map<number, number>): number {
  const timestamp = Math.round(timestampMs * 1_000);
  times.set(timestamp, timestampMs);
  return timestamp;
}

function timeOf(timestamp: number, times: Map<number, number>): number {
  const timestampMs = times.get(timestamp) ?? timestamp / 1_000;
  times.delete(timestamp);
  return timestampMs;
}

function encodedChunk(chunk: ChunkObject, times: Map<number, number>): EncodedChunk {
  const data = new Uint8Array(chunk.byteLength);
  chunk.copyTo(data);
  return { data, isKeyFrame: chunk.type === 'key', timestampMs: timeOf(chunk.timestamp, times) };
}

/** By way of planes of floats, which every module copies (W3C webcodecs, "copyTo"); to 16 bits, one of them does not convert. */
function samplesOf(audio: AudioObject): Int16Array {
  const { numberOfFrames, numberOfChannels } = audio;
  const samples = new Int16Array(numberOfFrames * numberOfChannels);
  const plane = new Float32Array(numberOfFrames);
  for (let planeIndex = 0; planeIndex < numberOfChannels; planeIndex++) {
    audio.copyTo(new Uint8Array(plane.buffer), { planeIndex, format: 'f32-planar' });
    for (let at = 0; at < numberOfFrames; at++)
      samples[at * numberOfChannels + planeIndex] = Math.max(-32_768, Math.min(32_767, Math.round(plane[at]! * 32_768)));
  }
  return samples;
}

async function pictureOf(frame: FrameObject, times: Map<number, number>): Promise<Picture> {
  const { format, visibleRect, timestamp } = frame;
  if (!visibleRect || !isPixelFormat(format))
    throw new EngineError(`A picture came in ${String(format)}, which is not known here`);
  const { width, height } = visibleRect;
  const data = new Uint8Array(frame.allocationSize());
  await frame.copyTo(data);
  const { planes } = layoutOf(format, { x: 0, y: 0, width, height });
  const timestampMs = timeOf(timestamp, times);
  return { width, height, timestampMs, data: format === 'I420' ? data : toI420({ format, width, height, data, planes }) };
}

/** The layer that a module tells of a chunk (W3C webcodecs, SvcOutputMetadata); it does not tell what frames lean on. */
function layerOf(metadata: unknown, temporalLayers: number): TemporalLayer | undefined {
  if (temporalLayers < 2 || typeof metadata !== 'object' || metadata === null || !('svc' in metadata)) return undefined;
  const { svc } = metadata;
  if (typeof svc !== 'object' || svc === null || !('temporalLayerId' in svc)) return undefined;
  const temporalId = Number(svc.temporalLayerId);
  return { temporalId, isLayerSync: false, isDiscardable: temporalId === temporalLayers - 1 };
}

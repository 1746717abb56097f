import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { promisify } from 'node:util';
import { EngineError } from '../engine-error.js';
import { EngineChild } from '../ffmpeg/child.js';
import { LayerPattern, MAX_TEMPORAL_LAYERS } from '../ffmpeg/temporal-layers.js';
import { findInstalled } from '../installed-module.js';
import {
  type AudioEncoderSettings,
  type Coder,
  type EncodedChunk,
  type Ended,
  i420Bytes,
  type MediaEngine,
  type Picture,
  type PictureFormat,
  type PictureSize,
  type RawInput,
  type RawReading,
  type Sound,
  type SoundFormat,
  type VideoEncoderSettings,
  type VideoEncoding,
} from '../media-engine.js';
import type { Abilities, Job } from './job.js';
import { type Message, MessageReader, messageHead } from './message.js';

/** A program that is read from a slow disk for the first time needs long. */
const ASK_LIMIT_MS = 60_000;
/** What may wait for a process: pictures, sound and encoded bytes. */
const WAITING_PICTURES = 3;
const WAITING_SOUND_MS = 400;
const WAITING_BYTES = 2 * 1024 * 1024;
/** SVT-AV1 says only what goes wrong. */
const ENVIRONMENT = { SVT_LOG: '1' };
const run = promisify(execFile);

/** The program of a process, found by its package's name: this file runs compiled, as it is written, or out of a bundle. */
const program = (): string => createRequire(import.meta.url).resolve('@maru/media/node-av');

/** FFmpeg as the npm package `node-av` has it, which the user installed; in a process for each codec at work, never in ours. */
export class NodeAvEngine implements MediaEngine {
  readonly name = 'node-av';
  readonly encodes: ReadonlySet<string>;
  readonly decodes: ReadonlySet<string>;
  readonly temporalLayers: ReadonlyMap<string, number>;

  private constructor({ encodes, decodes }: Abilities) {
    this.encodes = new Set(encodes);
    this.decodes = new Set(decodes);
    this.temporalLayers = new Map(
      ['VP8', 'VP9'].filter((name) => this.encodes.has(name)).map((name) => [name, MAX_TEMPORAL_LAYERS]),
    );
  }

  /** Asks the package what it can do. Rejects with an {@link EngineError} where it is not installed, or does not run. */
  static async find(): Promise<NodeAvEngine> {
    findInstalled('node-av/lib');
    try {
      const argument = JSON.stringify({ type: 'ask' } satisfies Job);
      const { stdout } = await run(process.execPath, [program(), argument], { timeout: ASK_LIMIT_MS });
      return new NodeAvEngine(JSON.parse(stdout) as Abilities);
    } catch (error) {
      const why = error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error);
      throw new EngineError(`node-av does not run: ${why.trim()}`, { cause: error });
    }
  }

  encodeVideo(settings: VideoEncoderSettings, give: (chunk: EncodedChunk) => void, ended: Ended): VideoEncoding {
    this.need(this.encodes, settings.codec);
    const isLayered = this.temporalLayers.has(settings.codec);
    const layers = settings.temporalLayers && isLayered ? LayerPattern.of(settings.temporalLayers) : undefined;
    const child = this.begin({ type: 'encode-video', settings }, WAITING_PICTURES * i420Bytes(settings), ended, (message) => {
      const { data, timestampMs, isKeyFrame } = message;
      const layer = layers?.next(isKeyFrame);
      give({ data, timestampMs, isKeyFrame, ...(layer && { layer }) });
    });
    let isKeyFrameWanted = false;
    return {
      ...coderOf(child),
      write({ data, timestampMs, width, height }) {
        const isTaken = send(child, { data, timestampMs, width, height, isKeyFrame: isKeyFrameWanted });
        if (isTaken) isKeyFrameWanted = false;
        return isTaken;
      },
      requestKeyFrame() {
        isKeyFrameWanted = true;
      },
    };
  }

  encodeAudio(settings: AudioEncoderSettings, give: (chunk: EncodedChunk) => void, ended: Ended): Coder<Sound> {
    this.need(this.encodes, settings.codec);
    const waitingBytes = (WAITING_SOUND_MS * settings.sampleRate * settings.channels * 2) / 1_000;
    const child = this.begin({ type: 'encode-audio', settings }, waitingBytes, ended, ({ data, timestampMs }) =>
      give({ data, timestampMs, isKeyFrame: true }),
    );
    return {
      ...coderOf(child),
      write({ samples, timestampMs }) {
        const data = new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
        return send(child, { data, timestampMs, isKeyFrame: false, width: 0, height: 0 });
      },
    };
  }

  decodeVideo(codec: string, size: PictureSize | undefined, give: (picture: Picture) => void, ended: Ended): Coder<EncodedChunk> {
    this.need(this.decodes, codec);
    const job: Job = { type: 'decode-video', codec, size };
    return decoderOf(
      this.begin(job, WAITING_BYTES, ended, ({ data, timestampMs, width, height }) => give({ data, timestampMs, width, height })),
    );
  }

  decodeAudio(codec: string, format: SoundFormat, give: (sound: Sound) => void, ended: Ended): Coder<EncodedChunk> {
    this.need(this.decodes, codec);
    const job: Job = { type: 'decode-audio', format };
    return decoderOf(this.begin(job, WAITING_BYTES, ended, (message) => give(soundOf(message, format))));
  }

  readPictures(input: RawInput, format: PictureFormat, give: (picture: Picture) => void, ended: Ended): RawReading {
    const job: Job = { type: 'read-pictures', input, format };
    return this.begin(job, 0, ended, ({ data, timestampMs, width, height }) => give({ data, timestampMs, width, height }));
  }

  readSound(input: RawInput, format: SoundFormat, give: (sound: Sound) => void, ended: Ended): RawReading {
    return this.begin({ type: 'read-sound', input, format }, 0, ended, (message) => give(soundOf(message, format)));
  }

  private need(able: ReadonlySet<string>, codec: string): void {
    if (!able.has(codec)) throw new EngineError(`This node-av does not know ${codec}`);
  }

  private begin(job: Job, maxWaitingBytes: number, ended: Ended, take: (message: Message) => void): EngineChild {
    const reader = new MessageReader(take);
    return new EngineChild({
      program: process.execPath,
      args: [program(), JSON.stringify(job)],
      environment: ENVIRONMENT,
      maxWaitingBytes,
      data: (bytes) => reader.push(bytes),
      ended,
    });
  }
}

const send = (child: EngineChild, message: Message): boolean => child.write(messageHead(message), message.data);

function coderOf(child: EngineChild): Omit<Coder<never>, 'write'> {
  return { ready: () => child.ready(), finish: () => child.finish(), close: () => child.close() };
}

function decoderOf(child: EngineChild): Coder<EncodedChunk> {
  return {
    ...coderOf(child),
    write: ({ data, timestampMs, isKeyFrame }) => send(child, { data, timestampMs, isKeyFrame, width: 0, height: 0 }),
  };
}

function soundOf({ data, timestampMs }: Message, { sampleRate, channels }: SoundFormat): Sound {
  return { sampleRate, channels, samples: new Int16Array(data.buffer, data.byteOffset, data.length / 2), timestampMs };
}

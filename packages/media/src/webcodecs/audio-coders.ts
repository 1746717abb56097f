import { defineInterface } from '@maru/webrtc/webidl';
import { findEngine } from '../engine/find-engine.js';
import type { Coder, EncodedChunk, Ended, MediaEngine, Sound } from '../engine/media-engine.js';
import { AudioData, audioOfSound, soundOfAudio } from './audio-data.js';
import { type BufferSource, bytesOfSource } from './buffers.js';
import { Codec, type CodecInit } from './codec.js';
import { parseCodecString } from './codec-string.js';
import { bytesOfChunk, EncodedAudioChunk } from './encoded-chunk.js';
import { dataError, notSupported } from './exceptions.js';

const USUAL_BPS = 64_000;
const PACKET_US = 20_000;
const [LEAST_BPS, MOST_BPS] = [6_000, 510_000];

export interface AudioEncoderConfig {
  readonly codec: string;
  readonly sampleRate: number;
  readonly numberOfChannels: number;
  readonly bitrate?: number;
  readonly bitrateMode?: 'constant' | 'variable';
  readonly opus?: { readonly format?: 'opus' | 'ogg'; readonly frameDuration?: number };
}

export interface AudioDecoderConfig {
  readonly codec: string;
  readonly sampleRate: number;
  readonly numberOfChannels: number;
  readonly description?: BufferSource;
}

export interface EncodedAudioChunkMetadata {
  readonly decoderConfig?: AudioDecoderConfig;
}

export type AudioEncoderInit = CodecInit<[EncodedAudioChunk, EncodedAudioChunkMetadata]>;
export type AudioDecoderInit = CodecInit<[AudioData]>;

export interface AudioEncoderSupport {
  readonly supported: boolean;
  readonly config: AudioEncoderConfig;
}

export interface AudioDecoderSupport {
  readonly supported: boolean;
  readonly config: AudioDecoderConfig;
}

/** Encodes sound with Opus, 20 ms a packet (W3C webcodecs, AudioEncoder). Sounds follow one another without gaps. */
export class AudioEncoder extends Codec<[EncodedAudioChunk, EncodedAudioChunkMetadata], Sound> {
  #config: AudioEncoderConfig | undefined;
  #isTold = false;

  constructor(init: AudioEncoderInit) {
    super(init);
  }

  static async isConfigSupported(config: AudioEncoderConfig, engine?: MediaEngine): Promise<AudioEncoderSupport> {
    const valid = validConfig(config);
    const found = engine ?? (await findEngine().catch(() => undefined));
    return { supported: found !== undefined && isEncoded(valid, found), config: valid };
  }

  get encodeQueueSize(): number {
    return this.waiting;
  }

  configure(config: AudioEncoderConfig): void {
    const valid = validConfig(config);
    this.accept((engine) => {
      if (!isEncoded(valid, engine)) throw notSupported(`${valid.codec} is not encoded so by ${engine.name}`);
      this.#config = valid;
      this.#isTold = false;
    });
  }

  /** Takes what the data is now; the caller closes it. */
  encode(data: AudioData): void {
    if (!(data instanceof AudioData)) throw new TypeError('The value is not an AudioData');
    if (data.format === null) throw new TypeError('The AudioData is closed');
    this.requireConfigured();
    const own = data.clone();
    this.enqueue(
      () => {
        const { sampleRate, numberOfChannels } = this.#config!;
        const isFitting = own.sampleRate === sampleRate && own.numberOfChannels === numberOfChannels;
        return isFitting ? soundOfAudio(own) : undefined;
      },
      () => own.close(),
    );
  }

  protected override begin(
    engine: MediaEngine,
    give: (chunk: EncodedAudioChunk, metadata: EncodedAudioChunkMetadata) => void,
    ended: Ended,
  ): Coder<Sound> {
    const { codec, sampleRate, numberOfChannels, bitrate = USUAL_BPS } = this.#config!;
    return engine.encodeAudio(
      { codec: 'opus', sampleRate, channels: numberOfChannels, bitrateBps: bitrate },
      ({ data, timestampMs }) => {
        const chunk = new EncodedAudioChunk({
          type: 'key',
          timestamp: Math.round(timestampMs * 1_000),
          duration: PACKET_US,
          data,
        });
        const isTold = this.#isTold;
        this.#isTold = true;
        give(chunk, isTold ? {} : { decoderConfig: { codec, sampleRate, numberOfChannels } });
      },
      ended,
    );
  }
}

/** Decodes Opus (W3C webcodecs, AudioDecoder). Each AudioData is yours to close. */
export class AudioDecoder extends Codec<[AudioData], EncodedChunk> {
  #config: AudioDecoderConfig | undefined;
  #needsKeyChunk = true;

  constructor(init: AudioDecoderInit) {
    super(init);
  }

  static async isConfigSupported(config: AudioDecoderConfig, engine?: MediaEngine): Promise<AudioDecoderSupport> {
    const valid = validConfig(config);
    const found = engine ?? (await findEngine().catch(() => undefined));
    return { supported: found !== undefined && isDecoded(valid, found), config: valid };
  }

  get decodeQueueSize(): number {
    return this.waiting;
  }

  configure(config: AudioDecoderConfig): void {
    const valid = validConfig(config);
    this.accept((engine) => {
      if (!isDecoded(valid, engine)) throw notSupported(`${valid.codec} is not decoded so by ${engine.name}`);
      this.#config = valid;
    });
    this.#needsKeyChunk = true;
  }

  decode(chunk: EncodedAudioChunk): void {
    if (!(chunk instanceof EncodedAudioChunk)) throw new TypeError('The value is not an EncodedAudioChunk');
    this.requireConfigured();
    if (this.#needsKeyChunk && chunk.type !== 'key') throw dataError('After configure() and flush() a key chunk is needed first');
    this.#needsKeyChunk = false;
    const item = { data: bytesOfChunk(chunk), isKeyFrame: true, timestampMs: chunk.timestamp / 1_000 };
    this.enqueue(
      () => item,
      () => undefined,
    );
  }

  protected override flushing(): void {
    this.#needsKeyChunk = true;
  }

  protected override begin(engine: MediaEngine, give: (data: AudioData) => void, ended: Ended): Coder<EncodedChunk> {
    const { sampleRate, numberOfChannels: channels } = this.#config!;
    const onSound = (sound: Sound): void => give(audioOfSound(sound, Math.round(sound.timestampMs * 1_000)));
    return engine.decodeAudio('opus', { sampleRate, channels }, onSound, ended);
  }
}

type AudioConfig = AudioEncoderConfig & AudioDecoderConfig;

/** W3C webcodecs, "valid AudioEncoderConfig" and "valid AudioDecoderConfig": the members that are known, or a TypeError. */
function validConfig(config: AudioEncoderConfig | AudioDecoderConfig): AudioConfig {
  if (typeof config !== 'object' || config === null) throw new TypeError('The config is not an object');
  const { codec, sampleRate, numberOfChannels, bitrate, bitrateMode, opus, description }: Partial<AudioConfig> = config;
  if (typeof codec !== 'string' || codec.trim() === '') throw new TypeError('The config lacks its codec');
  if (!(Number.isInteger(sampleRate) && Number(sampleRate) > 0)) throw new TypeError('sampleRate is a whole number from 1 on');
  if (!(Number.isInteger(numberOfChannels) && Number(numberOfChannels) > 0))
    throw new TypeError('numberOfChannels is a whole number from 1 on');
  const copied = description === undefined ? undefined : new Uint8Array(bytesOfSource(description, 'description'));
  const all = { codec, sampleRate, numberOfChannels, bitrate, bitrateMode, opus: opus && { ...opus }, description: copied };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as unknown as AudioConfig;
}

function isEncoded(
  { codec, numberOfChannels, bitrate = USUAL_BPS, opus }: AudioEncoderConfig,
  { encodes }: MediaEngine,
): boolean {
  if (parseCodecString(codec)?.name !== 'opus' || !encodes.has('opus')) return false;
  const isPacketed = (opus?.format ?? 'opus') === 'opus' && (opus?.frameDuration ?? PACKET_US) === PACKET_US;
  return isPacketed && numberOfChannels <= 2 && bitrate >= LEAST_BPS && bitrate <= MOST_BPS;
}

function isDecoded({ codec, numberOfChannels }: AudioDecoderConfig, { decodes }: MediaEngine): boolean {
  return parseCodecString(codec)?.name === 'opus' && decodes.has('opus') && numberOfChannels <= 2;
}

defineInterface(AudioEncoder, 'AudioEncoder');
defineInterface(AudioDecoder, 'AudioDecoder');

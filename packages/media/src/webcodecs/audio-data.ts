import { defineInterface } from '@maru/webrtc/webidl';
import type { Sound } from '../engine/media-engine.js';
import { type AudioSampleFormat, convertSamples, isPlanar, isSampleFormat, SAMPLE_BYTES } from './audio-format.js';
import { type BufferSource, bytesOfSource, demandTransferable, transferAway } from './buffers.js';
import { Share } from './share.js';

export interface AudioDataInit {
  readonly format: AudioSampleFormat;
  readonly sampleRate: number;
  readonly numberOfFrames: number;
  readonly numberOfChannels: number;
  /** In microseconds. */
  readonly timestamp: number;
  readonly data: BufferSource;
  readonly transfer?: readonly ArrayBuffer[];
}

export interface AudioDataCopyToOptions {
  readonly planeIndex: number;
  readonly frameOffset?: number;
  readonly frameCount?: number;
  readonly format?: AudioSampleFormat;
}

/** Samples that clones share and nobody writes to. */
interface Resource {
  readonly format: AudioSampleFormat;
  readonly sampleRate: number;
  readonly numberOfFrames: number;
  readonly numberOfChannels: number;
  readonly data: Uint8Array;
}

interface Slots {
  readonly share: Share<Resource>;
  readonly sampleRate: number;
  readonly timestamp: number;
}

let slotsOf: (data: AudioData) => Slots;
const OWN = Symbol('own');

/** Some milliseconds of sound (W3C webcodecs, AudioData). Whoever has it closes it, or hands it on. */
export class AudioData {
  readonly #slots: Slots;

  static {
    slotsOf = (data) => data.#slots;
  }

  constructor(init: AudioDataInit) {
    if (typeof init !== 'object' || init === null) throw new TypeError('The AudioDataInit is not an object');
    this.#slots = OWN in init ? (init as unknown as { readonly [OWN]: Slots })[OWN] : slotsFromInit(init);
  }

  get format(): AudioSampleFormat | null {
    return this.#slots.share.resource?.format ?? null;
  }

  get sampleRate(): number {
    return this.#slots.share.resource ? this.#slots.sampleRate : 0;
  }

  get numberOfFrames(): number {
    return this.#slots.share.resource?.numberOfFrames ?? 0;
  }

  get numberOfChannels(): number {
    return this.#slots.share.resource?.numberOfChannels ?? 0;
  }

  /** In microseconds. */
  get duration(): number {
    const { resource } = this.#slots.share;
    return resource ? Math.trunc((resource.numberOfFrames * 1_000_000) / resource.sampleRate) : 0;
  }

  get timestamp(): number {
    return this.#slots.timestamp;
  }

  /** How many bytes {@link copyTo} needs. */
  allocationSize(options: AudioDataCopyToOptions): number {
    const { format, elements } = copyPlan(this.#slots.share.demand(), options);
    return elements * SAMPLE_BYTES[format];
  }

  /** Copies one plane, or all samples of an interleaved format. */
  copyTo(destination: BufferSource, options: AudioDataCopyToOptions): void {
    const resource = this.#slots.share.demand();
    const { format, elements, first, planeIndex } = copyPlan(resource, options);
    const target = bytesOfSource(destination, 'destination');
    const needed = elements * SAMPLE_BYTES[format];
    if (target.length < needed) throw new RangeError(`The destination has ${target.length} bytes, ${needed} are needed`);
    convertSamples(resource, { format, planeIndex, first, elements }, target);
  }

  clone(): AudioData {
    return audioOf({ ...this.#slots, share: this.#slots.share.again() });
  }

  close(): void {
    this.#slots.share.giveUp();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

const shareOf = (resource: Resource): Share<Resource> => new Share(resource, 'AudioData');

const audioOf = (slots: Slots): AudioData => Reflect.construct(AudioData, [{ [OWN]: slots }]) as AudioData;

function slotsFromInit(init: AudioDataInit): Slots {
  const { format, sampleRate, numberOfFrames, numberOfChannels, timestamp, transfer = [] } = init;
  if (!isSampleFormat(format)) throw new TypeError(`"${String(format)}" is no sample format`);
  if (!(Number.isFinite(sampleRate) && sampleRate > 0)) throw new TypeError('sampleRate is more than 0');
  for (const count of [numberOfFrames, numberOfChannels])
    if (!(Number.isInteger(count) && count > 0))
      throw new TypeError('numberOfFrames and numberOfChannels are whole numbers from 1 on');
  if (!Number.isFinite(timestamp)) throw new TypeError('timestamp is a number of microseconds');
  const given = bytesOfSource(init.data, 'data');
  const needed = numberOfFrames * numberOfChannels * SAMPLE_BYTES[format];
  if (given.length < needed) throw new TypeError(`The data has ${given.length} bytes, ${needed} are needed`);
  demandTransferable(transfer);
  const data = new Uint8Array(given.subarray(0, needed));
  transferAway(transfer);
  return {
    share: shareOf({ format, sampleRate, numberOfFrames, numberOfChannels, data }),
    sampleRate,
    timestamp: Math.trunc(timestamp),
  };
}

/** W3C webcodecs, "compute copy element count", with its errors. */
function copyPlan(
  resource: Resource,
  { planeIndex, frameOffset = 0, frameCount, format = resource.format }: AudioDataCopyToOptions,
) {
  if (!isSampleFormat(format)) throw new TypeError(`"${String(format)}" is no sample format`);
  const planes = isPlanar(format) ? resource.numberOfChannels : 1;
  if (!(Number.isInteger(planeIndex) && planeIndex >= 0)) throw new TypeError('planeIndex is a whole number');
  if (planeIndex >= planes) throw new RangeError(`There are ${planes} planes`);
  if (frameOffset >= resource.numberOfFrames) throw new RangeError(`There are ${resource.numberOfFrames} frames`);
  const frames = frameCount ?? resource.numberOfFrames - frameOffset;
  if (frames > resource.numberOfFrames - frameOffset) throw new RangeError(`There are ${resource.numberOfFrames} frames`);
  const perFrame = isPlanar(format) ? 1 : resource.numberOfChannels;
  return { format, planeIndex, first: frameOffset * perFrame, elements: frames * perFrame };
}

/** A decoded sound, whose samples it keeps. */
export function audioOfSound({ sampleRate, channels, samples }: Sound, timestamp: number): AudioData {
  const data = new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
  const numberOfFrames = samples.length / channels;
  return audioOf({
    share: shareOf({ format: 's16', sampleRate, numberOfFrames, numberOfChannels: channels, data }),
    sampleRate,
    timestamp,
  });
}

/** For encoders; undefined when it is closed. */
export function soundOfAudio(audio: AudioData): Sound | undefined {
  const { share, timestamp } = slotsOf(audio);
  const { resource } = share;
  if (!resource) return undefined;
  const { numberOfFrames, numberOfChannels: channels, sampleRate } = resource;
  const samples = new Int16Array(numberOfFrames * channels);
  const out = new Uint8Array(samples.buffer);
  convertSamples(resource, { format: 's16', planeIndex: 0, first: 0, elements: samples.length }, out);
  return { sampleRate, channels, samples, timestampMs: timestamp / 1_000 };
}

defineInterface(AudioData, 'AudioData');

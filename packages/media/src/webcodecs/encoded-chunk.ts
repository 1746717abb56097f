import { defineInterface } from '@maru/webrtc/webidl';
import { type BufferSource, bytesOfSource, transferAway } from './buffers.js';
import { dataClone } from './exceptions.js';

export type EncodedChunkType = 'key' | 'delta';

export interface EncodedChunkInit {
  readonly type: EncodedChunkType;
  /** In microseconds. */
  readonly timestamp: number;
  readonly duration?: number;
  readonly data: BufferSource;
  readonly transfer?: readonly ArrayBuffer[];
}

let bytesOf: (chunk: EncodedChunkBase) => Uint8Array;

/** What chunks of pictures and of sound have in common: bytes that do not change. */
class EncodedChunkBase {
  readonly #type: EncodedChunkType;
  readonly #timestamp: number;
  readonly #duration: number | null;
  readonly #data: Uint8Array;

  static {
    bytesOf = (chunk) => chunk.#data;
  }

  constructor(init: EncodedChunkInit) {
    if (typeof init !== 'object' || init === null) throw new TypeError('The init is not an object');
    const { type, timestamp, duration, transfer = [] } = init;
    if (type !== 'key' && type !== 'delta') throw new TypeError(`"${String(type)}" is neither "key" nor "delta"`);
    if (!Number.isFinite(timestamp)) throw new TypeError('timestamp is a number of microseconds');
    if (new Set(transfer).size !== transfer.length) throw dataClone('A buffer cannot be handed over twice');
    this.#type = type;
    this.#timestamp = Math.trunc(timestamp);
    this.#duration = duration === undefined ? null : Math.trunc(duration);
    this.#data = new Uint8Array(bytesOfSource(init.data, 'data'));
    transferAway(transfer.filter((buffer) => buffer.byteLength > 0));
  }

  get type(): EncodedChunkType {
    return this.#type;
  }

  get timestamp(): number {
    return this.#timestamp;
  }

  get duration(): number | null {
    return this.#duration;
  }

  get byteLength(): number {
    return this.#data.length;
  }

  copyTo(destination: BufferSource): void {
    const target = bytesOfSource(destination, 'destination');
    if (target.length < this.#data.length)
      throw new TypeError(`The destination has ${target.length} bytes, ${this.#data.length} are needed`);
    target.set(this.#data);
  }
}

/** An encoded picture (W3C webcodecs, EncodedVideoChunk). */
export class EncodedVideoChunk extends EncodedChunkBase {}

/** Some milliseconds of encoded sound (W3C webcodecs, EncodedAudioChunk). */
export class EncodedAudioChunk extends EncodedChunkBase {}

/** The bytes of a chunk, to be read only. */
export const bytesOfChunk = (chunk: EncodedVideoChunk | EncodedAudioChunk): Uint8Array => bytesOf(chunk);

defineInterface(EncodedChunkBase, 'EncodedChunk');
defineInterface(EncodedVideoChunk, 'EncodedVideoChunk');
defineInterface(EncodedAudioChunk, 'EncodedAudioChunk');

import { optional, toDictionary } from '../../webidl/convert.js';
import { defineInterface, INTERNAL, type Internal } from '../../webidl/interface.js';
import type { FrameMetadata, FrameRecord } from './frame-transform.js';

/** W3C webrtc-encoded-transform, RTCEncodedVideoFrameMetadata. */
export type RTCEncodedVideoFrameMetadata = FrameMetadata;
/** W3C webrtc-encoded-transform, RTCEncodedAudioFrameMetadata. */
export type RTCEncodedAudioFrameMetadata = Omit<FrameMetadata, 'width' | 'height' | 'spatialIndex' | 'temporalIndex'>;
export type RTCEncodedVideoFrameType = 'empty' | 'key' | 'delta';

interface FrameSlots {
  readonly isKeyFrame: boolean;
  /** The transformer that may write it, and its place among its frames. */
  readonly owner: object | undefined;
  readonly counter: number;
  data: ArrayBuffer;
  readonly metadata: FrameMetadata;
}

/** A frame of our own, or the copy that a script makes of one. */
type FrameArguments<Frame> = [Internal, FrameRecord, object] | [Frame, { metadata?: FrameMetadata }?];

let videoSlots: (frame: RTCEncodedVideoFrame) => FrameSlots;
let audioSlots: (frame: RTCEncodedAudioFrame) => FrameSlots;

/** An encoded picture on its way (W3C webrtc-encoded-transform §5). */
export class RTCEncodedVideoFrame {
  readonly #slots: FrameSlots;

  static {
    videoSlots = (frame) => frame.#slots;
  }

  constructor(originalFrame: RTCEncodedVideoFrame, options?: { metadata?: RTCEncodedVideoFrameMetadata });
  constructor(...args: FrameArguments<RTCEncodedVideoFrame>);
  constructor(...[first, second, owner]: unknown[]) {
    if (first === INTERNAL) {
      this.#slots = ownSlots(second as FrameRecord, owner as object);
      return;
    }
    if (!(first instanceof RTCEncodedVideoFrame)) throw new TypeError('The original is not an RTCEncodedVideoFrame');
    this.#slots = copiedSlots(videoSlots(first), second, 'RTCEncodedVideoFrameOptions');
  }

  get type(): RTCEncodedVideoFrameType {
    const { data, isKeyFrame } = this.#slots;
    if (data.byteLength === 0) return 'empty';
    return isKeyFrame ? 'key' : 'delta';
  }

  get data(): ArrayBuffer {
    return this.#slots.data;
  }

  set data(value: ArrayBuffer) {
    this.#slots.data = toBuffer(value);
  }

  getMetadata(): RTCEncodedVideoFrameMetadata {
    return copyMetadata(this.#slots.metadata);
  }
}

/** Some milliseconds of encoded sound on their way (W3C webrtc-encoded-transform §6). */
export class RTCEncodedAudioFrame {
  readonly #slots: FrameSlots;

  static {
    audioSlots = (frame) => frame.#slots;
  }

  constructor(originalFrame: RTCEncodedAudioFrame, options?: { metadata?: RTCEncodedAudioFrameMetadata });
  constructor(...args: FrameArguments<RTCEncodedAudioFrame>);
  constructor(...[first, second, owner]: unknown[]) {
    if (first === INTERNAL) {
      this.#slots = ownSlots(second as FrameRecord, owner as object);
      return;
    }
    if (!(first instanceof RTCEncodedAudioFrame)) throw new TypeError('The original is not an RTCEncodedAudioFrame');
    this.#slots = copiedSlots(audioSlots(first), second, 'RTCEncodedAudioFrameOptions');
  }

  get data(): ArrayBuffer {
    return this.#slots.data;
  }

  set data(value: ArrayBuffer) {
    this.#slots.data = toBuffer(value);
  }

  getMetadata(): RTCEncodedAudioFrameMetadata {
    return copyMetadata(this.#slots.metadata);
  }
}

function ownSlots({ isKeyFrame, counter, data, metadata }: FrameRecord, owner: object): FrameSlots {
  return { isKeyFrame, counter, data, metadata, owner };
}

/** §5.2, §6.2: the bytes are copied; metadata that is given stands in place of the original's. */
function copiedSlots(original: FrameSlots, options: unknown, name: string): FrameSlots {
  const given = optional(toDictionary(options, name)['metadata'], (value) => toDictionary(value, name) as FrameMetadata);
  return { ...original, data: original.data.slice(0), metadata: copyMetadata({ ...original.metadata, ...given }) };
}

function copyMetadata(metadata: FrameMetadata): FrameMetadata {
  const { contributingSources } = metadata;
  return { ...metadata, ...(contributingSources && { contributingSources: [...contributingSources] }) };
}

function toBuffer(value: unknown): ArrayBuffer {
  if (!(value instanceof ArrayBuffer)) throw new TypeError('The data of a frame is an ArrayBuffer');
  return value;
}

/** The frame object of `record`, which only `owner` may write. */
export function frameOf(record: FrameRecord, owner: object): RTCEncodedVideoFrame | RTCEncodedAudioFrame {
  if (record.kind === 'video') return new RTCEncodedVideoFrame(INTERNAL, record, owner);
  return new RTCEncodedAudioFrame(INTERNAL, record, owner);
}

/** What a script wrote, if it is a frame; throws a TypeError otherwise. */
export function writtenFrame(value: unknown): Pick<FrameSlots, 'owner' | 'counter' | 'data'> {
  if (value instanceof RTCEncodedVideoFrame) return videoSlots(value);
  if (value instanceof RTCEncodedAudioFrame) return audioSlots(value);
  throw new TypeError('Only encoded frames can be written');
}

defineInterface(RTCEncodedVideoFrame, 'RTCEncodedVideoFrame');
defineInterface(RTCEncodedAudioFrame, 'RTCEncodedAudioFrame');
for (const target of [RTCEncodedVideoFrame, RTCEncodedAudioFrame]) Object.defineProperty(target, 'length', { value: 1 });

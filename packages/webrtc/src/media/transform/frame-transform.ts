import type { MediaKind } from '../track.js';

/** What a transform sees beside the bytes (webrtc-encoded-transform §5.1, §6.1: the metadata of both kinds of frames). */
export interface FrameMetadata {
  synchronizationSource?: number;
  payloadType?: number;
  contributingSources?: number[];
  rtpTimestamp?: number;
  mimeType?: string;
  /** When the frame came, on the clock of `performance.timeOrigin`; of received frames. */
  receiveTime?: number;
  /** When it was captured, on the same clock as far as the clock of who captured it agrees with ours; of received frames that tell. */
  captureTime?: number;
  /** What to add to the sender's clock to get that of who captured it, in milliseconds. */
  senderCaptureTimeOffset?: number;
  width?: number;
  height?: number;
  spatialIndex?: number;
  temporalIndex?: number;
}

/** A frame on its way through a transform, as it goes from thread to thread. */
export interface FrameRecord {
  readonly kind: MediaKind;
  readonly isKeyFrame: boolean;
  /** Counts the frames that went in; what comes out is known by it. */
  readonly counter: number;
  readonly rid: string | undefined;
  readonly data: ArrayBuffer;
  readonly metadata: FrameMetadata;
}

/** Where a transform gives back what it has made. */
export interface FrameOutlet {
  /** The frame with this counter now has these bytes. */
  frame(counter: number, data: Uint8Array): void;
  /** The script asks for key frames: of our encoder (of one rid), or of the other side. */
  requestKeyFrame(rid: string | undefined): void;
}

/** A transform at work for one sender or receiver. */
export interface FrameInlet {
  frame(record: FrameRecord): void;
  /** The other side needs a key frame (of one rid): the transform says whether the encoder is asked. Without this, it is asked. */
  keyFrameRequested?(rid: string | undefined): void;
  detach(): void;
}

/** What stands behind the object that a script gives to a sender or receiver. */
export interface FrameTransform {
  readonly isAttached: boolean;
  attach(direction: 'send' | 'receive', kind: MediaKind, outlet: FrameOutlet): FrameInlet;
}

const transforms = new WeakMap<object, FrameTransform>();

/** Makes `object` one that can be set as the `transform` of a sender or receiver. */
export function registerTransform(object: object, transform: FrameTransform): void {
  transforms.set(object, transform);
}

/** The transform behind `value`; throws a TypeError where there is none. */
export function transformOf(value: unknown): FrameTransform {
  const transform = typeof value === 'object' && value !== null ? transforms.get(value) : undefined;
  if (!transform) throw new TypeError('The value is neither an RTCRtpScriptTransform nor an SFrameTransform');
  return transform;
}

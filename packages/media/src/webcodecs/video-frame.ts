import { defineInterface } from '@maru/webrtc/webidl';
import type { Picture } from '../engine/media-engine.js';
import { type BufferSource, bytesOfSource, demandTransferable, transferAway } from './buffers.js';
import { VideoColorSpace, type VideoColorSpaceInit } from './color-space.js';
import { notSupported } from './exceptions.js';
import { toI420, toRgb } from './pixel-conversion.js';
import { isPixelFormat, isRgb, type VideoPixelFormat } from './pixel-format.js';
import { type CombinedLayout, copyPlanes, layoutOf, type PlaneLayout } from './plane-layout.js';
import { parseRect, type Rect, type RectInit, rectOf } from './rect.js';
import { Share } from './share.js';

export interface VideoFrameBufferInit {
  readonly format: VideoPixelFormat;
  readonly codedWidth: number;
  readonly codedHeight: number;
  /** In microseconds. */
  readonly timestamp: number;
  readonly duration?: number;
  readonly layout?: readonly PlaneLayout[];
  readonly visibleRect?: RectInit;
  readonly displayWidth?: number;
  readonly displayHeight?: number;
  readonly colorSpace?: VideoColorSpaceInit;
  /** Buffers that the frame takes from the caller; `data` among them is not copied. */
  readonly transfer?: readonly ArrayBuffer[];
}

export interface VideoFrameInit {
  readonly timestamp?: number;
  readonly duration?: number;
  readonly visibleRect?: RectInit;
  readonly displayWidth?: number;
  readonly displayHeight?: number;
}

export interface VideoFrameCopyToOptions {
  readonly rect?: RectInit;
  readonly layout?: readonly PlaneLayout[];
  /** Another RGB format than the frame's own; W3C webcodecs knows these conversions only. */
  readonly format?: VideoPixelFormat;
}

/** What clones of a frame share: bytes that nobody writes to. */
interface Resource {
  readonly format: VideoPixelFormat;
  readonly codedWidth: number;
  readonly codedHeight: number;
  readonly data: Uint8Array;
  readonly planes: readonly PlaneLayout[];
}

interface Slots {
  readonly share: Share<Resource>;
  readonly timestamp: number;
  readonly duration: number | null;
  readonly visibleRect: Rect;
  readonly displayWidth: number;
  readonly displayHeight: number;
  readonly colorSpace: VideoColorSpace;
}

let slotsOf: (frame: VideoFrame) => Slots;
const OWN = Symbol('own');

/** A picture (W3C webcodecs, VideoFrame). Whoever has it closes it, or hands it on. */
export class VideoFrame {
  readonly #slots: Slots;

  static {
    slotsOf = (frame) => frame.#slots;
  }

  constructor(data: BufferSource, init: VideoFrameBufferInit);
  constructor(image: VideoFrame, init?: VideoFrameInit);
  constructor(source: unknown, init: unknown = {}) {
    if (typeof init !== 'object' || init === null) throw new TypeError('The VideoFrameInit is not an object');
    if (OWN in init) this.#slots = source as Slots;
    else if (source instanceof VideoFrame) this.#slots = slotsFromFrame(source, init);
    else this.#slots = slotsFromBuffer(source, init as VideoFrameBufferInit);
  }

  get format(): VideoPixelFormat | null {
    return this.#slots.share.resource?.format ?? null;
  }

  get codedWidth(): number {
    return this.#slots.share.resource?.codedWidth ?? 0;
  }

  get codedHeight(): number {
    return this.#slots.share.resource?.codedHeight ?? 0;
  }

  get codedRect(): Rect | null {
    const { resource } = this.#slots.share;
    return resource ? rectOf({ x: 0, y: 0, width: resource.codedWidth, height: resource.codedHeight }) : null;
  }

  get visibleRect(): Rect | null {
    const { share, visibleRect } = this.#slots;
    return share.resource ? rectOf(visibleRect) : null;
  }

  get displayWidth(): number {
    return this.#slots.share.resource ? this.#slots.displayWidth : 0;
  }

  get displayHeight(): number {
    return this.#slots.share.resource ? this.#slots.displayHeight : 0;
  }

  /** In microseconds. */
  get timestamp(): number {
    return this.#slots.timestamp;
  }

  get duration(): number | null {
    return this.#slots.duration;
  }

  get colorSpace(): VideoColorSpace {
    return this.#slots.colorSpace;
  }

  /** How many bytes {@link copyTo} needs. */
  allocationSize(options: VideoFrameCopyToOptions = {}): number {
    return this.#layout(this.#slots.share.demand(), options).layout.allocationSize;
  }

  /** Copies the pixels; resolves with where each plane is. */
  async copyTo(destination: BufferSource, options: VideoFrameCopyToOptions = {}): Promise<PlaneLayout[]> {
    const resource = this.#slots.share.demand();
    const { layout, format, rect } = this.#layout(resource, options);
    const target = bytesOfSource(destination, 'destination');
    if (target.length < layout.allocationSize)
      throw new TypeError(`The destination has ${target.length} bytes, ${layout.allocationSize} are needed`);
    if (format === resource.format) return copyPlanes(resource.data, resource.planes, target, layout);
    const { codedWidth: width, codedHeight: height } = resource;
    const rgb = toRgb({ ...resource, width, height }, format);
    return copyPlanes(rgb, [{ offset: 0, stride: width * 4 }], target, layoutOf(format, rect, options.layout));
  }

  /** The same picture once more; each of the two is closed by itself. */
  clone(): VideoFrame {
    return frameOf({ ...this.#slots, share: this.#slots.share.again() });
  }

  close(): void {
    this.#slots.share.giveUp();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #layout(resource: Resource, { rect, layout, format = resource.format }: VideoFrameCopyToOptions): CopyPlan {
    if (!isPixelFormat(format)) throw new TypeError(`"${String(format)}" is no pixel format`);
    if (format !== resource.format && !isRgb(format))
      throw notSupported(`Frames in ${resource.format} are not copied as ${format}`);
    const whole = { width: resource.codedWidth, height: resource.codedHeight };
    const wanted = parseRect(rect, this.#slots.visibleRect, whole);
    return { format, rect: wanted, layout: layoutOf(format, wanted, layout) };
  }
}

interface CopyPlan {
  readonly format: VideoPixelFormat;
  readonly rect: Rect;
  readonly layout: CombinedLayout;
}

const shareOf = (resource: Resource): Share<Resource> => new Share(resource, 'frame');

// The one way in for frames that are made inside: their slots are ready.
const frameOf = (slots: Slots): VideoFrame => Reflect.construct(VideoFrame, [slots, { [OWN]: true }]) as VideoFrame;

function side(value: unknown, name: string): number {
  if (!(Number.isInteger(value) && Number(value) > 0)) throw new TypeError(`${name} is a whole number from 1 on`);
  return Number(value);
}

function microseconds(value: unknown, name: string): number {
  if (!Number.isFinite(Number(value)) || value === undefined || value === null)
    throw new TypeError(`${name} is a number of microseconds`);
  return Math.trunc(Number(value));
}

function slotsFromBuffer(source: unknown, init: VideoFrameBufferInit): Slots {
  const { format } = init;
  if (!isPixelFormat(format)) throw new TypeError(`"${String(format)}" is no pixel format that is known here`);
  const whole = { width: side(init.codedWidth, 'codedWidth'), height: side(init.codedHeight, 'codedHeight') };
  const timestamp = microseconds(init.timestamp, 'timestamp');
  const visibleRect = parseRect(init.visibleRect, { x: 0, y: 0, ...whole }, whole);
  const { allocationSize, planes } = layoutOf(format, { x: 0, y: 0, ...whole }, init.layout);
  const given = bytesOfSource(source, 'data');
  if (given.length < allocationSize) throw new TypeError(`The data has ${given.length} bytes, ${allocationSize} are needed`);
  const transfer = init.transfer ?? [];
  demandTransferable(transfer);
  const isTaken = given.buffer instanceof ArrayBuffer && transfer.includes(given.buffer);
  const data =
    isTaken && given.buffer instanceof ArrayBuffer
      ? takenOf(given, given.buffer)
      : new Uint8Array(given.subarray(0, allocationSize));
  transferAway(transfer);
  return {
    share: shareOf({ format, codedWidth: whole.width, codedHeight: whole.height, data, planes }),
    timestamp,
    duration: init.duration === undefined ? null : microseconds(init.duration, 'duration'),
    visibleRect,
    ...displaySize(init, visibleRect),
    colorSpace: new VideoColorSpace(init.colorSpace ?? usualColors(format)),
  };
}

/** The same bytes in a buffer that is ours alone. */
function takenOf(view: Uint8Array, buffer: ArrayBuffer): Uint8Array {
  const { byteOffset, byteLength } = view;
  return new Uint8Array(structuredClone(buffer, { transfer: [buffer] }), byteOffset, byteLength);
}

function usualColors(format: VideoPixelFormat): VideoColorSpaceInit {
  return isRgb(format)
    ? { primaries: 'bt709', transfer: 'iec61966-2-1', matrix: 'rgb', fullRange: true }
    : { primaries: null, transfer: null, matrix: null, fullRange: null };
}

function displaySize(init: VideoFrameInit, visible: Rect): { displayWidth: number; displayHeight: number } {
  const { displayWidth, displayHeight } = init;
  if ((displayWidth === undefined) !== (displayHeight === undefined))
    throw new TypeError('displayWidth and displayHeight come together');
  if (displayWidth === undefined) return { displayWidth: visible.width, displayHeight: visible.height };
  return { displayWidth: side(displayWidth, 'displayWidth'), displayHeight: side(displayHeight, 'displayHeight') };
}

function slotsFromFrame(frame: VideoFrame, init: VideoFrameInit): Slots {
  const slots = slotsOf(frame);
  const share = slots.share.again();
  const resource = share.demand();
  const whole = { width: resource.codedWidth, height: resource.codedHeight };
  const visibleRect = parseRect(init.visibleRect, slots.visibleRect, whole);
  const isSized = init.displayWidth !== undefined || init.displayHeight !== undefined || init.visibleRect !== undefined;
  const display = isSized
    ? displaySize(init, visibleRect)
    : { displayWidth: slots.displayWidth, displayHeight: slots.displayHeight };
  return {
    ...slots,
    share,
    visibleRect,
    ...display,
    timestamp: init.timestamp === undefined ? slots.timestamp : microseconds(init.timestamp, 'timestamp'),
    duration: init.duration === undefined ? slots.duration : microseconds(init.duration, 'duration'),
  };
}

/** A frame of a decoded picture, whose bytes it keeps. */
export function frameOfPicture(
  { width, height, data }: Picture,
  timestamp: number,
  duration: number | null,
  colorSpace: VideoColorSpaceInit = usualColors('I420'),
): VideoFrame {
  const visibleRect = { x: 0, y: 0, width, height };
  const { planes } = layoutOf('I420', visibleRect);
  return frameOf({
    share: shareOf({ format: 'I420', codedWidth: width, codedHeight: height, data, planes }),
    timestamp,
    duration,
    visibleRect,
    displayWidth: width,
    displayHeight: height,
    colorSpace: new VideoColorSpace(colorSpace),
  });
}

/** What of a frame is seen, for encoders; undefined when it is closed. Its bytes may be the frame's own: borrow them. */
export function pictureOfFrame(frame: VideoFrame): Picture | undefined {
  const { share, visibleRect, timestamp } = slotsOf(frame);
  const { resource } = share;
  if (!resource) return undefined;
  const { x, y, width, height } = visibleRect;
  const timestampMs = timestamp / 1_000;
  const isWhole = x === 0 && y === 0 && width === resource.codedWidth && height === resource.codedHeight;
  if (isWhole && resource.format === 'I420' && isTight(resource)) return { width, height, data: resource.data, timestampMs };
  if (isWhole) return { width, height, data: toI420({ ...resource, width, height }), timestampMs };
  const layout = layoutOf(resource.format, visibleRect);
  const data = new Uint8Array(layout.allocationSize);
  const planes = copyPlanes(resource.data, resource.planes, data, layout);
  return { width, height, data: toI420({ format: resource.format, width, height, data, planes }), timestampMs };
}

function isTight({ format, codedWidth: width, codedHeight: height, planes, data }: Resource): boolean {
  const tight = layoutOf(format, { x: 0, y: 0, width, height });
  const isSame = tight.planes.every(
    ({ offset, stride }, index) => planes[index]!.offset === offset && planes[index]!.stride === stride,
  );
  return isSame && data.length === tight.allocationSize;
}

defineInterface(VideoFrame, 'VideoFrame');

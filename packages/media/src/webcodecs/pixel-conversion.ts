import { isRgb, planesOf, type VideoPixelFormat } from './pixel-format.js';
import type { PlaneLayout } from './plane-layout.js';

/** A picture in a buffer. */
export interface PixelBuffer {
  readonly format: VideoPixelFormat;
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
  readonly planes: readonly PlaneLayout[];
}

/** Q16 factors of BT.601 with limited range, which is what WebRTC pictures without another word are. */
const Q = 16;
const HALF = 1 << (Q - 1);

/** The picture in I420 without gaps. RGB becomes BT.601 of limited range; alpha is left out. */
export function toI420(picture: PixelBuffer): Uint8Array {
  const { width, height } = picture;
  const [across, down] = [(width + 1) >> 1, (height + 1) >> 1];
  const out = new Uint8Array(width * height + 2 * across * down);
  const y = out.subarray(0, width * height);
  const u = out.subarray(y.length, y.length + across * down);
  const v = out.subarray(y.length + u.length);
  if (isRgb(picture.format)) rgbToI420(picture, y, u, v);
  else {
    copyPlane(picture, 0, y, width, height);
    chromaToI420(picture, u, v, across, down);
  }
  return out;
}

function copyPlane({ data, planes }: PixelBuffer, index: number, out: Uint8Array, rowBytes: number, rows: number): void {
  const { offset, stride } = planes[index]!;
  for (let row = 0; row < rows; row++)
    out.set(data.subarray(offset + row * stride, offset + row * stride + rowBytes), row * rowBytes);
}

function chromaToI420(picture: PixelBuffer, u: Uint8Array, v: Uint8Array, across: number, down: number): void {
  const { format, data, planes } = picture;
  if (format === 'I420' || format === 'I420A') {
    copyPlane(picture, 1, u, across, down);
    copyPlane(picture, 2, v, across, down);
    return;
  }
  if (format === 'NV12') {
    const { offset, stride } = planes[1]!;
    for (let row = 0; row < down; row++)
      for (let column = 0; column < across; column++) {
        u[row * across + column] = data[offset + row * stride + 2 * column]!;
        v[row * across + column] = data[offset + row * stride + 2 * column + 1]!;
      }
    return;
  }
  const shape = planesOf(format)[1]!;
  for (const [index, out] of [
    [1, u],
    [2, v],
  ] as const) {
    const { offset, stride } = planes[index]!;
    for (let row = 0; row < down; row++)
      for (let column = 0; column < across; column++)
        out[row * across + column] = data[offset + row * (2 / shape.down) * stride + column * (2 / shape.across)]!;
  }
}

function rgbToI420({ format, data, planes, width, height }: PixelBuffer, y: Uint8Array, u: Uint8Array, v: Uint8Array): void {
  const { offset, stride } = planes[0]!;
  const [red, blue] = format.startsWith('B') ? [2, 0] : [0, 2];
  for (let row = 0; row < height; row++)
    for (let column = 0; column < width; column++) {
      const at = offset + row * stride + column * 4;
      const [r, g, b] = [data[at + red]!, data[at + 1]!, data[at + blue]!];
      y[row * width + column] = 16 + ((16_829 * r + 33_039 * g + 6_416 * b + HALF) >> Q);
    }
  const across = (width + 1) >> 1;
  for (let row = 0; row < height; row += 2)
    for (let column = 0; column < width; column += 2) {
      let [r, g, b] = [0, 0, 0];
      const [right, below] = [column + 1 < width ? 4 : 0, row + 1 < height ? stride : 0];
      const at = offset + row * stride + column * 4;
      for (const one of [at, at + right, at + below, at + below + right]) {
        r += data[one + red]!;
        g += data[one + 1]!;
        b += data[one + blue]!;
      }
      const to = (row >> 1) * across + (column >> 1);
      u[to] = 128 + ((-9_714 * r - 19_070 * g + 28_784 * b + 4 * HALF) >> (Q + 2));
      v[to] = 128 + ((28_784 * r - 24_103 * g - 4_681 * b + 4 * HALF) >> (Q + 2));
    }
}

/** The picture in four bytes a pixel without gaps, from any format. */
export function toRgb(picture: PixelBuffer, format: VideoPixelFormat): Uint8Array {
  const { width, height } = picture;
  const out = new Uint8Array(width * height * 4);
  const isSwapped = format.startsWith('B');
  if (isRgb(picture.format)) swizzle(picture, out, isSwapped !== picture.format.startsWith('B'), format);
  else i420ToRgb(toI420(picture), width, height, out, isSwapped);
  return out;
}

function swizzle({ data, planes, width, height, format }: PixelBuffer, out: Uint8Array, isSwapped: boolean, to: string): void {
  const { offset, stride } = planes[0]!;
  const hasAlpha = format.endsWith('A') && to.endsWith('A');
  const [first, third] = isSwapped ? [2, 0] : [0, 2];
  for (let row = 0; row < height; row++)
    for (let column = 0; column < width; column++) {
      const [from, at] = [offset + row * stride + column * 4, (row * width + column) * 4];
      out[at] = data[from + first]!;
      out[at + 1] = data[from + 1]!;
      out[at + 2] = data[from + third]!;
      out[at + 3] = hasAlpha ? data[from + 3]! : 255;
    }
}

const clamped = (value: number): number => (value < 0 ? 0 : value > 255 ? 255 : value);

function i420ToRgb(data: Uint8Array, width: number, height: number, out: Uint8Array, isSwapped: boolean): void {
  const across = (width + 1) >> 1;
  const uAt = width * height;
  const vAt = uAt + across * ((height + 1) >> 1);
  const [red, blue] = isSwapped ? [2, 0] : [0, 2];
  for (let row = 0; row < height; row++)
    for (let column = 0; column < width; column++) {
      const chroma = (row >> 1) * across + (column >> 1);
      const c = 76_309 * (data[row * width + column]! - 16) + HALF;
      const [d, e] = [data[uAt + chroma]! - 128, data[vAt + chroma]! - 128];
      const at = (row * width + column) * 4;
      out[at + red] = clamped((c + 104_597 * e) >> Q);
      out[at + 1] = clamped((c - 25_675 * d - 53_279 * e) >> Q);
      out[at + blue] = clamped((c + 132_201 * d) >> Q);
      out[at + 3] = 255;
    }
}

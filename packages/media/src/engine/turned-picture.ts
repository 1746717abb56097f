import type { EncodedMedia } from '@maru/webrtc';
import { i420Bytes, type Picture } from './media-engine.js';

/** Clockwise, in degrees. */
export type Rotation = NonNullable<EncodedMedia['rotationDegrees']>;

/** The picture turned clockwise; itself where there is nothing to turn. */
export function turnedPicture(picture: Picture, rotation: Rotation): Picture {
  if (rotation === 0) return picture;
  const isUpended = rotation !== 180;
  const [width, height] = isUpended ? [picture.height, picture.width] : [picture.width, picture.height];
  const data = new Uint8Array(i420Bytes({ width, height }));
  let at = 0;
  for (const half of [0, 1, 1]) {
    const [columns, rows] = [(picture.width + half) >> half, (picture.height + half) >> half];
    turnPlane(picture.data.subarray(at, at + columns * rows), data.subarray(at, at + columns * rows), columns, rows, rotation);
    at += columns * rows;
  }
  return { width, height, data, timestampMs: picture.timestampMs };
}

/** Reads along the rows of `from`, and writes where each pixel goes. */
function turnPlane(from: Uint8Array, to: Uint8Array, columns: number, rows: number, rotation: Exclude<Rotation, 0>): void {
  const step = rotation === 90 ? rows : rotation === 270 ? -rows : -1;
  for (let row = 0; row < rows; row++) {
    let target = rotation === 90 ? rows - 1 - row : rotation === 270 ? (columns - 1) * rows + row : (rows - row) * columns - 1;
    for (let at = row * columns; at < (row + 1) * columns; at++) {
      to[target] = from[at]!;
      target += step;
    }
  }
}

/** How pictures stand, by the time from which on they do; they are asked for in their order. */
export class Turns {
  private readonly changes: { readonly fromMs: number; readonly rotation: Rotation }[] = [
    { fromMs: Number.NEGATIVE_INFINITY, rotation: 0 },
  ];

  told(timestampMs: number, rotation: Rotation): void {
    if (this.changes.at(-1)!.rotation !== rotation) this.changes.push({ fromMs: timestampMs, rotation });
  }

  at(timestampMs: number): Rotation {
    while (this.changes.length > 1 && this.changes[1]!.fromMs <= timestampMs) this.changes.shift();
    return this.changes[0]!.rotation;
  }
}

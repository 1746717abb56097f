import { i420Bytes, type Picture, type PictureSize } from '../media-engine.js';

/** The picture in another size, each pixel the nearest of the original: for engines that have no scaler. */
export function scaleI420({ width, height, data }: Picture, size: PictureSize): Uint8Array {
  const out = new Uint8Array(i420Bytes(size));
  let [from, to] = [0, 0];
  for (const half of [0, 1, 1]) {
    const [columns, rows] = [(width + half) >> half, (height + half) >> half];
    const [outColumns, outRows] = [(size.width + half) >> half, (size.height + half) >> half];
    for (let row = 0; row < outRows; row++) {
      const line = from + Math.floor(((row + 0.5) * rows) / outRows) * columns;
      for (let column = 0; column < outColumns; column++)
        out[to + row * outColumns + column] = data[line + Math.floor(((column + 0.5) * columns) / outColumns)]!;
    }
    from += columns * rows;
    to += outColumns * outRows;
  }
  return out;
}

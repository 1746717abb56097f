import { planesOf, type VideoPixelFormat } from './pixel-format.js';
import type { Rect } from './rect.js';

/** Where a plane begins, and how far its rows are apart, in bytes. */
export interface PlaneLayout {
  readonly offset: number;
  readonly stride: number;
}

/** How a rectangle of a picture lies in a buffer. */
export interface CombinedLayout {
  readonly allocationSize: number;
  readonly planes: readonly (PlaneLayout & ComputedPlane)[];
}

/** A plane's part of the rectangle, in the plane's own rows and bytes. */
interface ComputedPlane {
  readonly sourceTop: number;
  readonly sourceLeftBytes: number;
  readonly rows: number;
  readonly rowBytes: number;
}

const MAX_BYTES = 0x7fff_ffff;

/** W3C webcodecs, "compute layout and allocation size": throws a TypeError for a layout that the planes do not fit into. */
export function layoutOf(format: VideoPixelFormat, rect: Rect, layout?: readonly PlaneLayout[]): CombinedLayout {
  const shapes = planesOf(format);
  if (layout && layout.length !== shapes.length)
    throw new TypeError(`${format} has ${shapes.length} planes, not ${layout.length}`);
  let allocationSize = 0;
  let tight = 0;
  const ends: { readonly start: number; readonly end: number }[] = [];
  const planes = shapes.map(({ sampleBytes, across, down }, index) => {
    if (rect.x % across !== 0 || rect.y % down !== 0) throw new TypeError(`The rectangle splits samples of ${format}`);
    const rows = Math.ceil(rect.height / down);
    const rowBytes = Math.ceil(rect.width / across) * sampleBytes;
    const given = layout?.[index];
    if (given && !(given.stride >= rowBytes))
      throw new TypeError(`A row of plane ${index} has ${rowBytes} bytes, its stride is ${given.stride}`);
    const { offset, stride } = given ?? { offset: tight, stride: rowBytes };
    const end = offset + stride * rows;
    tight += rowBytes * rows;
    if (!(end <= MAX_BYTES)) throw new TypeError('The layout is larger than any buffer');
    for (const other of ends)
      if (offset < other.end && other.start < end) throw new TypeError('Two planes lie in the same bytes');
    ends.push({ start: offset, end });
    allocationSize = Math.max(allocationSize, end);
    return { offset, stride, rows, rowBytes, sourceTop: rect.y / down, sourceLeftBytes: (rect.x / across) * sampleBytes };
  });
  return { allocationSize, planes };
}

/** Copies the rectangle that `to` describes out of a picture that lies as `from` says. */
export function copyPlanes(
  source: Uint8Array,
  from: readonly PlaneLayout[],
  target: Uint8Array,
  { planes }: CombinedLayout,
): PlaneLayout[] {
  return planes.map(({ offset, stride, rows, rowBytes, sourceTop, sourceLeftBytes }, index) => {
    const plane = from[index]!;
    for (let row = 0; row < rows; row++) {
      const at = plane.offset + (sourceTop + row) * plane.stride + sourceLeftBytes;
      target.set(source.subarray(at, at + rowBytes), offset + row * stride);
    }
    return { offset, stride };
  });
}

/** W3C webcodecs, VideoPixelFormat: those with 8 bits a sample. */
export type VideoPixelFormat = 'I420' | 'I420A' | 'I422' | 'I444' | 'NV12' | 'RGBA' | 'RGBX' | 'BGRA' | 'BGRX';

/** How the samples of a plane lie. */
export interface PlaneShape {
  readonly sampleBytes: number;
  /** So many pixels of the picture share a sample, across and down. */
  readonly across: number;
  readonly down: number;
}

const FULL: PlaneShape = { sampleBytes: 1, across: 1, down: 1 };
const QUARTER: PlaneShape = { sampleBytes: 1, across: 2, down: 2 };
const HALF: PlaneShape = { sampleBytes: 1, across: 2, down: 1 };
const PACKED: PlaneShape = { sampleBytes: 4, across: 1, down: 1 };

const PLANES: Readonly<Record<VideoPixelFormat, readonly PlaneShape[]>> = {
  I420: [FULL, QUARTER, QUARTER],
  I420A: [FULL, QUARTER, QUARTER, FULL],
  I422: [FULL, HALF, HALF],
  I444: [FULL, FULL, FULL],
  NV12: [FULL, { sampleBytes: 2, across: 2, down: 2 }],
  RGBA: [PACKED],
  RGBX: [PACKED],
  BGRA: [PACKED],
  BGRX: [PACKED],
};

export const PIXEL_FORMATS: readonly string[] = Object.keys(PLANES);

export function isPixelFormat(value: unknown): value is VideoPixelFormat {
  return typeof value === 'string' && Object.hasOwn(PLANES, value);
}

export const planesOf = (format: VideoPixelFormat): readonly PlaneShape[] => PLANES[format];

export const isRgb = (format: VideoPixelFormat): boolean => planesOf(format).length === 1;

/** W3C webcodecs, AudioSampleFormat. */
export type AudioSampleFormat = 'u8' | 's16' | 's32' | 'f32' | 'u8-planar' | 's16-planar' | 's32-planar' | 'f32-planar';

export const SAMPLE_BYTES: Readonly<Record<AudioSampleFormat, number>> = {
  u8: 1,
  s16: 2,
  s32: 4,
  f32: 4,
  'u8-planar': 1,
  's16-planar': 2,
  's32-planar': 4,
  'f32-planar': 4,
};

export function isSampleFormat(value: unknown): value is AudioSampleFormat {
  return typeof value === 'string' && Object.hasOwn(SAMPLE_BYTES, value);
}

export const isPlanar = (format: AudioSampleFormat): boolean => format.endsWith('-planar');

type Depth = 'u8' | 's16' | 's32' | 'f32';

const depthOf = (format: AudioSampleFormat): Depth => format.replace('-planar', '') as Depth;

/** Reads a sample as a number from -1 to 1. Bytes are in the order of the machine, as in typed arrays. */
const READ: Readonly<Record<Depth, (view: DataView, at: number) => number>> = {
  u8: (view, at) => (view.getUint8(at) - 128) / 128,
  s16: (view, at) => view.getInt16(2 * at, true) / 0x8000,
  s32: (view, at) => view.getInt32(4 * at, true) / 0x8000_0000,
  f32: (view, at) => view.getFloat32(4 * at, true),
};

const bounded = (value: number, least: number, most: number): number => Math.min(most, Math.max(least, Math.round(value)));

const WRITE: Readonly<Record<Depth, (view: DataView, at: number, value: number) => void>> = {
  u8: (view, at, value) => view.setUint8(at, bounded(value * 128 + 128, 0, 255)),
  s16: (view, at, value) => view.setInt16(2 * at, bounded(value * 0x8000, -0x8000, 0x7fff), true),
  s32: (view, at, value) => view.setInt32(4 * at, bounded(value * 0x8000_0000, -0x8000_0000, 0x7fff_ffff), true),
  f32: (view, at, value) => view.setFloat32(4 * at, value, true),
};

export interface SampleSource {
  readonly format: AudioSampleFormat;
  readonly numberOfFrames: number;
  readonly numberOfChannels: number;
  readonly data: Uint8Array;
}

/** Which samples, counted in the order of `format`: of one plane, or of all channels. */
export interface SampleRange {
  readonly format: AudioSampleFormat;
  readonly planeIndex: number;
  readonly first: number;
  readonly elements: number;
}

/** Copies samples into `target`, in another format where one is asked for. */
export function convertSamples(source: SampleSource, range: SampleRange, target: Uint8Array): void {
  const { format, numberOfChannels, numberOfFrames, data } = source;
  const from = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const to = new DataView(target.buffer, target.byteOffset, target.byteLength);
  const [read, write] = [READ[depthOf(format)], WRITE[depthOf(range.format)]];
  for (let index = 0; index < range.elements; index++) {
    const at = range.first + index;
    const frame = isPlanar(range.format) ? at : Math.floor(at / numberOfChannels);
    const channel = isPlanar(range.format) ? range.planeIndex : at % numberOfChannels;
    write(to, index, read(from, isPlanar(format) ? channel * numberOfFrames + frame : frame * numberOfChannels + channel));
  }
}

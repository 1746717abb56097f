import type { ByteReader } from '../../bytes/index.js';

/** One picture of a group: what it leans on (RFC 9628 §4.2.1, N_G). */
export interface PictureOfGroup {
  readonly temporalId: number;
  /** U: from here on one may switch to this temporal layer. */
  readonly isSwitchingPoint: boolean;
  /** How many pictures back each reference is; up to three. */
  readonly pictureDiffs: readonly number[];
}

export interface Resolution {
  readonly width: number;
  readonly height: number;
}

/**
 * The scalability structure of a VP9 stream (RFC 9628 §4.2.1).
 *
 *     | N_S |Y|G|-|-|-|
 *     |     WIDTH     |  Y, 16 bits, and HEIGHT: for each of N_S + 1 layers
 *     |      N_G      |  G
 *     | TID |U| R |-|-|  for each of N_G pictures
 *     |    P_DIFF     |  R times
 */
export interface ScalabilityStructure {
  /** 1 to 8. */
  readonly spatialLayerCount: number;
  /** Of each spatial layer, where the sender tells. */
  readonly resolutions: readonly Resolution[] | undefined;
  /** The pattern in which pictures lean on earlier ones (non-flexible mode). */
  readonly group: readonly PictureOfGroup[] | undefined;
}

const Y = 0x10;
const G = 0x08;
const U = 0x10;
const MAX_DIFFS = 3;

/** Reads a structure; whether it was whole, the reader's `failed` says. */
export function readScalabilityStructure(reader: ByteReader): ScalabilityStructure {
  const first = reader.u8();
  const spatialLayerCount = (first >> 5) + 1;
  const resolutions = first & Y ? readResolutions(spatialLayerCount, reader) : undefined;
  const group = first & G ? readGroup(reader) : undefined;
  return { spatialLayerCount, resolutions, group };
}

function readResolutions(count: number, reader: ByteReader): Resolution[] {
  return Array.from({ length: count }, () => ({ width: reader.u16(), height: reader.u16() }));
}

function readGroup(reader: ByteReader): PictureOfGroup[] {
  const count = reader.u8();
  const group: PictureOfGroup[] = [];
  while (group.length < count && !reader.failed) {
    const first = reader.u8();
    const pictureDiffs = Array.from({ length: (first >> 2) & 0x03 }, () => reader.u8());
    group.push({ temporalId: first >> 5, isSwitchingPoint: (first & U) !== 0, pictureDiffs });
  }
  return group;
}

/** Of the encoding of `structure`. */
export function sizeOfScalabilityStructure({ resolutions, group }: ScalabilityStructure): number {
  let size = 1 + 4 * (resolutions?.length ?? 0);
  if (group) size += 1;
  for (const picture of group ?? []) size += 1 + Math.min(MAX_DIFFS, picture.pictureDiffs.length);
  return size;
}

/** Writes a structure; of `resolutions` there must be one for each layer. */
export function writeScalabilityStructure(
  { spatialLayerCount, resolutions, group }: ScalabilityStructure,
  out: { u8(value: number): unknown; u16(value: number): unknown },
): void {
  out.u8(((spatialLayerCount - 1) << 5) | (resolutions ? Y : 0) | (group ? G : 0));
  for (const { width, height } of resolutions ?? []) {
    out.u16(width);
    out.u16(height);
  }
  if (!group) return;
  out.u8(group.length);
  for (const { temporalId, isSwitchingPoint, pictureDiffs } of group) {
    const diffs = pictureDiffs.slice(0, MAX_DIFFS);
    out.u8((temporalId << 5) | (isSwitchingPoint ? U : 0) | (diffs.length << 2));
    for (const diff of diffs) out.u8(diff);
  }
}

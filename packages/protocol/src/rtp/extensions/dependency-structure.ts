import type { BitReader, BitWriter } from '../../bytes/index.js';

/** What a frame is to a decode target (AV1 RTP, Appendix A.5): from the numbers of the wire. */
export const DECODE_TARGET_INDICATIONS = ['not-present', 'discardable', 'switch', 'required'] as const;
export type DecodeTargetIndication = (typeof DECODE_TARGET_INDICATIONS)[number];

/** As many as six bits tell apart, and as many layers and targets as the descriptor can name (S-55). */
export const MAX_TEMPLATES = 64;
export const MAX_DECODE_TARGETS = 32;
export const MAX_SPATIAL_LAYERS = 4;
export const MAX_TEMPORAL_LAYERS = 8;

/** Frames have a few dependencies; each costs five bits at least, and a value has 255 bytes. */
const MAX_FRAME_DIFFS = 64;

/** How frames of one kind relate to others; arrays go by decode target, or by chain. */
export interface FrameDependencyTemplate {
  readonly spatialId: number;
  readonly temporalId: number;
  readonly decodeTargets: readonly DecodeTargetIndication[];
  /** How many frames back those are that this one needs. */
  readonly frameDiffs: readonly number[];
  /** For each chain, how many frames back its last frame is; 0 for none. */
  readonly chainDiffs: readonly number[];
}

/** What a stream's frames are made of, until another one comes (AV1 RTP, Appendix A.8.3.3). */
export interface DependencyStructure {
  /** The id of the first template on the wire; others follow, modulo 64. */
  readonly templateIdOffset: number;
  readonly decodeTargetCount: number;
  readonly chainCount: number;
  /** Of each decode target, the chain that protects it; empty without chains. */
  readonly protectedBy: readonly number[];
  readonly templates: readonly FrameDependencyTemplate[];
  /** Of each spatial layer; empty where they are not told. */
  readonly resolutions: readonly { readonly width: number; readonly height: number }[];
}

const NextLayer = { same: 0, temporal: 1, spatial: 2, none: 3 } as const;

/** Undefined for what is out of bounds; too short a value shows in `reader.failed`. */
export function readDependencyStructure(reader: BitReader): DependencyStructure | undefined {
  const templateIdOffset = reader.read(6);
  const decodeTargetCount = reader.read(5) + 1;
  const layers = readLayers(reader);
  if (!layers) return undefined;
  const decodeTargets = layers.map(() => readIndications(decodeTargetCount, reader));
  const frameDiffs = layers.map(() => readTemplateDiffs(reader));
  const chainCount = reader.readOneOf(decodeTargetCount + 1);
  const protectedBy = chainCount === 0 ? [] : times(decodeTargetCount, () => reader.readOneOf(chainCount));
  const chainDiffs = layers.map(() => times(chainCount, () => reader.read(4)));
  const hasResolutions = reader.bit();
  const spatialLayers = layers[layers.length - 1]!.spatialId + 1;
  const resolutions = hasResolutions
    ? times(spatialLayers, () => ({ width: reader.read(16) + 1, height: reader.read(16) + 1 }))
    : [];
  const templates = layers.map((layer, i) => ({
    ...layer,
    decodeTargets: decodeTargets[i]!,
    frameDiffs: frameDiffs[i]!,
    chainDiffs: chainDiffs[i]!,
  }));
  return { templateIdOffset, decodeTargetCount, chainCount, protectedBy, templates, resolutions };
}

/** Templates must be in layer order, as on the wire; the writer fails where they are not, or out of bounds. */
export function writeDependencyStructure(structure: DependencyStructure, out: BitWriter): void {
  const { templates, decodeTargetCount, chainCount } = structure;
  out.write(structure.templateIdOffset, 6).write(decodeTargetCount - 1, 5);
  if (templates.length === 0 || templates.length > MAX_TEMPLATES) out.failed = true;
  templates.forEach((template, i) => {
    out.write(nextLayer(template, templates[i + 1], out), 2);
  });
  for (const { decodeTargets } of templates) writeIndications(decodeTargets, out);
  for (const { frameDiffs } of templates) {
    for (const diff of frameDiffs) {
      if (diff < 1 || diff > 16) out.failed = true;
      out.write(1, 1).write(diff - 1, 4);
    }
    out.write(0, 1);
  }
  out.writeOneOf(chainCount, decodeTargetCount + 1);
  if (chainCount > 0) for (const chain of structure.protectedBy) out.writeOneOf(chain, chainCount);
  for (const { chainDiffs } of templates) {
    for (const diff of chainDiffs) {
      if (diff > 15) out.failed = true;
      out.write(diff, 4);
    }
  }
  out.bit(structure.resolutions.length > 0);
  for (const { width, height } of structure.resolutions) out.write(width - 1, 16).write(height - 1, 16);
}

export function readIndications(count: number, reader: BitReader): DecodeTargetIndication[] {
  return times(count, () => DECODE_TARGET_INDICATIONS[reader.read(2)]!);
}

export function writeIndications(indications: readonly DecodeTargetIndication[], out: BitWriter): void {
  for (const one of indications) out.write(DECODE_TARGET_INDICATIONS.indexOf(one), 2);
}

function readLayers(reader: BitReader): { spatialId: number; temporalId: number }[] | undefined {
  const layers: { spatialId: number; temporalId: number }[] = [];
  for (let spatialId = 0, temporalId = 0; ; ) {
    layers.push({ spatialId, temporalId });
    const next = reader.read(2);
    if (next === NextLayer.none || reader.failed) return layers;
    if (next === NextLayer.temporal) temporalId += 1;
    if (next === NextLayer.spatial) [spatialId, temporalId] = [spatialId + 1, 0];
    const isInBounds = spatialId < MAX_SPATIAL_LAYERS && temporalId < MAX_TEMPORAL_LAYERS && layers.length < MAX_TEMPLATES;
    if (!isInBounds) return undefined;
  }
}

function nextLayer(from: FrameDependencyTemplate, to: FrameDependencyTemplate | undefined, out: BitWriter): number {
  if (!to) return NextLayer.none;
  if (to.spatialId === from.spatialId && to.temporalId === from.temporalId) return NextLayer.same;
  if (to.spatialId === from.spatialId && to.temporalId === from.temporalId + 1) return NextLayer.temporal;
  if (to.spatialId !== from.spatialId + 1 || to.temporalId !== 0) out.failed = true;
  return NextLayer.spatial;
}

function readTemplateDiffs(reader: BitReader): number[] {
  const diffs: number[] = [];
  while (reader.bit()) {
    diffs.push(reader.read(4) + 1);
    if (diffs.length > MAX_FRAME_DIFFS) reader.failed = true;
  }
  return diffs;
}

function times<T>(count: number, make: () => T): T[] {
  return Array.from({ length: count }, make);
}

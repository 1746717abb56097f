import type { DecodeTargetIndication, DependencyStructure, FrameDependencyTemplate } from './dependency-structure.js';

/** Temporal layers that {@link temporalStructure} knows: its first descriptor then fits into a one-byte header extension. */
export const MAX_TEMPORAL_STRUCTURE = 3;

/**
 * The structure of a stream of one spatial and `layers` temporal layers, L1T1 to L1T3 (AV1 RTP, Appendix A.9): a decode target for each
 * layer, and one chain, of the base layer, that protects them all.
 */
export function temporalStructure(layers: number): DependencyStructure {
  const template = (temporalId: number, back: number, base: number): FrameDependencyTemplate => ({
    spatialId: 0,
    temporalId,
    decodeTargets: temporalIndications(layers, temporalId, false),
    frameDiffs: back === 0 ? [] : [back],
    chainDiffs: [base],
  });
  const period = 2 ** (layers - 1);
  const templates = [template(0, 0, 0), template(0, period, period)];
  if (layers > 1) templates.push(template(1, period / 2, period / 2));
  if (layers > 2) templates.push(template(2, 1, 1), template(2, 1, 3));
  return {
    templateIdOffset: 0,
    decodeTargetCount: layers,
    chainCount: 1,
    protectedBy: Array.from({ length: layers }, () => 0),
    templates,
    resolutions: [],
  };
}

/** What a frame is to each decode target; where it leans on its own layer, or is leant on by it, it is no place to switch up. */
export function temporalIndications(layers: number, temporalId: number, leansOnOwnLayer: boolean): DecodeTargetIndication[] {
  return Array.from({ length: layers }, (_, target) => {
    if (target < temporalId) return 'not-present';
    if (temporalId > 0 && leansOnOwnLayer) return 'required';
    return target === temporalId && temporalId > 0 ? 'discardable' : 'switch';
  });
}

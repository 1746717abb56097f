import { NalUnits } from './nal-units.js';
import type { ParameterSetSyntax, PictureSize } from './parameter-sets.js';
import { RbspReader } from './rbsp.js';
import type { NalSyntax } from './syntax.js';

const MAX_PARAMETER_SET_BYTES = 4_096;

/** The units of an Annex B frame as views; none if it has no start code. */
export function nalUnitsOf(frame: Uint8Array): Uint8Array[] {
  const units = new NalUnits();
  units.scan(frame, 'annex-b');
  return Array.from({ length: units.count }, (_, i) => frame.subarray(units.start(i), units.start(i) + units.length(i)));
}

/** The size that the first sequence parameter set among `units` gives. */
export function pictureSizeOf(
  units: readonly Uint8Array[],
  syntax: NalSyntax,
  sets: ParameterSetSyntax,
): PictureSize | undefined {
  const sequenceSet = units.find((unit) => unit.length > syntax.headerBytes && syntax.typeOf(unit, 0) === sets.sequenceType);
  if (!sequenceSet) return undefined;
  const { headerBytes } = syntax;
  return sets.sizeOfSequence(
    new RbspReader(MAX_PARAMETER_SET_BYTES).read(sequenceSet, headerBytes, sequenceSet.length - headerBytes),
  );
}

/** Whether decoding can start with these units. */
export function isRandomAccess(units: readonly Uint8Array[], syntax: NalSyntax): boolean {
  return units.some((unit) => unit.length >= syntax.headerBytes && syntax.isRandomAccess(syntax.typeOf(unit, 0)));
}

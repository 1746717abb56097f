import { Malformed } from '../../core/index.js';
import type { Depacketizer, FrameSummary } from '../depacketizer.js';
import type { FrameBuffer } from '../frame-buffer.js';
import type { PayloadInfo } from '../payload-info.js';
import { NalUnits } from './nal-units.js';
import { ParameterSetStore, type ParameterSetSyntax } from './parameter-sets.js';
import { RbspReader } from './rbsp.js';
import type { NalSyntax } from './syntax.js';

const START_CODE_BYTES = 4;
const AGGREGATED_LENGTH_BYTES = 2;
const FRAGMENT_START = 0x80;
const FRAGMENT_END = 0x40;
const FRAGMENT_TYPE_MASK = 0x3f;
/** A sequence parameter set with all scaling lists and HRD parameters stays below. */
const MAX_PARAMETER_SET_BYTES = 4_096;
/** A picture of more slices is an attack or a mistake: one for each row of macroblocks at 8K is 270. */
const MAX_UNITS = 1_024;

/**
 * H.264 (RFC 6184, single unit and non-interleaved mode) and H.265 (RFC 7798, without decoding order numbers), to Annex B. Keeps
 * parameter sets and puts those that a key frame leans on and does not bring before it.
 */
export class NalDepacketizer implements Depacketizer {
  private readonly units = new NalUnits();
  private readonly rbsp = new RbspReader(MAX_PARAMETER_SET_BYTES);
  private readonly kept = new ParameterSetStore(MAX_PARAMETER_SET_BYTES);
  /** Where the unit that fragments are of begins in the frame; -1: none is open. */
  private fragmentedAt = -1;
  /** The one that {@link complete} found the key frame to lean on. */
  private sequenceSet: Uint8Array | undefined;
  private readonly refusals: ReturnType<typeof refusalsOf>;

  constructor(
    private readonly syntax: NalSyntax,
    private readonly sets: ParameterSetSyntax,
  ) {
    this.refusals = refusalsOf(syntax.name);
  }

  /** Knows parameter sets that came out of band: `sprop-parameter-sets` of H.264, `sprop-vps` and so on of H.265. */
  addParameterSets(parameterSets: readonly Uint8Array[]): void {
    for (const unit of parameterSets) {
      if (unit.length < this.syntax.headerBytes) continue;
      const type = this.syntax.typeOf(unit, 0);
      if (!this.syntax.isParameterSet(type)) continue;
      this.kept.keep(type, this.sets.idOf(type, this.bitsOf(unit, 0, unit.length)), unit, 0, unit.length);
    }
  }

  read(bytes: Uint8Array, offset: number, length: number, info: PayloadInfo): Malformed | undefined {
    const { syntax } = this;
    const { headerBytes } = syntax;
    info.reset();
    if (length < headerBytes) return this.refusals.truncated;
    const type = syntax.typeOf(bytes, offset);
    info.temporalId = syntax.temporalIdOf(bytes, offset);
    info.isDiscardable = syntax.isDiscardable(bytes, offset);
    if (syntax.isUnit(type)) this.readUnit(type, bytes, offset, length, info, true);
    else if (type === syntax.aggregationType) return this.readAggregation(bytes, offset, length, info);
    else if (type === syntax.fragmentType) return this.readFragment(bytes, offset, length, info);
    else return this.refusals.unknownType;
    return undefined;
  }

  begin(_frame: FrameBuffer): void {
    this.units.clear();
    this.fragmentedAt = -1;
  }

  append(bytes: Uint8Array, offset: number, length: number, _info: PayloadInfo, frame: FrameBuffer): Malformed | undefined {
    const { syntax } = this;
    const type = syntax.typeOf(bytes, offset);
    if (this.units.count > MAX_UNITS) return this.refusals.tooManyUnits;
    if (type === syntax.fragmentType) return this.appendFragment(bytes, offset, length, frame);
    if (this.fragmentedAt >= 0) return this.refusals.unfinishedFragment;
    if (syntax.isUnit(type)) this.appendUnit(bytes, offset, length, frame);
    else {
      for (let at = offset + syntax.headerBytes; at < offset + length; ) {
        const unitBytes = (bytes[at]! << 8) | bytes[at + 1]!;
        this.appendUnit(bytes, at + AGGREGATED_LENGTH_BYTES, unitBytes, frame);
        at += AGGREGATED_LENGTH_BYTES + unitBytes;
      }
    }
    return undefined;
  }

  finish(frame: FrameBuffer, summary: FrameSummary): Malformed | undefined {
    const { syntax, units, sets } = this;
    if (this.fragmentedAt >= 0) return this.refusals.unfinishedFragment;
    let firstSlice = -1;
    let sequenceSet: Uint8Array | undefined;
    summary.isKeyFrame = false;
    this.sequenceSet = undefined;
    for (let i = 0; i < units.count; i++) {
      const type = syntax.typeOf(frame.bytes, units.start(i));
      if (syntax.isParameterSet(type)) this.keep(type, i, frame);
      if (type === sets.sequenceType) sequenceSet = this.kept.get(type, this.idOf(type, frame, i));
      if (syntax.isRandomAccess(type) || type === sets.sequenceType) summary.isKeyFrame = true;
      if (firstSlice < 0 && syntax.isSlice(type)) firstSlice = i;
    }
    if (!summary.isKeyFrame) return undefined;
    if (firstSlice >= 0) {
      const refusal = this.complete(firstSlice, frame);
      if (refusal) return refusal;
      sequenceSet = this.sequenceSet ?? sequenceSet;
    }
    const size = sequenceSet && sets.sizeOfSequence(this.bitsOf(sequenceSet, 0, sequenceSet.length));
    summary.width = size?.width ?? 0;
    summary.height = size?.height ?? 0;
    return undefined;
  }

  /** Puts before a key frame what its first slice leans on and the frame does not have. */
  private complete(firstSlice: number, frame: FrameBuffer): Malformed | undefined {
    const { sets, syntax, units, kept } = this;
    const slice = units.start(firstSlice);
    const type = syntax.typeOf(frame.bytes, slice);
    const sliceBits = this.bitsOf(frame.bytes, slice, units.length(firstSlice));
    const pictureSet = kept.get(sets.pictureType, sets.pictureIdOfSlice(type, sliceBits));
    if (!pictureSet) return this.refusals.noParameterSets;
    const sequenceSet = kept.get(sets.sequenceType, sets.sequenceIdOfPicture(this.bitsOf(pictureSet, 0, pictureSet.length)));
    if (!sequenceSet) return this.refusals.noParameterSets;
    this.sequenceSet = sequenceSet;
    const videoSet = this.videoSetOf(sequenceSet);
    if (videoSet === 'unknown') return this.refusals.noParameterSets;
    const lacksPictureSet = !this.hasSet(sets.pictureType, pictureSet, frame);
    const lacksSequenceSet = !this.hasSet(sets.sequenceType, sequenceSet, frame);
    const lacksVideoSet = videoSet !== undefined && !this.hasSet(sets.videoType!, videoSet, frame);
    // From back to front, so that what is inserted moves nothing that is still to be found.
    const front = this.behindDelimiter(frame);
    if (lacksPictureSet) insertUnit(pictureSet, slice - START_CODE_BYTES, frame);
    if (lacksSequenceSet) insertUnit(sequenceSet, front, frame);
    if (lacksVideoSet) insertUnit(videoSet, front, frame);
    return undefined;
  }

  /** Undefined where the codec has none. */
  private videoSetOf(sequenceSet: Uint8Array): Uint8Array | undefined | 'unknown' {
    const { sets, kept } = this;
    if (sets.videoType === undefined) return undefined;
    const id = sets.videoIdOfSequence(this.bitsOf(sequenceSet, 0, sequenceSet.length));
    return kept.get(sets.videoType, id) ?? 'unknown';
  }

  private readUnit(
    type: number,
    bytes: Uint8Array,
    offset: number,
    length: number,
    info: PayloadInfo,
    isFirstInPayload: boolean,
  ): void {
    const { syntax, sets } = this;
    const isRandomAccess = syntax.isRandomAccess(type);
    if (isRandomAccess || type === sets.sequenceType) info.isKeyFrame = true;
    if (type === sets.sequenceType && info.width === 0) {
      const size = sets.sizeOfSequence(this.bitsOf(bytes, offset, length));
      info.width = size?.width ?? 0;
      info.height = size?.height ?? 0;
    }
    if (isFirstInPayload) this.readBeginning(type, bytes, offset, length, info);
  }

  /**
   * Whether a picture begins for certain. One from which decoding starts begins with its first slice only if the parameter sets
   * are known: else they are before it, and may still be on their way.
   */
  private readBeginning(type: number, bytes: Uint8Array, offset: number, length: number, info: PayloadInfo): void {
    const { syntax } = this;
    const isFirstSlice = syntax.isSlice(type) && length > syntax.headerBytes && syntax.isFirstSlice(bytes, offset);
    info.isFrameStart = isFirstSlice || syntax.isPicturePrefix(type);
    info.isPictureStart = info.isFrameStart;
    if (!isFirstSlice || !syntax.isRandomAccess(type)) return;
    const id = this.sets.pictureIdOfSlice(type, this.bitsOf(bytes, offset, Math.min(length, SLICE_HEADER_BYTES)));
    info.isPictureStart = this.kept.get(this.sets.pictureType, id) !== undefined;
  }

  private readAggregation(bytes: Uint8Array, offset: number, length: number, info: PayloadInfo): Malformed | undefined {
    const { syntax } = this;
    const end = offset + length;
    let isFirst = true;
    for (let at = offset + syntax.headerBytes; at < end; isFirst = false) {
      if (at + AGGREGATED_LENGTH_BYTES > end) return this.refusals.aggregation;
      const unitBytes = (bytes[at]! << 8) | bytes[at + 1]!;
      at += AGGREGATED_LENGTH_BYTES;
      if (unitBytes < syntax.headerBytes || at + unitBytes > end) return this.refusals.aggregation;
      const type = syntax.typeOf(bytes, at);
      if (!syntax.isUnit(type)) return this.refusals.nested;
      this.readUnit(type, bytes, at, unitBytes, info, isFirst);
      at += unitBytes;
    }
    return undefined;
  }

  private readFragment(bytes: Uint8Array, offset: number, length: number, info: PayloadInfo): Malformed | undefined {
    const { syntax } = this;
    const at = offset + syntax.headerBytes;
    if (length < syntax.headerBytes + 2) return this.refusals.truncated;
    const type = bytes[at]! & typeMask(syntax);
    if (!syntax.isUnit(type)) return this.refusals.nested;
    if (syntax.isRandomAccess(type)) info.isKeyFrame = true;
    if ((bytes[at]! & FRAGMENT_START) === 0) return undefined;
    // Behind the fragment header lies what is behind the unit's header, so that the unit seems to begin a header before it.
    this.readBeginning(type, bytes, at + 1 - syntax.headerBytes, length - 1, info);
    return undefined;
  }

  private appendUnit(bytes: Uint8Array, offset: number, length: number, frame: FrameBuffer): void {
    startCode(frame);
    this.units.add(frame.length, length);
    frame.append(bytes, offset, length);
  }

  private appendFragment(bytes: Uint8Array, offset: number, length: number, frame: FrameBuffer): Malformed | undefined {
    const { syntax } = this;
    const fragmentHeader = bytes[offset + syntax.headerBytes]!;
    if (fragmentHeader & FRAGMENT_START) {
      if (this.fragmentedAt >= 0) return this.refusals.unfinishedFragment;
      startCode(frame);
      this.fragmentedAt = frame.length;
      syntax.writeHeader(bytes, offset, fragmentHeader & typeMask(syntax), frame);
    } else if (this.fragmentedAt < 0) return this.refusals.noFragmentStart;
    const data = syntax.headerBytes + 1;
    frame.append(bytes, offset + data, length - data);
    if (fragmentHeader & FRAGMENT_END) {
      this.units.add(this.fragmentedAt, frame.length - this.fragmentedAt);
      this.fragmentedAt = -1;
    }
    return undefined;
  }

  private keep(type: number, index: number, frame: FrameBuffer): void {
    const { units } = this;
    this.kept.keep(type, this.idOf(type, frame, index), frame.bytes, units.start(index), units.length(index));
  }

  private idOf(type: number, frame: FrameBuffer, index: number): number {
    return this.sets.idOf(type, this.bitsOf(frame.bytes, this.units.start(index), this.units.length(index)));
  }

  /** Whether the frame has the parameter set itself: what it has was kept a moment ago. */
  private hasSet(type: number, set: Uint8Array, frame: FrameBuffer): boolean {
    for (let i = 0; i < this.units.count; i++) {
      if (this.syntax.typeOf(frame.bytes, this.units.start(i)) !== type) continue;
      if (this.kept.get(type, this.idOf(type, frame, i)) === set) return true;
    }
    return false;
  }

  /** Where the frame's first unit begins that is no access unit delimiter. */
  private behindDelimiter(frame: FrameBuffer): number {
    const { units, syntax } = this;
    const isDelimited = units.count > 1 && syntax.isDelimiter(syntax.typeOf(frame.bytes, units.start(0)));
    return units.start(isDelimited ? 1 : 0) - START_CODE_BYTES;
  }

  private bitsOf(bytes: Uint8Array, offset: number, length: number) {
    return this.rbsp.read(bytes, offset + this.syntax.headerBytes, length - this.syntax.headerBytes);
  }
}

/** Enough of a slice for the number of its picture parameter set: three Exp-Golomb codes of up to 31 bits. */
const SLICE_HEADER_BYTES = 24;

function typeMask(syntax: NalSyntax): number {
  return syntax.headerBytes === 1 ? 0x1f : FRAGMENT_TYPE_MASK;
}

function startCode(frame: FrameBuffer): void {
  frame.u8(0).u8(0).u8(0).u8(1);
}

function insertUnit(unit: Uint8Array, at: number, frame: FrameBuffer): void {
  if (!frame.insert(at, START_CODE_BYTES + unit.length)) return;
  frame.bytes.set(START_CODE, at);
  frame.bytes.set(unit, at + START_CODE_BYTES);
}

const START_CODE = Uint8Array.of(0, 0, 0, 1);

function refusalsOf(name: string) {
  return {
    truncated: Malformed.of(`payload/${name}/truncated`),
    unknownType: Malformed.of(`payload/${name}/unknown-payload-type`),
    aggregation: Malformed.of(`payload/${name}/unit-past-end-of-aggregation`),
    nested: Malformed.of(`payload/${name}/payload-structure-within-another`),
    noFragmentStart: Malformed.of(`payload/${name}/fragment-without-start`),
    unfinishedFragment: Malformed.of(`payload/${name}/fragment-without-end`),
    tooManyUnits: Malformed.of(`payload/${name}/too-many-units`),
    noParameterSets: Malformed.of(`payload/${name}/no-parameter-sets`),
  };
}

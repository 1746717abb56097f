import { Malformed } from '../../core/index.js';
import { EqualParts } from '../equal-parts.js';
import type { Packetizer, PayloadLimits } from '../packetizer.js';
import { PayloadPlan } from '../payload-plan.js';
import { type NalFormat, NalUnits } from './nal-units.js';
import type { NalSyntax } from './syntax.js';

/** Before each unit in an aggregation (RFC 6184 §5.7.1, RFC 7798 §4.4.2). */
const AGGREGATED_LENGTH_BYTES = 2;
const FRAGMENT_START = 0x80;
const FRAGMENT_END = 0x40;

export interface NalPacketizerOptions {
  /** How the encoder's frames are; `annex-b` if left out. */
  readonly format?: NalFormat;
  /** H.264's packetization-mode 0: every unit in a payload of its own, none cut (RFC 6184 §6.2). */
  readonly isSingleUnitMode?: boolean;
}

/** H.264 and H.265: small units go together, large ones in fragments of one size, the others as they are. */
export class NalPacketizer implements Packetizer {
  private readonly plan = new PayloadPlan();
  private readonly parts = new EqualParts();
  private readonly units = new NalUnits();
  private readonly format: NalFormat;
  private readonly isSingleUnitMode: boolean;
  private readonly notAFrame: Malformed;
  private readonly doesNotFit: Malformed;
  /** Put before the next random access pictures that come without; see {@link setParameterSets}. */
  private parameterSets: readonly Uint8Array[] = [];

  constructor(
    private readonly syntax: NalSyntax,
    options: NalPacketizerOptions,
  ) {
    this.format = options.format ?? 'annex-b';
    this.isSingleUnitMode = options.isSingleUnitMode ?? false;
    this.notAFrame = Malformed.of(`payload/${syntax.name}/not-a-frame`);
    this.doesNotFit = Malformed.of(`payload/${syntax.name}/frame-does-not-fit`);
  }

  /**
   * What an encoder said once, out of band, instead of before each key frame: MP4 and WebCodecs' `description` do so. From now on
   * these units are put before every random access picture that has no parameter set of its own.
   */
  setParameterSets(parameterSets: readonly Uint8Array[]): void {
    this.parameterSets = parameterSets.map((unit) => new Uint8Array(unit));
  }

  packetize(frame: Uint8Array, limits: PayloadLimits): PayloadPlan | Malformed {
    const { plan, units } = this;
    plan.begin(frame);
    if (!units.scan(frame, this.format) || !this.areUnitsSound(frame)) return this.notAFrame;
    if (this.lacksParameterSets(frame) && !this.planParameterSets(limits)) return this.doesNotFit;
    for (let index = 0; index < units.count; ) {
      const next = this.planFrom(index, frame, limits);
      if (next === index) return this.doesNotFit;
      index = next;
    }
    return plan;
  }

  private areUnitsSound(frame: Uint8Array): boolean {
    const { units, syntax } = this;
    for (let i = 0; i < units.count; i++) {
      if (units.length(i) < syntax.headerBytes) return false;
      if (!syntax.isUnit(syntax.typeOf(frame, units.start(i)))) return false;
    }
    return true;
  }

  /** Plans one payload or the fragments of one unit, and returns the next unit; the same if it does not fit. */
  private planFrom(index: number, frame: Uint8Array, limits: PayloadLimits): number {
    const { units, plan } = this;
    const room = this.room(limits, index);
    if (units.length(index) > room) {
      return !this.isSingleUnitMode && this.planFragments(index, frame, limits) ? index + 1 : index;
    }
    const end = this.isSingleUnitMode ? index + 1 : this.endOfAggregation(index, limits);
    if (end === index + 1) plan.range(units.start(index), units.length(index));
    else this.planAggregation(index, end, frame);
    plan.endPayload();
    return end;
  }

  /** Of a payload that would end with the unit at `index`. */
  private room(limits: PayloadLimits, index: number): number {
    const first = this.plan.count === 0 ? limits.firstReductionBytes : 0;
    const last = index === this.units.count - 1 ? limits.lastReductionBytes : 0;
    return limits.maxPayloadBytes - first - last;
  }

  private endOfAggregation(from: number, limits: PayloadLimits): number {
    const { units, syntax } = this;
    let size = syntax.headerBytes;
    for (let index = from; index < units.count; index++) {
      const length = units.length(index);
      size += AGGREGATED_LENGTH_BYTES + length;
      if (size > this.room(limits, index) || length > 0xffff) return Math.max(index, from + 1);
    }
    return units.count;
  }

  private planAggregation(from: number, end: number, frame: Uint8Array): void {
    const { units, plan, syntax } = this;
    syntax.writeAggregationHeader(frame, units, from, end, plan);
    for (let i = from; i < end; i++) plan.u16(units.length(i)).range(units.start(i), units.length(i));
  }

  private planFragments(index: number, frame: Uint8Array, limits: PayloadLimits): boolean {
    const { units, plan, parts, syntax } = this;
    const start = units.start(index);
    const data = start + syntax.headerBytes;
    const type = syntax.typeOf(frame, start);
    const first = plan.count === 0 ? limits.firstReductionBytes : 0;
    const last = index === units.count - 1 ? limits.lastReductionBytes : 0;
    const max = limits.maxPayloadBytes - syntax.headerBytes - 1;
    if (!parts.planParts(units.length(index) - syntax.headerBytes, max, first, last)) return false;
    if (parts.count < 2) return false; // a fragment must not be first and last at once (RFC 6184 §5.8); header alone did not fit
    for (let part = 0, done = 0; part < parts.count; part++) {
      const size = parts.sizeOf(part, done);
      syntax.writeHeader(frame, start, syntax.fragmentType, plan);
      plan.u8((part === 0 ? FRAGMENT_START : 0) | (part === parts.count - 1 ? FRAGMENT_END : 0) | type);
      plan.range(data + done, size).endPayload();
      done += size;
    }
    return true;
  }

  private lacksParameterSets(frame: Uint8Array): boolean {
    const { units, syntax } = this;
    if (this.parameterSets.length === 0) return false;
    let isRandomAccess = false;
    for (let i = 0; i < units.count; i++) {
      const type = syntax.typeOf(frame, units.start(i));
      if (syntax.isParameterSet(type)) return false;
      if (syntax.isRandomAccess(type)) isRandomAccess = true;
    }
    return isRandomAccess;
  }

  /** They are small, and go each in a payload of its own. */
  private planParameterSets(limits: PayloadLimits): boolean {
    for (const unit of this.parameterSets) {
      const reduction = this.plan.count === 0 ? limits.firstReductionBytes : 0;
      if (unit.length > limits.maxPayloadBytes - reduction) return false;
      this.plan.raw(unit).range(0, 0).endPayload();
    }
    return true;
  }
}

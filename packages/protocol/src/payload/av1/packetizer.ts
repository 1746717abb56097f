import { Malformed } from '../../core/index.js';
import type { Packetizer, PayloadLimits } from '../packetizer.js';
import { PayloadPlan } from '../payload-plan.js';
import { FIRST_CONTINUES, LAST_CONTINUES, MAX_COUNTED_ELEMENTS, NEW_SEQUENCE, withElementCount } from './aggregation-header.js';
import { sizeOfLeb128, writeLeb128 } from './leb128.js';
import { OBU_HAS_SIZE, OBU_PADDING, OBU_SEQUENCE_HEADER, OBU_TEMPORAL_DELIMITER, OBU_TILE_LIST, ObuCursor } from './obu.js';

const NOT_A_TEMPORAL_UNIT = Malformed.of('payload/av1/not-a-temporal-unit');
const DOES_NOT_FIT = Malformed.of('payload/av1/frame-does-not-fit');

/** Nobody needs more OBUs in a temporal unit than tiles of eight layers. */
const MAX_OBUS = 1_024;
/** Lengths of elements take a byte more or less than in the fullest packing; with many OBUs a try may fail, and full payloads are fine too. */
const MAX_REPACKINGS = 8;

/**
 * AV1 (AV1 RTP §4 and §5): one call for each temporal unit. Temporal delimiters stay out, and so do the sizes of OBUs, since the
 * payload has its own. The payloads come out about equal.
 */
export class Av1Packetizer implements Packetizer {
  private readonly plan = new PayloadPlan();
  private readonly cursor = new ObuCursor();
  /** Of each OBU that is sent: where its header is, of how many bytes, and its payload. */
  private obuCount = 0;
  private readonly headerOffsets = new Int32Array(MAX_OBUS);
  private readonly headerBytes = new Int32Array(MAX_OBUS);
  private readonly payloadOffsets = new Int32Array(MAX_OBUS);
  private readonly payloadBytes = new Int32Array(MAX_OBUS);
  private beginsSequence = false;
  /** Of the payload that is being filled: its elements are OBUs from `firstObu` on, the first from `firstDone` on. */
  private firstObu = 0;
  private firstDone = 0;

  packetize(frame: Uint8Array, limits: PayloadLimits): PayloadPlan | Malformed {
    if (!this.findObus(frame)) return NOT_A_TEMPORAL_UNIT;
    const fewest = this.pack(frame, limits, limits.maxPayloadBytes);
    if (fewest === 0) return DOES_NOT_FIT;
    if (fewest > 1) this.packEqually(frame, limits, fewest);
    return this.plan;
  }

  private findObus(frame: Uint8Array): boolean {
    const cursor = this.cursor.reset(frame);
    this.obuCount = 0;
    this.beginsSequence = false;
    while (cursor.next()) {
      const { type } = cursor;
      if (type === OBU_TEMPORAL_DELIMITER || type === OBU_TILE_LIST || type === OBU_PADDING) continue;
      if (this.obuCount === MAX_OBUS) return false;
      if (type === OBU_SEQUENCE_HEADER) this.beginsSequence = true;
      const at = this.obuCount++;
      this.headerOffsets[at] = cursor.headerOffset;
      this.headerBytes[at] = cursor.headerBytes;
      this.payloadOffsets[at] = cursor.payloadOffset;
      this.payloadBytes[at] = cursor.payloadBytes;
    }
    return !cursor.failed && this.obuCount > 0;
  }

  /** The same number of payloads with less in each: what the fullest packing left in the last is spread over all. */
  private packEqually(frame: Uint8Array, limits: PayloadLimits, fewest: number): void {
    const { plan } = this;
    let total = limits.firstReductionBytes + limits.lastReductionBytes;
    for (let i = 0; i < plan.count; i++) total += plan.payloadBytes(i);
    const fairest = Math.ceil(total / fewest);
    const end = Math.min(fairest + MAX_REPACKINGS, limits.maxPayloadBytes);
    for (let target = fairest; target < end; target++) if (this.pack(frame, limits, target) === fewest) return;
    this.pack(frame, limits, limits.maxPayloadBytes);
  }

  /** Plans payloads of at most `target` bytes, and returns how many; 0 if there is no room for anything. */
  private pack(frame: Uint8Array, limits: PayloadLimits, target: number): number {
    const { plan } = this;
    plan.begin(frame);
    this.firstObu = 0;
    this.firstDone = 0;
    while (this.firstObu < this.obuCount) {
      const first = plan.count === 0 ? limits.firstReductionBytes : 0;
      if (!this.fill(frame, target - first, limits.lastReductionBytes)) return 0;
    }
    return plan.count;
  }

  /** Plans one payload of what is left; the last of all is to be `lastReduction` smaller. */
  private fill(frame: Uint8Array, room: number, lastReduction: number): boolean {
    const startObu = this.firstObu;
    const startDone = this.firstDone;
    const isLast = this.bytesLeft(room) <= room - lastReduction;
    // If all that is left fits but for the reduction, a byte stays for a payload more.
    const end = this.take(isLast ? room - lastReduction : Math.min(room, Math.max(2, this.bytesLeft(room) - 1)));
    if (this.firstObu === startObu && this.firstDone === startDone) return false;
    this.emit(frame, startObu, startDone, end);
    return true;
  }

  /** Of a payload with all that is left, as far as it matters whether that is more than `enough`. */
  private bytesLeft(enough: number): number {
    let bytes = 1;
    for (let obu = this.firstObu; obu < this.obuCount && bytes <= enough; obu++) {
      const size = this.sizeLeft(obu);
      bytes += size + sizeOfLeb128(size);
    }
    return bytes;
  }

  private sizeLeft(obu: number): number {
    return this.headerBytes[obu]! + this.payloadBytes[obu]! - (obu === this.firstObu ? this.firstDone : 0);
  }

  /** Moves on over as much as a payload of `room` bytes holds, and returns behind which OBU its elements end. */
  private take(room: number): number {
    let left = room - 1; // the aggregation header
    while (this.firstObu < this.obuCount) {
      const size = this.sizeLeft(this.firstObu);
      if (size + sizeOfLeb128(size) <= left) {
        left -= size + sizeOfLeb128(size);
        this.firstObu += 1;
        this.firstDone = 0;
        continue;
      }
      const part = this.partThatFits(size, left);
      // A header is not cut from the first byte behind it.
      if (part <= this.headerBytes[this.firstObu]! && this.firstDone === 0) return this.firstObu;
      if (part <= 0) return this.firstObu;
      this.firstDone += part;
      return this.firstObu + 1;
    }
    return this.firstObu;
  }

  /** How much of an element of `size` bytes fits with its length into `left`, and leaves a byte. */
  private partThatFits(size: number, left: number): number {
    const part = Math.min(size - 1, left - 1);
    return part > 0 ? Math.min(part, left - sizeOfLeb128(part)) : 0;
  }

  /** Writes the payload of the elements from `startDone` of `startObu` to before `end`, the last up to where {@link take} stopped. */
  private emit(frame: Uint8Array, startObu: number, startDone: number, end: number): void {
    const { plan } = this;
    const count = end - startObu;
    const isCounted = count <= MAX_COUNTED_ELEMENTS;
    const lastContinues = this.firstObu < end;
    plan.u8(
      (startDone > 0 ? FIRST_CONTINUES : 0) |
        (lastContinues ? LAST_CONTINUES : 0) |
        (isCounted ? withElementCount(count) : 0) |
        (plan.count === 0 && this.beginsSequence ? NEW_SEQUENCE : 0),
    );
    for (let obu = startObu; obu < end; obu++) {
      const isLast = obu === end - 1;
      const from = obu === startObu ? startDone : 0;
      const to = isLast && lastContinues ? this.firstDone : this.headerBytes[obu]! + this.payloadBytes[obu]!;
      if (!isLast || !isCounted) writeLeb128(to - from, plan);
      this.planElement(frame, obu, from, to);
    }
    plan.endPayload();
  }

  private planElement(frame: Uint8Array, obu: number, from: number, to: number): void {
    const { plan } = this;
    const headerBytes = this.headerBytes[obu]!;
    const headerOffset = this.headerOffsets[obu]!;
    if (from === 0) {
      plan.u8(frame[headerOffset]! & ~OBU_HAS_SIZE);
      if (headerBytes === 2) plan.u8(frame[headerOffset + 1]!);
    }
    const start = Math.max(from, headerBytes);
    plan.range(this.payloadOffsets[obu]! + start - headerBytes, to - start);
  }
}

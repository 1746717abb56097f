import { Malformed } from '../../core/index.js';
import type { Depacketizer, FrameSummary } from '../depacketizer.js';
import type { FrameBuffer } from '../frame-buffer.js';
import type { PayloadInfo } from '../payload-info.js';
import { elementCount, FIRST_CONTINUES, LAST_CONTINUES, NEW_SEQUENCE } from './aggregation-header.js';
import { Leb128, sizeOfLeb128, writeLeb128At } from './leb128.js';
import {
  isObuHeader,
  OBU_HAS_EXTENSION,
  OBU_HAS_SIZE,
  OBU_SEQUENCE_HEADER,
  OBU_TEMPORAL_DELIMITER,
  ObuCursor,
  obuSpatialId,
  obuTemporalId,
  obuType,
} from './obu.js';
import { readAv1PictureSize } from './sequence-header.js';

const TRUNCATED = Malformed.of('payload/av1/truncated');
const ELEMENT_PAST_END = Malformed.of('payload/av1/element-past-end');
const NO_OBU_TO_CONTINUE = Malformed.of('payload/av1/no-obu-to-continue');
const UNFINISHED_OBU = Malformed.of('payload/av1/obu-without-end');
const NOT_AN_OBU = Malformed.of('payload/av1/not-an-obu');

const NO_OBU = -1;

/** AV1 (AV1 RTP §4): puts OBUs of a temporal unit together, with their sizes and a temporal delimiter before them. */
export class Av1Depacketizer implements Depacketizer {
  private readonly elements = new ElementCursor();
  private readonly cursor = new ObuCursor();
  /** Where the OBU that continues in the next payload begins in the frame. */
  private openObuAt = NO_OBU;
  private obuCount = 0;

  read(bytes: Uint8Array, offset: number, length: number, info: PayloadInfo): Malformed | undefined {
    info.reset();
    if (length < 2) return TRUNCATED;
    const header = bytes[offset]!;
    const elements = this.elements.reset(bytes, offset, length);
    info.descriptorBytes = 1;
    let hasLayer = false;
    while (elements.next()) {
      if (elements.isContinuation || elements.length === 0) continue;
      const obuHeader = bytes[elements.offset]!;
      const isExtended = (obuHeader & OBU_HAS_EXTENSION) !== 0;
      if (!isObuHeader(obuHeader) || (isExtended && elements.length < 2)) return NOT_AN_OBU;
      if (isExtended && !hasLayer) {
        hasLayer = true;
        info.temporalId = obuTemporalId(bytes[elements.offset + 1]!);
        info.spatialId = obuSpatialId(bytes[elements.offset + 1]!);
      }
      const type = obuType(obuHeader);
      if (type === OBU_SEQUENCE_HEADER) this.readSequenceHeader(info);
      const isLeading = type === OBU_SEQUENCE_HEADER || type === OBU_TEMPORAL_DELIMITER;
      if (elements.index === 0 && isLeading) info.isFrameStart = true;
    }
    if (elements.failed) return ELEMENT_PAST_END;
    const isNewSequence = (header & NEW_SEQUENCE) !== 0 && (header & FIRST_CONTINUES) === 0;
    if (isNewSequence) info.isKeyFrame = info.isFrameStart = true;
    info.isPictureStart = info.isFrameStart;
    return undefined;
  }

  begin(frame: FrameBuffer): void {
    this.openObuAt = NO_OBU;
    this.obuCount = 0;
    frame.u8((OBU_TEMPORAL_DELIMITER << 3) | OBU_HAS_SIZE).u8(0);
  }

  append(bytes: Uint8Array, offset: number, length: number, _info: PayloadInfo, frame: FrameBuffer): Malformed | undefined {
    const continues = (bytes[offset]! & FIRST_CONTINUES) !== 0;
    if (continues !== this.openObuAt >= 0) return continues ? NO_OBU_TO_CONTINUE : UNFINISHED_OBU;
    const elements = this.elements.reset(bytes, offset, length);
    while (elements.next()) {
      if (elements.length === 0) continue;
      if (this.openObuAt < 0) this.openObuAt = frame.length;
      frame.append(bytes, elements.offset, elements.length);
      if (elements.continues) continue;
      if (!this.endObu(frame)) return NOT_AN_OBU;
    }
    return undefined;
  }

  finish(frame: FrameBuffer, summary: FrameSummary): Malformed | undefined {
    if (this.openObuAt >= 0) return UNFINISHED_OBU;
    if (this.obuCount === 0) return TRUNCATED;
    summary.isKeyFrame = false;
    const cursor = this.cursor.reset(frame.bytes, 0, frame.length);
    while (cursor.next()) {
      if (cursor.type !== OBU_SEQUENCE_HEADER) continue;
      const size = readAv1PictureSize(frame.bytes, cursor.payloadOffset, cursor.payloadBytes);
      summary.isKeyFrame = true;
      summary.width = size?.width ?? 0;
      summary.height = size?.height ?? 0;
    }
    return cursor.failed ? NOT_AN_OBU : undefined;
  }

  private readSequenceHeader(info: PayloadInfo): void {
    const { elements, cursor } = this;
    info.isKeyFrame = true;
    if (!cursor.reset(elements.bytes, elements.offset, elements.length).next()) return;
    const size = readAv1PictureSize(elements.bytes, cursor.payloadOffset, cursor.payloadBytes);
    info.width = size?.width ?? 0;
    info.height = size?.height ?? 0;
  }

  /** The open OBU is whole: gives it a size. False if it is none. */
  private endObu(frame: FrameBuffer): boolean {
    const start = this.openObuAt;
    this.openObuAt = NO_OBU;
    if (frame.failed) return true; // the assembler sees to it
    const header = frame.bytes[start]!;
    const headerBytes = header & OBU_HAS_EXTENSION ? 2 : 1;
    const payloadBytes = frame.length - start - headerBytes;
    if (!isObuHeader(header) || payloadBytes < 0) return false;
    if (obuType(header) === OBU_TEMPORAL_DELIMITER) {
      frame.truncate(start);
      return true;
    }
    this.obuCount += 1;
    // "SHOULD NOT" have a size of its own (AV1 RTP §4.5), but may.
    if (header & OBU_HAS_SIZE) return this.isSizeRight(frame, start);
    if (!frame.insert(start + headerBytes, sizeOfLeb128(payloadBytes))) return true;
    frame.bytes[start] = header | OBU_HAS_SIZE;
    writeLeb128At(payloadBytes, frame.bytes, start + headerBytes);
    return true;
  }

  private isSizeRight(frame: FrameBuffer, start: number): boolean {
    const cursor = this.cursor.reset(frame.bytes, start, frame.length - start);
    return cursor.next() && cursor.payloadOffset + cursor.payloadBytes === frame.length;
  }
}

/** Walks the elements of a payload. */
class ElementCursor {
  failed = false;
  bytes: Uint8Array = NOTHING;
  index = -1;
  offset = 0;
  length = 0;
  /** The element is the rest, or the middle, of an OBU of an earlier payload. */
  isContinuation = false;
  /** It goes on in the next payload. */
  continues = false;
  private at = 0;
  private end = 0;
  private header = 0;
  private readonly size = new Leb128();

  reset(bytes: Uint8Array, offset: number, length: number): this {
    this.bytes = bytes;
    this.header = bytes[offset]!;
    this.at = offset + 1;
    this.end = offset + length;
    this.index = -1;
    this.failed = false;
    return this;
  }

  next(): boolean {
    const { bytes, end, header } = this;
    const count = elementCount(header);
    if (this.failed || this.at >= end) {
      if (count > 0 && this.index + 1 < count) this.failed = true;
      return false;
    }
    this.index += 1;
    const isLengthless = count > 0 && this.index === count - 1;
    this.length = end - this.at;
    if (!isLengthless) {
      if (!this.size.read(bytes, this.at, end)) return this.fail();
      this.at += this.size.bytes;
      this.length = this.size.value;
      if (this.at + this.length > end) return this.fail();
    }
    this.offset = this.at;
    this.at += this.length;
    this.isContinuation = this.index === 0 && (header & FIRST_CONTINUES) !== 0;
    const isLast = count > 0 ? isLengthless : this.at >= end;
    this.continues = isLast && (header & LAST_CONTINUES) !== 0;
    return true;
  }

  private fail(): false {
    this.failed = true;
    return false;
  }
}

const NOTHING = new Uint8Array(0);

import { Leb128 } from './leb128.js';

/** OBU types (AV1 specification §6.2.2). */
export const OBU_SEQUENCE_HEADER = 1;
export const OBU_TEMPORAL_DELIMITER = 2;
export const OBU_TILE_LIST = 8;
export const OBU_PADDING = 15;

/**
 *      0 1 2 3 4 5 6 7
 *     |F| type  |X|S|-|   forbidden, extension flag, has size
 *     | TID |SID|- - -|   if X
 */
const FORBIDDEN = 0x80;
export const OBU_HAS_EXTENSION = 0x04;
export const OBU_HAS_SIZE = 0x02;

export function obuType(header: number): number {
  return (header >> 3) & 0x0f;
}

export function obuTemporalId(extension: number): number {
  return extension >> 5;
}

export function obuSpatialId(extension: number): number {
  return (extension >> 3) & 0x03;
}

export function isObuHeader(header: number): boolean {
  return (header & FORBIDDEN) === 0;
}

/** Walks the OBUs of a temporal unit in the low overhead format, each with its size but perhaps the last. */
export class ObuCursor {
  type = 0;
  /** Of the header with extension, without size: 1 or 2. */
  headerBytes = 0;
  headerOffset = 0;
  payloadOffset = 0;
  payloadBytes = 0;
  failed = false;
  private bytes: Uint8Array = NOTHING;
  private at = 0;
  private end = 0;
  private readonly size = new Leb128();

  reset(bytes: Uint8Array, offset = 0, length = bytes.length - offset): this {
    this.bytes = bytes;
    this.at = offset;
    this.end = offset + length;
    this.failed = false;
    return this;
  }

  /** Moves to the next OBU; false at the end, and where the bytes are none (`failed`). */
  next(): boolean {
    const { bytes, end, at } = this;
    if (this.failed || at >= end) return false;
    const header = bytes[at]!;
    this.headerOffset = at;
    this.headerBytes = header & OBU_HAS_EXTENSION ? 2 : 1;
    this.type = obuType(header);
    let payload = at + this.headerBytes;
    let length = end - payload;
    if (!isObuHeader(header) || length < 0) return this.fail();
    if (header & OBU_HAS_SIZE) {
      if (!this.size.read(bytes, payload, end)) return this.fail();
      payload += this.size.bytes;
      length = this.size.value;
    }
    if (payload + length > end) return this.fail();
    this.payloadOffset = payload;
    this.payloadBytes = length;
    this.at = payload + length;
    return true;
  }

  private fail(): false {
    this.failed = true;
    return false;
  }
}

const NOTHING = new Uint8Array(0);

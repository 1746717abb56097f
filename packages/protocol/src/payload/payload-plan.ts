const NOTHING = new Uint8Array(0);

/**
 * How a frame is cut into payloads. Each payload is a list of pieces, and each piece is a few descriptor bytes followed by a range
 * of the frame, so that whoever seals packets can gather them straight from the frame. A plan is reused from frame to frame and
 * allocates nothing once it is warm; it is valid until its packetizer's next call, and the frame must not change before.
 */
export class PayloadPlan {
  /** Where the bytes of the frame are taken from: borrowed. */
  private source: Uint8Array = NOTHING;
  private sourceOffset = 0;
  /** What was written for the frame, piece after piece. */
  descriptors = new Uint8Array(1_024);
  /** Of payloads. */
  count = 0;
  /** Whether the last payload ends the picture and bears the RTP marker; not so below another spatial layer of VP9. */
  isPictureEnd = true;
  /** Of the pieces of all payloads. */
  pieceCount = 0;

  private descriptorLength = 0;
  /** Where the descriptor of each piece ends; it begins where the one before ends. */
  private descriptorEnds = new Int32Array(64);
  private rangeOffsets = new Int32Array(64);
  private rangeLengths = new Int32Array(64);
  /** Behind the last piece of each payload. */
  private pieceEnds = new Int32Array(64);
  private payloadLengths = new Int32Array(64);

  /** Forgets the last frame and begins to plan `frame`. */
  begin(frame: Uint8Array, isPictureEnd = true): this {
    this.source = frame;
    this.sourceOffset = 0;
    this.isPictureEnd = isPictureEnd;
    this.count = 0;
    this.pieceCount = 0;
    this.descriptorLength = 0;
    return this;
  }

  /** Appends a byte to the descriptor of the piece that is being planned. */
  u8(value: number): this {
    if (this.descriptorLength === this.descriptors.length) this.descriptors = grownBytes(this.descriptors);
    this.descriptors[this.descriptorLength++] = value;
    return this;
  }

  u16(value: number): this {
    return this.u8(value >>> 8).u8(value & 0xff);
  }

  /** Appends bytes that are not of the frame. */
  raw(bytes: Uint8Array, offset = 0, length = bytes.length - offset): this {
    for (let i = 0; i < length; i++) this.u8(bytes[offset + i]!);
    return this;
  }

  /** Ends a piece with `length` bytes of the frame at `offset`. */
  range(offset: number, length: number): this {
    const at = this.pieceCount++;
    if (at === this.rangeOffsets.length) {
      this.rangeOffsets = grown(this.rangeOffsets);
      this.rangeLengths = grown(this.rangeLengths);
      this.descriptorEnds = grown(this.descriptorEnds);
    }
    this.rangeOffsets[at] = offset;
    this.rangeLengths[at] = length;
    this.descriptorEnds[at] = this.descriptorLength;
    return this;
  }

  /** Ends a payload, of the pieces since the last one. */
  endPayload(): void {
    const first = this.firstPiece(this.count);
    let length = this.descriptorLength - this.descriptorStart(first);
    for (let piece = first; piece < this.pieceCount; piece++) length += this.rangeLengths[piece]!;
    const at = this.count++;
    if (at === this.pieceEnds.length) {
      this.pieceEnds = grown(this.pieceEnds);
      this.payloadLengths = grown(this.payloadLengths);
    }
    this.pieceEnds[at] = this.pieceCount;
    this.payloadLengths[at] = length;
  }

  /**
   * The whole frame was copied to `offset` of `slab`, and is taken from there. For who writes payloads to the same slab: what moves
   * within one array needs no view, so that nothing is allocated.
   */
  takeFrom(slab: Uint8Array, offset: number): void {
    this.source = slab;
    this.sourceOffset = offset;
  }

  /** Of the payload at `index`, from 0 to {@link count} - 1. */
  payloadBytes(index: number): number {
    return this.payloadLengths[index]!;
  }

  /** Its pieces are those from here … */
  firstPiece(index: number): number {
    return index === 0 ? 0 : this.pieceEnds[index - 1]!;
  }

  /** … to before here. */
  endOfPieces(index: number): number {
    return this.pieceEnds[index]!;
  }

  /** Where a piece's descriptor is in {@link descriptors}: from here to {@link descriptorEnd}. */
  descriptorStart(piece: number): number {
    return piece === 0 ? 0 : this.descriptorEnds[piece - 1]!;
  }

  descriptorEnd(piece: number): number {
    return this.descriptorEnds[piece]!;
  }

  /** Where a piece's range of the frame begins. */
  rangeOffset(piece: number): number {
    return this.rangeOffsets[piece]!;
  }

  rangeBytes(piece: number): number {
    return this.rangeLengths[piece]!;
  }

  /** Writes the payload at `index` to `out` at `offset` and returns its length, or 0 if there is no room. */
  write(index: number, out: Uint8Array, offset: number): number {
    const length = this.payloadLengths[index]!;
    if (offset + length > out.length) return 0;
    let at = offset;
    const end = this.endOfPieces(index);
    for (let piece = this.firstPiece(index); piece < end; piece++) {
      const descriptorEnd = this.descriptorEnds[piece]!;
      for (let from = this.descriptorStart(piece); from < descriptorEnd; from++) out[at++] = this.descriptors[from]!;
      const rangeBytes = this.rangeLengths[piece]!;
      this.copyRange(this.rangeOffsets[piece]!, rangeBytes, out, at);
      at += rangeBytes;
    }
    return length;
  }

  private copyRange(rangeOffset: number, rangeBytes: number, out: Uint8Array, at: number): void {
    const { source } = this;
    const from = this.sourceOffset + rangeOffset;
    if (source === out) out.copyWithin(at, from, from + rangeBytes);
    else if (rangeBytes === source.length) out.set(source, at);
    else out.set(source.subarray(from, from + rangeBytes), at);
  }
}

function grown(numbers: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(2 * numbers.length);
  larger.set(numbers);
  return larger;
}

function grownBytes(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(2 * bytes.length);
  larger.set(bytes);
  return larger;
}

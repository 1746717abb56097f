/** How NAL units lie in a frame: behind start codes (Annex B of H.264 and H.265), or behind their lengths, as in MP4 (`avc1`, `hvc1`). */
export type NalFormat = 'annex-b' | 'length-prefixed';

/** Of the length before each unit; MP4 allows fewer, nobody writes them. */
export const NAL_LENGTH_BYTES = 4;

const INITIAL_UNITS = 32;

/** Where the NAL units of a frame are: scan one frame after another. */
export class NalUnits {
  count = 0;
  private starts = new Int32Array(INITIAL_UNITS);
  private lengths = new Int32Array(INITIAL_UNITS);

  /** Where the unit at `index` begins, with its header. */
  start(index: number): number {
    return this.starts[index]!;
  }

  length(index: number): number {
    return this.lengths[index]!;
  }

  clear(): void {
    this.count = 0;
  }

  /** Finds the units of a frame; false if it is not in that format. Empty units are left out. */
  scan(frame: Uint8Array, format: NalFormat): boolean {
    this.clear();
    return format === 'annex-b' ? this.scanAnnexB(frame) : this.scanLengths(frame);
  }

  /** Units end where the next start code or the zeros before it begin (H.264 §B.1.1). */
  private scanAnnexB(frame: Uint8Array): boolean {
    let start = afterStartCode(frame, 0);
    if (start < 0) return false;
    while (start >= 0) {
      const next = afterStartCode(frame, start);
      let end = next < 0 ? frame.length : next - 3;
      while (end > start && frame[end - 1] === 0) end -= 1;
      this.add(start, end - start);
      start = next;
    }
    return this.count > 0;
  }

  private scanLengths(frame: Uint8Array): boolean {
    for (let at = 0; at < frame.length; ) {
      const start = at + NAL_LENGTH_BYTES;
      if (start > frame.length) return false;
      const length = frame[at]! * 0x100_0000 + ((frame[at + 1]! << 16) | (frame[at + 2]! << 8) | frame[at + 3]!);
      if (start + length > frame.length) return false;
      this.add(start, length);
      at = start + length;
    }
    return this.count > 0;
  }

  /** Notes a unit; one without bytes is none. */
  add(start: number, length: number): void {
    if (length === 0) return;
    if (this.count === this.starts.length) {
      this.starts = grown(this.starts);
      this.lengths = grown(this.lengths);
    }
    this.starts[this.count] = start;
    this.lengths[this.count] = length;
    this.count += 1;
  }
}

/** Behind the next 00 00 01 from `from` on, or -1. */
function afterStartCode(bytes: Uint8Array, from: number): number {
  for (let at = from + 2; at < bytes.length; ) {
    const byte = bytes[at]!;
    if (byte > 1) at += 3;
    else if (byte === 0) at += 1;
    else if (bytes[at - 1] === 0 && bytes[at - 2] === 0) return at + 1;
    else at += 3;
  }
  return -1;
}

function grown(numbers: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(2 * numbers.length);
  larger.set(numbers);
  return larger;
}

/** Bytes that come in pieces and are read in others. */
export class ByteQueue {
  private readonly pieces: Uint8Array[] = [];
  /** Bytes that wait. */
  length = 0;

  push(piece: Uint8Array): void {
    this.pieces.push(piece);
    this.length += piece.length;
  }

  /** The next `count` bytes, or undefined while there are fewer. They belong to the caller. */
  take(count: number): Uint8Array | undefined {
    const taken = this.peek(count);
    if (taken) this.skip(count);
    return taken;
  }

  /** The next `count` bytes, which stay in the queue. */
  peek(count: number): Uint8Array | undefined {
    if (this.length < count) return undefined;
    const bytes = new Uint8Array(count);
    let filled = 0;
    for (let index = 0; filled < count; index++) {
      const part = this.pieces[index]!.subarray(0, count - filled);
      bytes.set(part, filled);
      filled += part.length;
    }
    return bytes;
  }

  private skip(count: number): void {
    this.length -= count;
    while (count > 0) {
      const first = this.pieces[0]!;
      if (first.length > count) {
        this.pieces[0] = first.subarray(count);
        return;
      }
      count -= first.length;
      this.pieces.shift();
    }
  }
}

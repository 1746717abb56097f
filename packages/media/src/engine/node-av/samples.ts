/** Samples that come in pieces of any length and go in pieces of one. */
export class Samples {
  private waiting = new Int16Array(0);

  constructor(private readonly pieceSamples: number) {}

  push(samples: Int16Array): void {
    const joined = new Int16Array(this.waiting.length + samples.length);
    joined.set(this.waiting);
    joined.set(samples, this.waiting.length);
    this.waiting = joined;
  }

  /** The next piece, or `count` samples; undefined while there are fewer. */
  take(count = this.pieceSamples): Int16Array | undefined {
    if (this.waiting.length < count) return undefined;
    const piece = this.waiting.slice(0, count);
    this.waiting = this.waiting.slice(count);
    return piece;
  }

  /** What is left, filled up with silence; undefined for nothing. */
  takeRest(): Int16Array | undefined {
    if (this.waiting.length === 0) return undefined;
    const piece = new Int16Array(this.pieceSamples);
    piece.set(this.waiting);
    this.waiting = new Int16Array(0);
    return piece;
  }
}

export const bytesOfSamples = (samples: Int16Array): Buffer =>
  Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);

export const samplesOfBytes = (bytes: Uint8Array): Int16Array => new Int16Array(new Uint8Array(bytes).buffer);

/** A message that has begun: its fragments from the first one on, as far as they follow each other. */
export class Assembly {
  /** Bytes of user data so far. */
  length = 0;
  /** The message exceeded the limit: its bytes are dropped as they come. */
  isRefused = false;
  /** The owner has been told of the refusal. */
  isReported = false;
  /** The last fragment has arrived. */
  isComplete = false;
  private buffer: Uint8Array;

  /** `capacityBytes` is a guess at the message's length: when it is right, the message is copied once. */
  constructor(
    readonly streamId: number,
    readonly isUnordered: boolean,
    /** Stream sequence number, or message identifier with interleaving. */
    readonly sequence: number,
    readonly ppid: number,
    capacityBytes: number,
  ) {
    this.buffer = new Uint8Array(capacityBytes);
  }

  append(bytes: Uint8Array, from: number, to: number): void {
    const end = this.length + to - from;
    if (end > this.buffer.length) this.grow(end);
    this.buffer.set(bytes.subarray(from, to), this.length);
    this.length = end;
  }

  refuse(): void {
    this.isRefused = true;
    this.buffer = EMPTY;
    this.length = 0;
  }

  /** The message, in a buffer of exactly its length; the assembly is done. */
  take(): Uint8Array {
    return this.buffer.length === this.length ? this.buffer : this.buffer.slice(0, this.length);
  }

  private grow(atLeast: number): void {
    const larger = new Uint8Array(Math.max(atLeast, 2 * this.buffer.length));
    larger.set(this.buffer.subarray(0, this.length));
    this.buffer = larger;
  }
}

const EMPTY = new Uint8Array(0);

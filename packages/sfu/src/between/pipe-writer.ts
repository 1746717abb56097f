import { PIPE_WORDS, type PipeRecordKind } from './records.js';
import type { RingWriter } from './shared-ring.js';

/** What waits for room where it may not be lost. A worker that does not read for so long has stopped working. */
const MAX_WAITING_BYTES = 16 * 1024 * 1024;
const NO_BYTES = new Uint8Array(0);

interface WaitingRecord {
  readonly words: readonly [number, number, number, number];
  readonly bytes: Uint8Array;
}

/**
 * What a worker writes for the sessions that it shares with one other. Media is dropped where there is no room; what is said of tracks, and
 * messages that are to be reliable, wait for it, and what comes later waits behind them.
 */
export class PipeWriter {
  packets = 0;
  /** Media that had no room. */
  dropped = 0;
  /** Of what may not be lost: the other worker had stopped reading. */
  overflowed = 0;
  private waiting: WaitingRecord[] = [];
  private waitingBytes = 0;

  constructor(private readonly ring: RingWriter) {}

  /** How full the ring is, from 0 to 1. */
  get fill(): number {
    return this.waiting.length > 0 ? 1 : this.ring.fill;
  }

  /** A packet, written now or never. The bytes are copied. */
  lossy(
    kind: PipeRecordKind,
    to: number,
    from: number,
    word: number,
    bytes: Uint8Array,
    offset = 0,
    length = bytes.length - offset,
  ): void {
    const isWritten = (this.waiting.length === 0 || this.catchUp()) && this.write(kind, to, from, word, bytes, offset, length);
    if (isWritten) this.packets += 1;
    else this.dropped += 1;
  }

  /** Something that is not to be lost. The bytes are kept until there is room. */
  reliable(kind: PipeRecordKind, to: number, from: number, word: number, bytes: Uint8Array): void {
    if (this.catchUp() && this.write(kind, to, from, word, bytes, 0, bytes.length)) return;
    const isPossible = bytes.length + 4 * PIPE_WORDS <= this.ring.maxRecordBytes;
    if (!isPossible || this.waitingBytes + bytes.length > MAX_WAITING_BYTES) {
      this.overflowed += 1;
      return;
    }
    this.waiting.push({ words: [kind, to, from, word], bytes });
    this.waitingBytes += bytes.length;
  }

  /** Writes what waits, as far as there is room; whether nothing waits any more. */
  catchUp(): boolean {
    if (this.waiting.length === 0) return true;
    let written = 0;
    for (const { words, bytes } of this.waiting) {
      if (!this.write(...words, bytes, 0, bytes.length)) break;
      this.waitingBytes -= bytes.length;
      written += 1;
    }
    this.waiting.splice(0, written);
    return this.waiting.length === 0;
  }

  private write(
    kind: number,
    to: number,
    from: number,
    word: number,
    bytes: Uint8Array,
    offset: number,
    length: number,
  ): boolean {
    const { ring } = this;
    const at = ring.place(4 * PIPE_WORDS + length);
    if (at < 0) return false;
    const { words } = ring;
    const first = at >> 2;
    words[first] = kind;
    words[first + 1] = to;
    words[first + 2] = from;
    words[first + 3] = word;
    ring.bytes.set(length === 0 ? NO_BYTES : bytes.subarray(offset, offset + length), at + 4 * PIPE_WORDS);
    return true;
  }
}

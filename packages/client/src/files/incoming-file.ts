import { MaruError } from '../errors.js';
import { BaseTransfer } from './base-transfer.js';
import type { Chunk } from './chunk.js';
import { WINDOW_BYTES } from './outgoing-file.js';
import { Sha256 } from './sha256.js';
import { blobSink } from './sinks.js';
import type { FileSink, TransferState } from './transfer.js';

/** Progress is told at least each time so much is written: a sixteenth of the window keeps the sender going. */
const TELL_EVERY_BYTES = WINDOW_BYTES / 16;
const TELL_EVERY_MS = 150;
/**
 * Most that one write takes. A write to a file costs a browser several hops between processes, however little it writes: pieces
 * that come meanwhile go together, or a busy machine would carry a file as fast as it makes such hops.
 */
const WRITE_BYTES = WINDOW_BYTES / 2;
/** What may wait for the sink: the sender's window, and once more for what was on its way when it was told to slow down. */
const MAX_QUEUED_BYTES = 2 * WINDOW_BYTES;

/** The receiving end of a transfer: writes in order, counts, hashes, and tells the sender how far it is. */
export class IncomingFile extends BaseTransfer {
  readonly direction = 'receiving';
  protected readonly end = 'receiver';
  private sink: FileSink | undefined;
  private readonly hash = new Sha256();
  private arrivedBytes = 0;
  private writtenBytes = 0;
  private toldBytes = 0;
  private toldAt = -Infinity;
  private writing: Promise<void> = Promise.resolve();
  /** Pieces that have come and wait for the write before theirs. */
  private queued: Uint8Array[] = [];

  get bytesDone(): number {
    return this.writtenBytes;
  }

  /** The sender is always at least as far as what has come. */
  get bytesDoneRemote(): number {
    return this.arrivedBytes;
  }

  protected get bytesArrived(): number {
    return this.writtenBytes;
  }

  async accept(sink: FileSink = blobSink(this.mediaType)): Promise<void> {
    if (this.phase.name !== 'offered') throw new MaruError('sdk/invalid-state', `the transfer is ${this.state.name}`);
    this.sink = sink;
    this.enter({ name: 'moving' });
    this.sayAccept();
  }

  decline(): void {
    if (this.phase.name !== 'offered') return;
    this.host.say({ type: 'decline', id: this.number });
    this.finish({ name: 'declined', by: 'us' });
  }

  /** The sender offers it again on a new channel: go on where we are. */
  offeredAgain(): void {
    if (this.phase.name === 'offered') return;
    this.sayAccept();
    this.repeatPause();
  }

  /** Bytes came. They are a view of the message, which is ours to keep. */
  received({ offset, bytes }: Chunk): void {
    if (this.phase.name !== 'moving') return;
    const fits = offset === this.arrivedBytes && bytes.length > 0 && offset + bytes.length <= this.sizeBytes;
    if (!fits)
      return this.fail(
        new MaruError(
          'files/protocol',
          `expected byte ${this.arrivedBytes} of ${this.sizeBytes}, got ${offset} + ${bytes.length}`,
        ),
      );
    this.arrivedBytes += bytes.length;
    if (this.arrivedBytes - this.writtenBytes > MAX_QUEUED_BYTES)
      return this.fail(new MaruError('files/flood', 'the sender does not wait for us'));
    this.hash.update(bytes); // piece by piece, or the page would stand still over what one write takes
    this.queued.push(bytes);
    this.writing = this.writing.then(() => this.writeQueued());
  }

  /** The sender says that this was all. */
  ended(sha256: string): void {
    if (this.phase.name === 'moving') this.writing = this.writing.then(() => this.verify(sha256));
  }

  protected release(state: TransferState): void {
    const { sink } = this;
    this.sink = undefined;
    this.queued = [];
    if (sink && state.name !== 'done') void Promise.resolve(sink.abort()).catch(() => undefined); // there is nobody left to tell
  }

  private async writeQueued(): Promise<void> {
    const bytes = this.takeQueued();
    if (!bytes || !this.sink || this.isOver) return;
    try {
      await this.sink.write(bytes);
    } catch (cause) {
      return this.fail(new MaruError('files/sink-failed', `${this.name} could not be written`, { cause }));
    }
    this.writtenBytes += bytes.length;
    this.meter.add(this.host.now(), this.writtenBytes);
    this.tellProgress();
    if (!this.isOver) this.host.updated(this);
  }

  /** What one write takes of the pieces that wait; undefined when an earlier one took them all. */
  private takeQueued(): Uint8Array | undefined {
    let [length, count] = [0, 0];
    for (const { length: more } of this.queued) {
      if (count > 0 && length + more > WRITE_BYTES) break;
      length += more;
      count += 1;
    }
    const pieces = this.queued.splice(0, count);
    return pieces.length > 1 ? joined(pieces, length) : pieces[0];
  }

  private tellProgress(): void {
    const now = this.host.now();
    const due = this.writtenBytes - this.toldBytes >= TELL_EVERY_BYTES || now - this.toldAt >= TELL_EVERY_MS;
    if (!due && this.writtenBytes < this.sizeBytes) return;
    this.toldBytes = this.writtenBytes;
    this.toldAt = now;
    this.host.say({ type: 'progress', id: this.number, bytes: this.writtenBytes });
  }

  private async verify(sha256: string): Promise<void> {
    if (this.phase.name !== 'moving') return;
    this.enter({ name: 'verifying' });
    const ours = this.hash.digest();
    if (this.writtenBytes !== this.sizeBytes || ours !== sha256) {
      return this.fail(
        new MaruError(
          'files/corrupt',
          `expected ${this.sizeBytes} bytes with SHA-256 ${sha256}, got ${this.writtenBytes} with ${ours}`,
        ),
      );
    }
    try {
      this.blob = (await this.sink?.close()) ?? undefined;
    } catch (cause) {
      return this.fail(new MaruError('files/sink-failed', `${this.name} could not be finished`, { cause }));
    }
    if (this.isOver) return;
    this.sha256 = ours;
    this.host.say({ type: 'verified', id: this.number });
    this.finish({ name: 'done' });
  }

  /** What arrived on an old channel is in the queue and will be written: nothing of it is asked for again. */
  private sayAccept(): void {
    this.host.say({ type: 'accept', id: this.number, from: this.arrivedBytes });
  }
}

function joined(pieces: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

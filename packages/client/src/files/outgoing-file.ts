import { MaruError } from '../errors.js';
import { BaseTransfer, type TransferHost } from './base-transfer.js';
import type { Chunk } from './chunk.js';
import { FileReaderAhead } from './file-reader.js';
import type { FileMessage } from './messages.js';

/** How far the sender may be ahead of what the receiver has written: what a slow disk may cost the receiver in memory. */
export const WINDOW_BYTES = 8 * 1024 * 1024;

/** The sending end of a transfer: offers, reads ahead within the window, and hashes as it goes. */
export class OutgoingFile extends BaseTransfer {
  readonly direction = 'sending';
  protected readonly end = 'sender';
  private readonly reader: FileReaderAhead;
  private sentBytes = 0;
  private writtenRemotely = 0;
  private endSaid = false;

  constructor(id: string, number: number, name: string, source: Blob, host: TransferHost) {
    super(id, number, name, source.size, source.type, host);
    this.reader = new FileReaderAhead(source);
  }

  get bytesDone(): number {
    return this.sentBytes;
  }

  get bytesDoneRemote(): number {
    return this.writtenRemotely;
  }

  protected get bytesArrived(): number {
    return this.writtenRemotely;
  }

  /** How the other side learns of it; said again when the channel is made anew. */
  get offer(): FileMessage {
    const { number: id, name, sizeBytes: size, mediaType } = this;
    return { type: 'offer', id, name, size, mediaType };
  }

  async accept(): Promise<void> {
    throw new MaruError('sdk/invalid-state', 'only the receiver accepts');
  }

  /** Taking an offer back is cancelling it. */
  decline(): void {
    this.cancel();
  }

  declined(): void {
    this.finish({ name: 'declined', by: 'them' });
  }

  /** The receiver wants the bytes from `from` on. */
  accepted(from: number): void {
    if (this.isOver || from > this.sizeBytes || (this.phase.name === 'offered' && from !== 0)) return;
    this.sentBytes = from;
    this.writtenRemotely = from;
    this.endSaid = false;
    this.enter({ name: 'moving' });
    this.host.pump();
  }

  /** The receiver has written so much. */
  progressed(bytes: number): void {
    if (this.phase.name !== 'moving' || bytes > this.sentBytes || bytes < this.writtenRemotely) return;
    this.writtenRemotely = bytes;
    this.meter.add(this.host.now(), bytes);
    if (bytes === this.sizeBytes && this.endSaid) return this.enter({ name: 'verifying' });
    this.host.updated(this);
    this.host.pump();
  }

  verified(): void {
    if (this.endSaid) this.finish({ name: 'done' });
  }

  /** Whether a piece may be sent now. */
  get mayGo(): boolean {
    return this.state.name === 'active' && !this.endSaid && this.sentBytes - this.writtenRemotely < WINDOW_BYTES;
  }

  /** The next piece, at most `length` bytes; undefined when that changed while it was read, or it failed. */
  async nextChunk(length: number): Promise<Chunk | undefined> {
    const offset = this.sentBytes;
    try {
      const bytes = await this.reader.read(offset, length);
      return this.mayGo && offset === this.sentBytes ? { id: this.number, offset, bytes } : undefined;
    } catch (cause) {
      this.fail(new MaruError('files/source-changed', `${this.name} cannot be read any more`, { cause }));
      return undefined;
    }
  }

  /** The piece is on its way. */
  chunkSent({ offset, bytes }: Chunk): void {
    this.reader.sent(offset, bytes);
    this.sentBytes = offset + bytes.length;
    if (this.sentBytes === this.sizeBytes) this.sayEnd();
    this.host.updated(this);
  }

  protected release(): void {
    this.endSaid = true;
  }

  private sayEnd(): void {
    this.endSaid = true;
    this.sha256 ??= this.reader.digest();
    this.host.say({ type: 'end', id: this.number, sha256: this.sha256 });
  }
}

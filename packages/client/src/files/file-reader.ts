import { Sha256 } from './sha256.js';

/** How much is read from disk at once; the next block is read while this one is sent. */
const BLOCK_BYTES = 1024 * 1024;

interface Block {
  readonly offset: number;
  readonly bytes: Promise<Uint8Array>;
}

/** Reads a blob in order, block by block, hashing each byte once however often it is read. Never more than two blocks in memory. */
export class FileReaderAhead {
  private readonly hash = new Sha256();
  private hashedTo = 0;
  private current: Block | undefined;
  private next: Block | undefined;

  constructor(private readonly blob: Blob) {}

  /** Up to `length` bytes from `offset`, a view into a block. Rejects when the file was changed or removed meanwhile. */
  async read(offset: number, length: number): Promise<Uint8Array> {
    const start = offset - (offset % BLOCK_BYTES);
    const block = (this.current = this.block(start));
    if (start + BLOCK_BYTES < this.blob.size) this.next = this.block(start + BLOCK_BYTES);
    const bytes = (await block.bytes).subarray(offset - start, Math.min(offset - start + length, BLOCK_BYTES));
    if (bytes.length === 0 && offset < this.blob.size) throw new Error('the file became shorter');
    return bytes;
  }

  /** Tells that `bytes` at `offset` are on their way; what was on its way before a resumption is not hashed twice. */
  sent(offset: number, bytes: Uint8Array): void {
    const fresh = offset + bytes.length - this.hashedTo;
    if (fresh <= 0) return;
    this.hash.update(bytes.subarray(bytes.length - fresh));
    this.hashedTo += fresh;
  }

  /** SHA-256 of the whole; call once, when all is sent. */
  digest(): string {
    return this.hash.digest();
  }

  private block(offset: number): Block {
    if (this.current?.offset === offset) return this.current;
    if (this.next?.offset === offset) return this.next;
    const bytes = this.blob
      .slice(offset, offset + BLOCK_BYTES)
      .arrayBuffer()
      .then((buffer) => new Uint8Array(buffer));
    bytes.catch(() => undefined); // told where it is awaited
    return { offset, bytes };
  }
}

import type { Socket } from 'node:net';
import { encodeChannelData, sizeOfChannelData } from '@maru/protocol/turn';
import { type Meter, splice } from '../relay/splice.js';

/** Frames of one batch leave in one write, in pieces of this size. */
const PIECE_BYTES = 16 * 1024;
/** Relayed data is dropped, as a full queue of any router would, rather than kept beyond this for a slow client. */
const MAX_QUEUED_BYTES = 256 * 1024;
/** A client that takes no answers either is no client. */
const MAX_UNREAD_ANSWERS_BYTES = 512 * 1024;

/** A client's TCP or TLS connection: frames go out in batches, and data that it does not take in time is dropped. */
export class StreamClient {
  dropped = 0;
  onData: (bytes: Uint8Array) => void = () => {};
  private piece: Buffer | undefined;
  private used = 0;

  /** `onQueued` is told that there is something to {@link flush}. */
  constructor(
    readonly socket: Socket,
    private readonly onQueued: (client: StreamClient) => void,
  ) {}

  readonly receive = (bytes: Uint8Array): void => this.onData(bytes);

  /** From now on this is the other half of a peer's connection (RFC 6062 §5.4). */
  splice(peer: Socket, sent: Meter, received: Meter): void {
    this.flush();
    this.socket.removeListener('data', this.receive);
    splice(this.socket, peer, sent, received);
  }

  /** Queues a relayed message behind a ChannelData header, padded (RFC 8656 §12.5). */
  channelData(channel: number, bytes: Uint8Array, offset: number, length: number): void {
    const size = sizeOfChannelData(length, true);
    if (!this.mayQueue(size)) return;
    const room = this.reserve(size);
    encodeChannelData(channel, bytes.subarray(offset, offset + length), true, room);
  }

  /** Queues a whole Data indication. */
  indication(bytes: Uint8Array, offset: number, length: number): void {
    if (this.mayQueue(length)) this.reserve(length).set(bytes.subarray(offset, offset + length));
  }

  /** Queues an answer, which is never dropped: who reads none of them is disconnected. */
  answer(bytes: Uint8Array): void {
    if (this.queuedBytes > MAX_UNREAD_ANSWERS_BYTES) this.socket.destroy();
    else this.reserve(bytes.length).set(bytes);
  }

  /** Writes what was queued. */
  flush(): void {
    const { piece } = this;
    if (!piece) return;
    this.piece = undefined;
    if (!this.socket.destroyed) this.socket.write(piece.subarray(0, this.used));
    this.used = 0;
  }

  private get queuedBytes(): number {
    return this.socket.writableLength + this.used;
  }

  private mayQueue(bytes: number): boolean {
    if (this.queuedBytes + bytes <= MAX_QUEUED_BYTES) return true;
    this.dropped += 1;
    return false;
  }

  private reserve(bytes: number): Buffer {
    if (this.piece && this.used + bytes > this.piece.length) this.flush();
    if (!this.piece) {
      this.piece = Buffer.alloc(Math.max(PIECE_BYTES, bytes));
      this.onQueued(this);
    }
    const at = this.used;
    this.used += bytes;
    return this.piece.subarray(at, at + bytes);
  }
}

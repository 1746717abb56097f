import type { RemoteConnection } from '../connection.js';
import type { MaruError } from '../errors.js';

/**
 * Where a transfer stands; the same on both sides.
 * `offered` (waits for accept) → `active` ⇄ `paused` → `verifying` → `done`; from anywhere → `declined`, `cancelled` or `failed`.
 * `waiting`: the way to the other is broken for the moment; it goes on by itself.
 */
export type TransferState =
  | { readonly name: 'offered' }
  | { readonly name: 'active' }
  | { readonly name: 'paused'; readonly by: 'us' | 'them' | 'both' }
  | { readonly name: 'waiting' }
  | { readonly name: 'verifying' }
  | { readonly name: 'done' }
  | { readonly name: 'declined'; readonly by: 'us' | 'them' }
  | { readonly name: 'cancelled'; readonly by: 'us' | 'them' }
  | { readonly name: 'failed'; readonly error: MaruError };

/** One file on its way to or from one person. The object stays the same; its properties are live. */
export interface Transfer {
  readonly id: string;
  readonly connection: RemoteConnection;
  readonly direction: 'sending' | 'receiving';
  /** Without folders, control characters and direction marks: safe to show and to save under. */
  readonly name: string;
  readonly sizeBytes: number;
  readonly mediaType: string;
  readonly state: TransferState;
  /** Handed to the network (sending), or written to the sink (receiving). */
  readonly bytesDone: number;
  /** What the other side says it has done: when sending, this is what has really arrived. */
  readonly bytesDoneRemote: number;
  /** Over the last seconds, of what has arrived. */
  readonly bytesPerSecond: number;
  /** At that speed; undefined when unknown or not active. */
  readonly secondsLeft: number | undefined;
  /** SHA-256 as both sides computed it, in hex; there and equal only when `done`. */
  readonly sha256: string | undefined;
  /** What was received, when the sink was {@link blobSink}: ready for `URL.createObjectURL`. */
  readonly blob: Blob | undefined;
  /** Takes an offer (receiving). Without a sink, the bytes are kept as a Blob. */
  accept(sink?: FileSink): Promise<void>;
  decline(): void;
  /** Either side may pause; it goes on when nobody pauses any more. */
  pause(): void;
  resume(): void;
  cancel(): void;
}

/** Where received bytes go. The engine writes in order, one write at a time, and waits for each. */
export interface FileSink {
  /** The bytes are lent for the length of the call and its promise. */
  write(bytes: Uint8Array): Promise<void> | void;
  /** All is written and verified: make it final. May return what the page can show or save. */
  close(): Promise<Blob | undefined>;
  /** The transfer will not be completed: remove what was written. */
  abort(): Promise<void> | void;
}

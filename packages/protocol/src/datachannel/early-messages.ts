import type { MessageKind } from './channel.js';

/** A message for a stream on which we know no channel yet. */
export interface EarlyMessage {
  readonly streamId: number;
  readonly kind: MessageKind;
  readonly bytes: Uint8Array;
}

const MAX_MESSAGES = 64;
const MAX_BYTES = 256 * 1024;

/**
 * Keeps what comes before its channel: a negotiated channel may exist over there a little sooner than here. Bounded, and
 * the oldest goes first: a peer that sends to channels that never come loses those messages, as it would anyway.
 */
export class EarlyMessages {
  private messages: EarlyMessage[] = [];
  private bytes = 0;

  add(message: EarlyMessage): void {
    this.messages.push(message);
    this.bytes += message.bytes.length;
    while (this.messages.length > MAX_MESSAGES || this.bytes > MAX_BYTES) this.bytes -= this.messages.shift()!.bytes.length;
  }

  /** What came for `streamId`, in order; it is not kept any longer. */
  take(streamId: number): readonly EarlyMessage[] {
    if (this.messages.length === 0) return this.messages;
    const taken = this.messages.filter((message) => message.streamId === streamId);
    this.messages = this.messages.filter((message) => message.streamId !== streamId);
    for (const { bytes } of taken) this.bytes -= bytes.length;
    return taken;
  }

  clear(): void {
    this.messages = [];
    this.bytes = 0;
  }
}

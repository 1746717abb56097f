import type { MessageKind } from './channel.js';

/** Joins the parts of a message sent with the deprecated partial PPIDs 52 and 54 (RFC 8831 §8). */
export class PartialMessage {
  private parts: Uint8Array[] = [];
  private bytes = 0;
  private kind: MessageKind = 'binary';

  constructor(private readonly maxBytes: number) {}

  /** Another part that is not the last; returns false if the message is now too long or mixes kinds, and forgets it. */
  add(kind: MessageKind, part: Uint8Array): boolean {
    if (this.parts.length > 0 && this.kind !== kind) return this.forget();
    this.kind = kind;
    this.parts.push(part);
    this.bytes += part.length;
    return this.bytes <= this.maxBytes || this.forget();
  }

  /** The whole message of which `last` is the end; undefined if the parts before it do not fit to it. */
  finish(kind: MessageKind, last: Uint8Array): Uint8Array | undefined {
    if (this.parts.length === 0) return last;
    if (!this.add(kind, last)) return undefined;
    const whole = new Uint8Array(this.bytes);
    let at = 0;
    for (const part of this.parts) {
      whole.set(part, at);
      at += part.length;
    }
    this.forget();
    return whole;
  }

  private forget(): false {
    this.parts = [];
    this.bytes = 0;
    return false;
  }
}

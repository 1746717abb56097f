import type { Fragment, HandshakeMessage } from './handshake-message.js';

/** What a connection holds for reassembly at most, all messages together. */
export const MAX_REASSEMBLY_BYTES = 65_536;
/** The largest message: a certificate chain, and some. */
export const MAX_MESSAGE_BYTES = 20_480;
/** How far ahead of the next message fragments are kept: a flight has at most five. */
const WINDOW_MESSAGES = 8;
/** Separate pieces of one message that are kept track of. */
const MAX_PIECES = 128;

/** What became of a fragment: `repeated` belongs to a message that was delivered already. */
export type FragmentOutcome = 'kept' | 'repeated' | 'refused';

/** A message under construction; `pieces` are the ends of what is there: from, to, from, to, ascending and apart. */
interface Slot {
  readonly epoch: number;
  readonly type: number;
  readonly body: Uint8Array;
  pieces: number[];
}

/**
 * Puts fragments of handshake messages together and hands the messages out in order (RFC 6347 §4.2.3). Fragments of one
 * message agree on type and length, or the later ones are refused; a protected fragment replaces what plaintext claimed.
 */
export class HandshakeReassembly {
  private readonly slots = new Map<number, Slot>();
  private held = 0;
  private next = 0;

  /** message_seq of the message that {@link take} will return next. */
  get nextSequence(): number {
    return this.next;
  }

  /** Bytes set aside for messages that are not whole: at most {@link MAX_REASSEMBLY_BYTES}. */
  get heldBytes(): number {
    return this.held;
  }

  /** Starts elsewhere than at 0: a cookie was verified before this connection existed. */
  skipTo(messageSequence: number): void {
    this.next = messageSequence;
  }

  receive(fragment: Fragment, epoch: number): FragmentOutcome {
    const { type, length, messageSequence, offset, body } = fragment;
    if (messageSequence < this.next) return 'repeated';
    if (messageSequence >= this.next + WINDOW_MESSAGES || length > MAX_MESSAGE_BYTES) return 'refused';
    if (body.length === 0 && length > 0) return 'refused'; // says nothing, costs work
    const slot = this.slotFor(messageSequence, type, length, epoch);
    if (!slot) return 'refused';
    if (!insertPiece(slot, offset, offset + body.length)) return 'refused';
    slot.body.set(body, offset);
    return 'kept';
  }

  /** The next message if it is whole; its bytes are the caller's. */
  take(): HandshakeMessage | undefined {
    const slot = this.slots.get(this.next);
    if (!slot || !isWhole(slot)) return undefined;
    this.drop(this.next);
    return { type: slot.type, messageSequence: this.next++, body: slot.body };
  }

  private slotFor(messageSequence: number, type: number, length: number, epoch: number): Slot | undefined {
    const existing = this.slots.get(messageSequence);
    if (existing) {
      if (existing.epoch === epoch) return existing.type === type && existing.body.length === length ? existing : undefined;
      if (existing.epoch > epoch) return undefined;
      this.drop(messageSequence);
    }
    if (this.held + length > MAX_REASSEMBLY_BYTES) return undefined;
    const slot: Slot = { epoch, type, body: new Uint8Array(length), pieces: [] };
    this.slots.set(messageSequence, slot);
    this.held += length;
    return slot;
  }

  private drop(messageSequence: number): void {
    this.held -= this.slots.get(messageSequence)?.body.length ?? 0;
    this.slots.delete(messageSequence);
  }
}

function isWhole({ body, pieces }: Slot): boolean {
  return body.length === 0 || (pieces.length === 2 && pieces[0] === 0 && pieces[1] === body.length);
}

/** Adds [from, to) to the pieces, joining what touches. False when there would be too many. */
function insertPiece(slot: Slot, from: number, to: number): boolean {
  const joined: number[] = [];
  let [start, end] = [from, to];
  let isPlaced = false;
  for (let i = 0; i < slot.pieces.length; i += 2) {
    const [a, b] = [slot.pieces[i]!, slot.pieces[i + 1]!];
    if (b < start) joined.push(a, b);
    else if (a > end) {
      if (!isPlaced) joined.push(start, end);
      isPlaced = true;
      joined.push(a, b);
    } else [start, end] = [Math.min(a, start), Math.max(b, end)];
  }
  if (!isPlaced) joined.push(start, end);
  if (joined.length > 2 * MAX_PIECES) return false;
  slot.pieces = joined;
  return true;
}

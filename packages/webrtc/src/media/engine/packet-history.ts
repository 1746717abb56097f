import type { Instant } from '@maru/protocol/core';

/** Room for one packet, and what a retransmission adds. */
export const SLOT_BYTES = 1_280;

const FIRST_SLOTS = 64;
/** A picture of some packets. */
const FIRST_STAGE_BYTES = 8_192;
/** S-52's neighbour: two seconds of video, 2,500 packets at most (security budgets, "RTX cache"). */
const MAX_SLOTS = 2_048;

/**
 * The packets of one stream, from the moment that they are written until nobody can ask for them any more: a ring of slots that
 * grows with the rate. Written, sent, and found by sequence number; nothing is allocated while it keeps its size, nor before the
 * first packet.
 */
export class PacketHistory {
  /** The frame that is being cut, and behind it the slots. */
  slab = new Uint8Array(0);
  private stageBytes = 0;
  private slots = 0;
  private lengths = new Int32Array(0);
  private payloads = new Int32Array(0);
  private sentAt = new Float64Array(0);
  private writtenAt = new Float64Array(0);
  private resends = new Uint8Array(0);
  /** Counts of packets: the oldest kept, the next to be sent, the next to be written. */
  private oldest = 0;
  private nextToSend = 0;
  private end = 0;

  constructor(
    /** Sequence number of the first packet. */
    private readonly firstSequence: number,
    private readonly maxAgeMs: number,
  ) {}

  get nextSequence(): number {
    return (this.firstSequence + this.end) & 0xffff;
  }

  /**
   * Gives its memory back: no packet can be sent again, and what was written and never sent was never there, its numbers
   * included. The sequence goes on where it was.
   */
  release(): void {
    this.end = this.oldest = this.nextToSend;
    this.resize(0, 0);
  }

  /** Copies a frame to the beginning of {@link slab}: from there its parts go to slots without a view of each. */
  stage(frame: Uint8Array): void {
    if (frame.length > this.stageBytes) this.resize(this.slots, Math.max(FIRST_STAGE_BYTES, frame.length, 2 * this.stageBytes));
    this.slab.set(frame);
  }

  /** The count of the next packet to be written. */
  get nextCount(): number {
    return this.end;
  }

  /** Forgets the pictures of which nothing was sent, as if they had not been written: their numbers are free again. Returns how many. */
  forgetUnsent(): number {
    let first = this.nextToSend;
    while (first < this.end && first > this.oldest && !this.isMarked(first - 1)) first += 1;
    let pictures = 0;
    for (let count = first; count < this.end; count++) if (this.isMarked(count)) pictures += 1;
    this.end = first;
    return pictures;
  }

  /** Whether packet `count` ends a picture (RFC 3550 §5.1, marker). */
  private isMarked(count: number): boolean {
    return (this.slab[this.offsetOf(count) + 1]! & 0x80) !== 0;
  }

  /** Whether packet `count` was written and has not left yet. */
  isWaiting(count: number): boolean {
    return count >= this.nextToSend && count < this.end;
  }

  /** Offset of the slot for the next packet, or -1 when {@link MAX_SLOTS} wait to be sent. */
  begin(): number {
    if (this.end - this.oldest === this.slots) this.makeRoom();
    if (this.end - this.oldest === this.slots) return -1;
    return this.offsetOf(this.end);
  }

  /** The packet in the slot that {@link begin} gave has `length` bytes, `payloadBytes` of them payload; returns its count. */
  commit(now: Instant, length: number, payloadBytes: number): number {
    const slot = this.end % this.slots;
    this.lengths[slot] = length;
    this.payloads[slot] = payloadBytes;
    this.sentAt[slot] = -1;
    this.writtenAt[slot] = now;
    this.resends[slot] = 0;
    return this.end++;
  }

  /** Packet `count` leaves now, the next in line; false if it is not. */
  send(now: Instant, count: number): boolean {
    if (count !== this.nextToSend || count >= this.end) return false;
    this.sentAt[count % this.slots] = now;
    this.nextToSend += 1;
    return true;
  }

  /** Whether packet `count` was sent and is still kept. */
  has(count: number): boolean {
    return count >= this.oldest && count < this.nextToSend;
  }

  /** The count of the packet that was sent last, or -1. */
  get newestSent(): number {
    return this.nextToSend > this.oldest ? this.nextToSend - 1 : -1;
  }

  offsetOf(count: number): number {
    return this.stageBytes + (count % this.slots) * SLOT_BYTES;
  }

  sequenceOf(count: number): number {
    return (this.firstSequence + count) & 0xffff;
  }

  lengthOf(count: number): number {
    return this.lengths[count % this.slots]!;
  }

  payloadBytesOf(count: number): number {
    return this.payloads[count % this.slots]!;
  }

  writtenAtOf(count: number): Instant {
    return this.writtenAt[count % this.slots]!;
  }

  /**
   * The count of a sent packet that may be sent again: not more than `maxResends` times, nor within `spacingMs` of the last time
   * (S-52), `laterSpacingMs` from the second on. -1 if there is none.
   */
  resend(now: Instant, sequenceNumber: number, spacingMs: number, maxResends: number, laterSpacingMs = spacingMs): number {
    const last = this.nextToSend - 1;
    if (last < this.oldest) return -1;
    const lastSequence = (this.firstSequence + last) & 0xffff;
    const count = last - ((lastSequence - sequenceNumber) & 0xffff);
    if (count < this.oldest) return -1;
    const slot = count % this.slots;
    const age = now - this.sentAt[slot]!;
    const resends = this.resends[slot]!;
    if (resends >= maxResends || age > this.maxAgeMs) return -1;
    if (resends > 0 && age < (resends === 1 ? spacingMs : laterSpacingMs)) return -1;
    this.resends[slot]! += 1;
    this.sentAt[slot] = now;
    return count;
  }

  /** Forgets what nobody will ask for, or grows. */
  private makeRoom(): void {
    if (this.slots === 0) return this.resize(FIRST_SLOTS, this.stageBytes);
    const newest = this.nextToSend > 0 ? this.sentAt[(this.nextToSend - 1) % this.slots]! : 0;
    const isOldestStale = this.oldest < this.nextToSend && newest - this.sentAt[this.oldest % this.slots]! > this.maxAgeMs;
    if (!isOldestStale && this.slots < MAX_SLOTS) return this.resize(2 * this.slots, this.stageBytes);
    if (this.oldest < this.nextToSend) this.oldest += 1;
  }

  /** Moves to a ring of `slots`, which has room for all that is kept, behind a stage of `stageBytes`. */
  private resize(slots: number, stageBytes: number): void {
    const slab = new Uint8Array(stageBytes + slots * SLOT_BYTES);
    slab.set(this.slab.subarray(0, Math.min(stageBytes, this.stageBytes)));
    const [lengths, payloads, resends] = [new Int32Array(slots), new Int32Array(slots), new Uint8Array(slots)];
    const [sentAt, writtenAt] = [new Float64Array(slots), new Float64Array(slots)];
    for (let count = this.oldest; count < this.end; count++) {
      const [from, to] = [count % this.slots, count % slots];
      const at = this.stageBytes + from * SLOT_BYTES;
      slab.set(this.slab.subarray(at, at + SLOT_BYTES), stageBytes + to * SLOT_BYTES);
      lengths[to] = this.lengths[from]!;
      payloads[to] = this.payloads[from]!;
      resends[to] = this.resends[from]!;
      sentAt[to] = this.sentAt[from]!;
      writtenAt[to] = this.writtenAt[from]!;
    }
    Object.assign(this, { slots, stageBytes, slab, lengths, payloads, resends, sentAt, writtenAt });
  }
}

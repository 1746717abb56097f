/** Packets that were sent within this of one another are one group (draft-ietf-rmcat-gcc-02 §5.2). */
const GROUP_MS = 5;
/** Packets that arrive so close together after a stall of the path came out of one queue, and are one group with what came before. */
const BURST_MS = 5;
const MAX_BURST_MS = 100;
/** A receiver's clock that moves by this much against ours has been set anew. */
const CLOCK_JUMP_MS = 3_000;
const MAX_REORDERED_GROUPS = 3;

/** Sums packets up in groups and tells how far apart two neighbouring groups were sent and arrived (draft-ietf-rmcat-gcc-02 §5.2). */
export class InterArrival {
  /** Of the two groups that were complete when {@link add} returned true. */
  sentDeltaMs = 0;
  arrivalDeltaMs = 0;
  private firstSentAt = Number.NaN;
  private lastSentAt = 0;
  private firstArrivedAt = 0;
  private lastArrivedAt = 0;
  private heardAt = 0;
  private beforeSentAt = Number.NaN;
  private beforeArrivedAt = 0;
  private beforeHeardAt = 0;
  private reorderedGroups = 0;

  /** A packet and its times; `heardAt` is when we learnt of it. True when it begins a group and two are complete before it. */
  add(sentAt: number, arrivedAt: number, heardAt: number): boolean {
    if (Number.isNaN(this.firstSentAt)) {
      this.begin(sentAt, arrivedAt, heardAt);
      return false;
    }
    if (sentAt < this.firstSentAt) return false; // belongs to a group that is over
    if (!this.beginsGroup(sentAt, arrivedAt)) {
      this.lastSentAt = Math.max(this.lastSentAt, sentAt);
      this.lastArrivedAt = Math.max(this.lastArrivedAt, arrivedAt);
      this.heardAt = heardAt;
      return false;
    }
    const isPair = this.compare();
    if (Number.isNaN(this.firstSentAt)) {
      this.begin(sentAt, arrivedAt, heardAt); // compare() has reset us
      return false;
    }
    this.beforeSentAt = this.lastSentAt;
    this.beforeArrivedAt = this.lastArrivedAt;
    this.beforeHeardAt = this.heardAt;
    this.begin(sentAt, arrivedAt, heardAt);
    return isPair;
  }

  reset(): void {
    this.firstSentAt = Number.NaN;
    this.beforeSentAt = Number.NaN;
    this.reorderedGroups = 0;
  }

  private begin(sentAt: number, arrivedAt: number, heardAt: number): void {
    this.firstSentAt = this.lastSentAt = sentAt;
    this.firstArrivedAt = this.lastArrivedAt = arrivedAt;
    this.heardAt = heardAt;
  }

  private beginsGroup(sentAt: number, arrivedAt: number): boolean {
    const arrivalMs = arrivedAt - this.lastArrivedAt;
    const sentMs = sentAt - this.lastSentAt;
    const isBurst =
      sentMs === 0 || (arrivalMs - sentMs < 0 && arrivalMs <= BURST_MS && arrivedAt - this.firstArrivedAt < MAX_BURST_MS);
    return !isBurst && sentAt - this.firstSentAt > GROUP_MS;
  }

  /** Sets the deltas between the last two groups; false if they say nothing. */
  private compare(): boolean {
    if (Number.isNaN(this.beforeSentAt)) return false;
    this.sentDeltaMs = this.lastSentAt - this.beforeSentAt;
    this.arrivalDeltaMs = this.lastArrivedAt - this.beforeArrivedAt;
    const clockMs = Math.abs(this.arrivalDeltaMs - (this.heardAt - this.beforeHeardAt));
    if (clockMs > CLOCK_JUMP_MS) {
      this.reset();
      return false;
    }
    if (this.arrivalDeltaMs >= 0) {
      this.reorderedGroups = 0;
      return true;
    }
    this.reorderedGroups += 1;
    if (this.reorderedGroups >= MAX_REORDERED_GROUPS) this.reset();
    return false;
  }
}

import type { Clock, Instant, SeededRandom } from '@maru/protocol/core';
import { copyOfPacket, type Packet, sizeOfPacket } from './packet.js';

/** Loss in bursts: two states, good and bad (Gilbert and Elliott). */
export interface BurstLoss {
  /** Chance, per packet, of going from good to bad. */
  readonly enter: number;
  /** Chance, per packet, of going back: bursts last 1 / `leave` packets on average. */
  readonly leave: number;
  /** Chance that a packet is lost in the bad state; 1 if not given. */
  readonly loss?: number;
}

/** How one direction of a link treats packets. Whatever is left out does no harm. */
export interface LinkProfile {
  /** One-way delay. */
  readonly delayMs?: number;
  /** Up to so much more delay, drawn for each packet alone: packets overtake one another. */
  readonly jitterMs?: number;
  /** Chance that a packet is lost, each alone. */
  readonly loss?: number;
  readonly burstLoss?: BurstLoss;
  /** Chance that a packet is held back by `reorderMs`, so that later ones overtake it. */
  readonly reorder?: number;
  /** 50 ms if not given. */
  readonly reorderMs?: number;
  /** Chance that a packet arrives twice. */
  readonly duplicate?: number;
  /** Bits per second, headers included; unlimited if not given. */
  readonly rateBps?: number;
  /** A packet that would wait longer than this for its turn is dropped; 100 ms if not given. */
  readonly queueMs?: number;
  /** Larger packets (IP header included) are dropped. */
  readonly mtuBytes?: number;
}

/** Why a packet went no further. */
export type DropReason = 'lost' | 'queue-full' | 'too-large' | 'link-down' | 'unroutable' | 'filtered' | 'no-socket';

const DEFAULT_QUEUE_MS = 100;
const DEFAULT_REORDER_MS = 50;

/** One direction of a link. */
export class LinkDirection {
  /** A link that is down drops everything; its queue survives. */
  isUp = true;
  private isBad = false;
  private freeAt: Instant = 0;

  constructor(
    private readonly clock: Clock,
    private readonly random: SeededRandom,
    public profile: LinkProfile,
    private readonly dropped: (packet: Packet, reason: DropReason) => void,
  ) {}

  /** How long a packet that came now would wait for its turn, in milliseconds. */
  get queueingMs(): number {
    return Math.max(0, this.freeAt - this.clock.now());
  }

  /** Takes `packet` and calls `arrive` for it at its time: never, once or twice. */
  carry(packet: Packet, arrive: (packet: Packet) => void): void {
    const { mtuBytes = Infinity, duplicate = 0 } = this.profile;
    if (!this.isUp) return this.dropped(packet, 'link-down');
    if (sizeOfPacket(packet) > mtuBytes) return this.dropped(packet, 'too-large');
    const leavesAt = this.queue(packet);
    if (leavesAt === undefined) return this.dropped(packet, 'queue-full');
    if (this.isLost()) return this.dropped(packet, 'lost');
    if (this.happens(duplicate)) this.deliver(copyOfPacket(packet), leavesAt, arrive);
    this.deliver(packet, leavesAt, arrive);
  }

  private deliver(packet: Packet, leavesAt: Instant, arrive: (packet: Packet) => void): void {
    const { delayMs = 0, jitterMs = 0, reorder = 0, reorderMs = DEFAULT_REORDER_MS } = this.profile;
    const heldMs = this.happens(reorder) ? reorderMs : 0;
    const at = leavesAt + delayMs + heldMs + (jitterMs > 0 ? this.random.unit() * jitterMs : 0);
    this.clock.schedule(at, () => arrive(packet));
  }

  /** When the last bit of `packet` has left, or undefined if the queue is full. */
  private queue(packet: Packet): Instant | undefined {
    const { rateBps, queueMs = DEFAULT_QUEUE_MS } = this.profile;
    const now = this.clock.now();
    if (rateBps === undefined) return now;
    const startsAt = Math.max(now, this.freeAt);
    if (startsAt - now > queueMs) return undefined;
    this.freeAt = startsAt + (sizeOfPacket(packet) * 8_000) / rateBps;
    return this.freeAt;
  }

  private isLost(): boolean {
    const { loss = 0, burstLoss } = this.profile;
    if (burstLoss) {
      this.isBad = this.isBad ? !this.happens(burstLoss.leave) : this.happens(burstLoss.enter);
      if (this.isBad && this.happens(burstLoss.loss ?? 1)) return true;
    }
    return this.happens(loss);
  }

  private happens(chance: number): boolean {
    return chance > 0 && this.random.unit() < chance;
  }
}

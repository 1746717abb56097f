import type { Instant } from '@maru/protocol/core';
import type { SealBatch } from '@maru/protocol/srtp';
import type { PacketCache } from './packet-cache.js';
import { SourcePacket } from './source-packet.js';

/**
 * Room that a head may need, whatever publishers send: 16 bytes, extensions with a dependency descriptor of 255, six others of 32 and a
 * mid of 64, a number of a retransmission, the headers of seventeen blocks of RED.
 */
export const MAX_HEAD_BYTES = 640;

/** One unit of abs-send-time is 2^-18 s; 24 bits. */
const ABS_UNITS_PER_MS = 262.144;

/** Where packets leave a router: one for all its participants. */
export class Egress {
  /** What is sent again is read into this. */
  readonly resent = new SourcePacket();
  packets = 0;
  private absAt: Instant = Number.NaN;
  private abs = 0;

  constructor(
    readonly batch: SealBatch,
    readonly cache: PacketCache,
    private readonly send: () => void,
  ) {}

  /** Where the next head is to be written, with room for {@link MAX_HEAD_BYTES}. */
  reserve(): number {
    const { batch } = this;
    if (!batch.hasRoom(MAX_HEAD_BYTES)) this.send();
    return batch.headsUsed;
  }

  /** The 24 bits of abs-send-time. */
  absSendTime(now: Instant): number {
    if (now === this.absAt) return this.abs;
    this.absAt = now;
    this.abs = Math.round(now * ABS_UNITS_PER_MS) % 0x100_0000;
    return this.abs;
  }
}

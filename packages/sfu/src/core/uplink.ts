import { type Instant, NEVER } from '@maru/protocol/core';
import { type RtcpBuilder, type RtcpPacket, TwccRecorder } from '@maru/protocol/rtcp';
import type { SourceTable } from './source-table.js';

/** How often a publisher is told what arrived: what the delay of its estimate depends on. */
const FEEDBACK_MS = 60;
const REPORT_MS = 1_000;
const REPORT_BLOCKS = 31;

/** What a publisher is told: what arrived and when, what is missing, that a key frame is needed. */
export class Uplink {
  /** Made with the first packet: who only watches needs none. */
  private arrivals: TwccRecorder | undefined;
  feedbackAt: Instant = NEVER;
  reportAt: Instant = NEVER;
  /** Key frames asked for, and packets. */
  keyFrameRequests = 0;
  nacks = 0;

  constructor(
    private readonly ownSsrc: number,
    private readonly sources: SourceTable,
  ) {}

  /** A packet came at `cameAt`, with this transport-wide number if it has one. */
  received(now: Instant, transportSequence: number, cameAt: Instant): void {
    if (this.reportAt === NEVER) this.reportAt = now + REPORT_MS;
    if (transportSequence < 0) return;
    this.arrivals ??= new TwccRecorder();
    this.arrivals.received(cameAt, transportSequence);
    if (this.feedbackAt === NEVER) this.feedbackAt = now + FEEDBACK_MS;
  }

  get deadline(): Instant {
    let earliest = Math.min(this.feedbackAt, this.reportAt);
    for (const { nack, keyFrames } of this.sources.all) {
      if (nack && nack.deadline < earliest) earliest = nack.deadline;
      if (keyFrames.deadline < earliest) earliest = keyFrames.deadline;
    }
    return earliest;
  }

  /** Writes what is due. `send` takes each datagram that is full. */
  advance(now: Instant, builder: RtcpBuilder, send: (bytes: Uint8Array) => void): void {
    const add = (packet: RtcpPacket) => {
      if (builder.add(packet)) return;
      send(builder.take());
      builder.add(packet);
    };
    if (now >= this.reportAt) this.report(now, add);
    if (now >= this.feedbackAt) this.feedback(add);
    for (const source of this.sources.all) {
      const { nack, keyFrames, ssrc } = source;
      const isTaken = source.takers.length > 0;
      if (nack && now >= nack.deadline) {
        const lostSequences = nack.due(now);
        if (isTaken && lostSequences.length > 0) {
          add({ type: 'nack', senderSsrc: this.ownSsrc, mediaSsrc: ssrc, lostSequences });
          this.nacks += lostSequences.length;
        }
      }
      if (nack?.takeGivenUp() && isTaken) keyFrames.need();
      if (!keyFrames.take(now)) continue;
      this.keyFrameRequests += 1;
      add({ type: 'pli', senderSsrc: this.ownSsrc, mediaSsrc: ssrc });
    }
    if (!builder.isEmpty) send(builder.take());
  }

  private feedback(add: (packet: RtcpPacket) => void): void {
    let mediaSsrc = 0;
    for (const source of this.sources.all) mediaSsrc = source.ssrc;
    for (;;) {
      const packet = this.arrivals?.build(this.ownSsrc, mediaSsrc);
      if (!packet) break;
      add(packet);
    }
    this.feedbackAt = NEVER;
  }

  private report(now: Instant, add: (packet: RtcpPacket) => void): void {
    const blocks = [...this.sources.all]
      .filter(({ lastPacketAt }) => now - lastPacketAt < 10 * REPORT_MS)
      .map(({ statistics }) => statistics.report(now))
      .filter((block) => block !== undefined);
    this.reportAt = blocks.length > 0 ? now + REPORT_MS : NEVER;
    for (let from = 0; from < blocks.length; from += REPORT_BLOCKS)
      add({ type: 'receiver-report', senderSsrc: this.ownSsrc, reports: blocks.slice(from, from + REPORT_BLOCKS) });
  }
}

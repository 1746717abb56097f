import type { Instant } from '@maru/protocol/core';
import type { PublishedTrack } from './published-track.js';
import { SourcePacket } from './source-packet.js';
import type { SourceStream, SourceTaker } from './source-stream.js';

/** Takes what a track has for those of its session who are on another router. */
export interface PipeOutlet {
  /** A packet of the track, opened, as its publisher sent it. Lent for the call. */
  packet(track: PublishedTrack, packet: SourcePacket): void;
  /** The encoding sends from this SSRC from now on. */
  sourceAdded(track: PublishedTrack, source: SourceStream): void;
  muteChanged(track: PublishedTrack): void;
  /** An invariant did not hold while a packet was handed over. */
  broke(error: unknown): void;
}

/**
 * The way of a track to another router of its session: those of its encodings that are wanted there go over as they came. There, a
 * participant that {@link ParticipantOptions.isPiped} stands for the publisher.
 */
export class TrackPipe implements SourceTaker {
  private wanted: readonly boolean[] = [];
  private readonly again = new SourcePacket();

  constructor(
    readonly track: PublishedTrack,
    readonly outlet: PipeOutlet,
  ) {
    track.pipes.add(this);
  }

  wants(encoding: number): boolean {
    return this.wanted[encoding] ?? false;
  }

  /** These encodings go over from now on, by their order, and no others. */
  want(wanted: readonly boolean[]): void {
    this.wanted = wanted;
    for (const source of this.track.sources) {
      if (!source) continue;
      if (this.wants(source.index)) source.addTaker(this);
      else source.removeTaker(this);
    }
  }

  sourceAdded(source: SourceStream): void {
    this.outlet.sourceAdded(this.track, source);
    if (this.wants(source.index)) source.addTaker(this);
  }

  receive(_now: Instant, packet: SourcePacket): void {
    this.outlet.packet(this.track, packet);
  }

  broke(error: unknown): void {
    this.outlet.broke(error);
  }

  /** Packets did not come out at the other end: those that are still here go once more. */
  resend(source: SourceStream, lostSequences: readonly number[]): void {
    for (const sequenceNumber of lostSequences)
      if (source.recall(sequenceNumber, this.again)) this.outlet.packet(this.track, this.again);
  }

  /** Nothing goes over any more. */
  end(): void {
    this.want([]);
    this.track.pipes.delete(this);
  }
}

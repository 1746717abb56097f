import type { Instant } from '@maru/protocol/core';
import type { Forwarder } from './forwarder.js';
import type { LayerFilter } from './layers/layer-filter.js';
import { layerFilterFor } from './layers/layer-filter-for.js';
import type { OutgoingStream } from './outgoing-stream.js';
import type { PublishedTrack } from './published-track.js';
import type { Segment } from './segment.js';
import type { SourcePacket } from './source-packet.js';
import type { SourceStream } from './source-stream.js';

/** More than this missing at once is mended by a key frame alone; the numbers are not left free for it. */
const MAX_GAP = 500;

/**
 * Video: one encoding of the track at a time, and the layers of it that are wanted. To another encoding it is switched where a key
 * frame of that begins, and the one before goes on until then.
 */
export class VideoForwarder implements Forwarder {
  private track: PublishedTrack | undefined;
  private wantedEncoding = -1;
  private wantedSpatial = 0;
  private wantedTemporal = 0;
  /** Whose key frame is waited for. */
  private awaited: SourceStream | undefined;
  /** Nothing of the source that is being sent can be used before a key frame. */
  private isLost = false;

  constructor(private readonly stream: OutgoingStream) {}

  get source(): SourceStream | undefined {
    return this.wantedEncoding < 0 ? undefined : this.stream.segment?.source;
  }

  get spatialId(): number {
    return this.stream.segment?.filter.spatialId ?? 0;
  }

  get temporalId(): number {
    return this.stream.segment?.filter.temporalId ?? 0;
  }

  /** Packets are waited for, and none can be sent. */
  get isWaiting(): boolean {
    return this.awaited !== undefined || this.isLost;
  }

  show(track: PublishedTrack | undefined): void {
    this.leaveAll();
    this.stream.end();
    this.track = track;
    this.wantedEncoding = -1;
  }

  want(now: Instant, encoding: number, spatialId: number, temporalId: number): void {
    this.wantedEncoding = encoding;
    this.wantedSpatial = spatialId;
    this.wantedTemporal = temporalId;
    const { segment } = this.stream;
    if (encoding < 0) return this.stop();
    const source = this.track?.sources[encoding];
    if (!source) return;
    if (segment?.source === source && this.stream.isOpen) {
      this.stopAwaiting();
      segment.filter.target(spatialId, temporalId);
      if (segment.filter.needsKeyFrame || this.isLost) this.ask(source);
    } else this.await(now, source);
  }

  stop(): void {
    this.wantedEncoding = -1;
    this.leaveAll();
    this.stream.pause();
  }

  sourceAdded(source: SourceStream): void {
    if (source.index !== this.wantedEncoding) return;
    this.stopAwaiting();
    this.awaited = source;
    source.addTaker(this);
  }

  needKeyFrame(): void {
    const source = this.awaited ?? this.source;
    if (source) this.ask(source);
  }

  /** Not for key frames that would be of a codec which the subscriber does not take: others would pay for each. */
  private ask(source: SourceStream): void {
    const { payloadType } = source;
    if (payloadType < 0 || this.stream.payloads.types[payloadType]! >= 0) this.track?.needKeyFrame(source);
  }

  broke(error: unknown): void {
    this.stream.downlink.broke(error);
  }

  receive(now: Instant, packet: SourcePacket): void {
    const { stream } = this;
    const { segment, previous } = stream;
    if (packet.source === segment?.source && stream.isOpen) {
      if (packet.isNewest) this.follow(now, packet, segment!);
      else if (this.isLost && this.canBegin(packet)) packet.source!.replay(now, packet.sequence, this);
      else stream.forwardLate(now, packet, segment!);
    } else if (packet.source === this.awaited) {
      if (!this.canBegin(packet)) return;
      if (packet.isNewest) this.switchTo(now, packet);
      else packet.source!.replay(now, packet.sequence, this);
    } else if (previous && packet.source === previous.source && !packet.isNewest) {
      stream.forwardLate(now, packet, previous);
    }
  }

  private follow(now: Instant, packet: SourcePacket, segment: Segment): void {
    const { stream } = this;
    if (this.isLost) {
      if (this.canBegin(packet)) this.switchTo(now, packet);
      return;
    }
    if (packet.payloadBytes === 0) return segment.drop(packet.sequence);
    const gap = segment.gapBefore(packet.sequence);
    if (gap > MAX_GAP || stream.downlink.isOverfull || stream.payloads.types[packet.payloadType]! < 0)
      return this.lose(now, packet);
    const verdict = segment.filter.judge(packet);
    if (verdict === 'forward') stream.forward(now, packet, segment, segment.filter.isMarked(packet));
    else if (verdict === 'drop') segment.drop(packet.sequence);
    else this.lose(now, packet);
  }

  /** Nothing fits what was sent any more: on from the next key frame, which may be this packet's. */
  private lose(now: Instant, packet: SourcePacket): void {
    this.isLost = true;
    if (this.canBegin(packet)) this.switchTo(now, packet);
    else this.ask(packet.source!);
  }

  /** Whether the stream may go on from the packet, whatever was sent before. */
  private canBegin({ isKeyFrameStart, payloadType }: SourcePacket): boolean {
    return isKeyFrameStart && this.stream.payloads.types[payloadType]! >= 0 && !this.stream.downlink.isOverfull;
  }

  private switchTo(now: Instant, packet: SourcePacket): void {
    const { stream } = this;
    const before = stream.segment?.source;
    const older = stream.previous?.source;
    const source = packet.source!;
    const filter: LayerFilter = layerFilterFor(packet, this.wantedSpatial, this.wantedTemporal);
    const segment = stream.begin(now, packet, filter);
    if (older && older !== source && older !== before) older.removeTaker(this);
    if (source === this.awaited) this.awaited = undefined;
    this.isLost = false;
    if (filter.judge(packet) === 'forward') stream.forward(now, packet, segment, filter.isMarked(packet));
    else segment.drop(packet.sequence);
  }

  private await(now: Instant, source: SourceStream): void {
    if (this.awaited !== source) {
      this.stopAwaiting();
      this.awaited = source;
      source.addTaker(this);
      // Where a picture is shown already, an older one would turn its time back.
      if (!this.stream.isOpen && source.replayKeyFrame(now, this) && this.awaited !== source) return;
    }
    this.ask(source);
  }

  private stopAwaiting(): void {
    const { awaited, stream } = this;
    this.awaited = undefined;
    if (awaited && awaited !== stream.segment?.source && awaited !== stream.previous?.source) awaited.removeTaker(this);
  }

  private leaveAll(): void {
    this.awaited = undefined;
    this.isLost = false;
    for (const source of this.track?.sources ?? []) source?.removeTaker(this);
  }
}

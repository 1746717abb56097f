import type { Instant } from '@maru/protocol/core';
import type { Forwarder } from './forwarder.js';
import { WholeStream } from './layers/whole-stream.js';
import type { OutgoingStream } from './outgoing-stream.js';
import type { PublishedTrack } from './published-track.js';
import type { SourcePacket } from './source-packet.js';
import type { SourceStream } from './source-stream.js';

/** More than this missing at once is a pause of the source, and no loss. */
const MAX_GAP = 100;

/** Audio: all packets of the track while it is to be heard, none while it is not. */
export class AudioForwarder implements Forwarder {
  readonly spatialId = 0;
  readonly temporalId = 0;
  private track: PublishedTrack | undefined;
  private isOn = false;
  private readonly filter = new WholeStream();

  constructor(private readonly stream: OutgoingStream) {}

  get source(): SourceStream | undefined {
    return this.isOn ? this.track?.sources[0] : undefined;
  }

  show(track: PublishedTrack | undefined): void {
    this.track?.sources[0]?.removeTaker(this);
    this.stream.end();
    this.track = track;
    this.isOn = false;
  }

  want(_now: Instant, encoding: number): void {
    if (encoding < 0) return this.stop();
    this.isOn = true;
    this.track?.sources[0]?.addTaker(this);
  }

  stop(): void {
    if (!this.isOn) return;
    this.isOn = false;
    this.track?.sources[0]?.removeTaker(this);
    this.stream.pause();
  }

  sourceAdded(source: SourceStream): void {
    if (this.isOn) source.addTaker(this);
  }

  needKeyFrame(): void {}

  broke(error: unknown): void {
    this.stream.downlink.broke(error);
  }

  receive(now: Instant, packet: SourcePacket): void {
    const { stream } = this;
    const { segment } = stream;
    const isKnown = stream.payloads.types[packet.payloadType]! >= 0;
    const isSame = segment !== undefined && segment.source === packet.source && stream.isOpen;
    if (isSame && !packet.isNewest) {
      if (isKnown) stream.forwardLate(now, packet, segment);
      return;
    }
    if (isSame && (!isKnown || packet.payloadBytes === 0)) return segment.drop(packet.sequence);
    if (!isKnown || packet.payloadBytes === 0 || !packet.isNewest) return;
    if (isSame && segment.gapBefore(packet.sequence) <= MAX_GAP) return stream.forward(now, packet, segment, packet.isMarked);
    stream.forward(now, packet, stream.begin(now, packet, this.filter), true); // a talkspurt begins (RFC 3551 §4.1)
  }
}

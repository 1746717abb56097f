import { FecReceiver, type FecScheme } from '@maru/protocol/payload';
import { RtpPacketView } from '@maru/protocol/rtp';
import type { ExtensionIds } from './extension-ids.js';

/** What senders write when a packet leaves, after it was protected: to forward error correction it is zero (libwebrtc, "mutable extensions"). */
const WRITTEN_AT_SENDING = ['transport-cc', 'transport-cc-02', 'abs-send-time', 'toffset'] as const;

/** What forward error correction did for a stream (webrtc-stats, `fec…`). */
export interface MendingCounters {
  packetsReceived: number;
  bytesReceived: number;
  /** Came and mended nothing. */
  packetsDiscarded: number;
}

/** Gets lost packets of one video stream back from those that protect it (RFC 5109, FlexFEC-03). */
export class StreamMending {
  readonly counters: MendingCounters = { packetsReceived: 0, bytesReceived: 0, packetsDiscarded: 0 };
  private readonly receiver: FecReceiver;
  private readonly view = new RtpPacketView();

  constructor(
    readonly scheme: FecScheme,
    mediaSsrc: number,
  ) {
    this.receiver = new FecReceiver(scheme, mediaSsrc);
  }

  /** A packet of media came, out of RED. Zeroes what its sender has written into it at the last moment: read that before. */
  media(view: RtpPacketView, ids: ExtensionIds): void {
    for (const name of WRITTEN_AT_SENDING) {
      if (view.findExtension(ids[name])) view.bytes.fill(0, view.valueOffset, view.valueOffset + view.valueBytes);
    }
    this.receiver.receiveMedia(view.bytes, view.offset, view.length);
  }

  /** What protects packets came: the payload under `view`. */
  protection(view: RtpPacketView): void {
    this.counters.packetsReceived += 1;
    this.counters.bytesReceived += view.payloadBytes;
    this.receiver.receiveFec(view.bytes, view.payloadOffset, view.payloadBytes);
  }

  /** Hands over what was lost and is whole again, each under a view that is lent for the call. */
  drain(take: (view: RtpPacketView) => void): void {
    const { view } = this;
    this.receiver.drain((packet) => {
      if (!view.wrap(packet)) take(view);
    });
    const { received, recovered } = this.receiver.counters;
    this.counters.packetsDiscarded = received - recovered;
  }
}

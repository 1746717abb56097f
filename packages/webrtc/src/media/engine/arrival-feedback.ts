import { type Instant, NEVER } from '@maru/protocol/core';
import { CcfbRecorder, type NtpMs, type RtcpPacket, TwccRecorder } from '@maru/protocol/rtcp';
import { type RtpPacketView, readTransportSequence, TRANSPORT_SEQUENCE_BYTES } from '@maru/protocol/rtp';

const INTERVAL_MS = 50;

/**
 * When packets came, for the congestion control of who sent them: by transport-wide number where packets have one, else by stream
 * where that was agreed on (RFC 8888).
 */
export class ArrivalFeedback {
  deadline: Instant = NEVER;
  /** Made with the first packet that is to be told of: they are large. */
  private numbers: TwccRecorder | undefined;
  private streams: CcfbRecorder | undefined;

  /** A packet came; `numberId` is the extension of the transport-wide number, `byStream` whether RFC 8888 was agreed on for its section. */
  received(now: Instant, view: RtpPacketView, numberId: number, byStream: boolean): void {
    if (view.findExtension(numberId, TRANSPORT_SEQUENCE_BYTES)) {
      this.numbers ??= new TwccRecorder();
      this.numbers.received(now, readTransportSequence(view.bytes, view.valueOffset));
    } else if (byStream) {
      this.streams ??= new CcfbRecorder();
      this.streams.received(now, view.ssrc, view.sequenceNumber);
    } else return;
    if (this.deadline === NEVER) this.deadline = now + INTERVAL_MS;
  }

  /** The stream has ended. */
  forget(ssrc: number): void {
    this.streams?.forget(ssrc);
  }

  disconnect(): void {
    this.deadline = NEVER;
  }

  /** Gives `send` what is to be told now. */
  drain(now: Instant, ntpNow: NtpMs, senderSsrc: number, mediaSsrc: number, send: (packet: RtcpPacket) => void): void {
    if (now < this.deadline) return;
    this.deadline = NEVER;
    const byNumber = (): RtcpPacket | undefined => this.numbers?.build(senderSsrc, mediaSsrc);
    const byStream = (): RtcpPacket | undefined => this.streams?.build(now, ntpNow, senderSsrc);
    for (const build of [byNumber, byStream]) for (let packet = build(); packet; packet = build()) send(packet);
  }
}

import { LipSync } from '@maru/protocol/congestion';
import { ntpMsOf } from '@maru/protocol/rtcp';
import type { TransceiverEntry } from '../transceiver-entry.js';
import type { InboundStream } from './inbound-stream.js';

interface Owned {
  readonly entry: TransceiverEntry;
  readonly stream: InboundStream;
}

/** Keeps sound and pictures of one MediaStream in step, where both are played in their time. */
export class PlayoutSync {
  private readonly pairs = new WeakMap<InboundStream, LipSync>();

  update(all: readonly Owned[]): void {
    for (const audio of all) {
      if (audio.stream.kind !== 'audio') continue;
      const video = all.find((one) => one.stream.kind === 'video' && isOfSameStream(one.entry, audio.entry));
      if (video) this.align(audio.stream, video.stream);
    }
  }

  private align(audio: InboundStream, video: InboundStream): void {
    const [audioLatency, videoLatency] = [latencyOf(audio), latencyOf(video)];
    if (!audio.playout || !video.playout || audioLatency === undefined || videoLatency === undefined) return;
    const sync = this.pairs.get(audio) ?? new LipSync();
    this.pairs.set(audio, sync);
    sync.update(audioLatency, videoLatency, audio.playout.delayMs, video.playout.delayMs);
    audio.playout.syncDelayMs = sync.audioDelayMs;
    video.playout.syncDelayMs = sync.videoDelayMs;
  }
}

function isOfSameStream(a: TransceiverEntry, b: TransceiverEntry): boolean {
  return a.slots.receiver.streams.some((stream) => b.slots.receiver.streams.includes(stream));
}

/** From capture, by the sender's clock, to playing, by ours: comparable between streams of one sender (RFC 3550 §6.4.1). */
function latencyOf({ playout, codec, lastSenderReport, lastRtpTimestamp }: InboundStream): number | undefined {
  const playedAt = playout?.playedAt(lastRtpTimestamp);
  if (playedAt === undefined || !codec || !lastSenderReport) return undefined;
  const { report } = lastSenderReport;
  const sinceReport = ((lastRtpTimestamp - report.rtpTimestamp) | 0) / codec.clockRate;
  return playedAt - (ntpMsOf(report.ntpSeconds, report.ntpFraction) + 1_000 * sinceReport);
}

import type { PayloadCodec } from '@maru/protocol/jsep';
import { NTP_UNIX_OFFSET_MS, ntpMsOf } from '@maru/protocol/rtcp';
import { describeCodec } from '../media/capabilities-api.js';
import type { InboundStream } from '../media/engine/inbound-stream.js';
import type { OutboundStream } from '../media/engine/outbound-stream.js';
import type { QualityLimitation } from '../media/engine/quality-limitation.js';
import type { Sending } from '../media/engine/send-side.js';
import type { SoundMeter } from '../media/engine/sound-meter.js';
import type { ReceiverSlots, SenderSlots } from '../media/slots.js';
import { type MediaKind, sourceOf } from '../media/track.js';
import type { TransceiverEntry } from '../media/transceiver-entry.js';
import type { TransportStack } from '../transport-stack.js';
import { entry, transportId } from './entry.js';
import type { RTCStats } from './report.js';

/** What the streams of a session have done (W3C webrtc-stats §6.3 to §6.10). */
export function* mediaStats(timestamp: number, { media, number }: TransportStack, wallOffset: number): Generator<RTCStats> {
  if (!media) return;
  const when = { timestamp, transport: transportId(number), wallOffset };
  for (const sending of media.outboundStreams) yield* outboundStats(when, sending);
  for (const { entry: of, stream } of media.inboundStreams) yield* inboundStats(when, of, stream, media.repairOf(stream.ssrc));
}

/** Of when and of what transport statistics are; `wallOffset` from our clock to wall time, in milliseconds. */
interface When {
  readonly timestamp: number;
  readonly transport: string;
  readonly wallOffset: number;
}

/** The entries of `stats` that tell of one sender or receiver, with all that they name (W3C webrtc, "stats selection algorithm"). */
export function selectStats(
  stats: readonly RTCStats[],
  half: SenderSlots | ReceiverSlots,
  stacks: readonly TransportStack[],
): RTCStats[] {
  const byId = new Map(stats.map((one) => [one.id, one]));
  const streams = [
    ...stacks
      .flatMap(({ media }) => media?.outboundStreams ?? [])
      .filter(({ entry: of }) => of.slots.sender === half)
      .map(({ stream }) => outboundId(stream)),
    ...stacks
      .flatMap(({ media }) => media?.inboundStreams ?? [])
      .filter(({ entry: of }) => of.slots.receiver === half)
      .map(({ stream }) => inboundId(stream)),
  ];
  const selected = new Map<string, RTCStats>();
  const add = (id: string): void => {
    const found = byId.get(id);
    if (!found || selected.has(id)) return;
    selected.set(id, found);
    for (const [name, value] of Object.entries(found)) if (name !== 'id' && typeof value === 'string') add(value);
  };
  for (const id of streams) add(id);
  // A pair names its transport, and a transport its pair; candidates that are not selected are named by their pairs alone.
  for (const one of stats) if (selected.size > 0 && one.type === 'candidate-pair') add(one.id);
  return [...selected.values()];
}

const outboundId = ({ settings }: OutboundStream): string => `O${settings.ssrc}`;
const inboundId = ({ ssrc }: InboundStream): string => `I${ssrc}`;

function codecStats({ timestamp, transport }: When, kind: MediaKind, mid: string, codec: PayloadCodec): RTCStats {
  const { mimeType, clockRate, channels, sdpFmtpLine } = describeCodec(kind, codec);
  const { payloadType } = codec;
  return entry({
    id: `P${mid}_${payloadType}`,
    timestamp,
    type: 'codec',
    payloadType,
    transportId: transport,
    mimeType,
    clockRate,
    channels,
    sdpFmtpLine,
  });
}

function* outboundStats(when: When, { entry: of, stream, encoding, limitation, feed }: Sending): Generator<RTCStats> {
  const { timestamp, transport, wallOffset } = when;
  const { kind, sender } = of.slots;
  const { ssrc, mid, rid, codec, rtx } = stream.settings;
  const { counters, remoteReport, roundTrips } = stream;
  const codecEntry = codecStats(when, kind, mid, codec);
  yield codecEntry;
  const isVideo = kind === 'video';
  const mediaSourceId = sender.track ? `S${sender.track.id}` : undefined;
  if (sender.track) {
    const { width, height, frameRate } = sourceOf(sender.track).settings;
    yield entry({
      id: `S${sender.track.id}`,
      timestamp,
      type: 'media-source',
      trackIdentifier: sender.track.id,
      kind,
      ...(isVideo && { width, height, framesPerSecond: frameRate, frames: counters.framesSent }),
      ...(!isVideo && soundMembers(stream.sound)),
    });
  }
  yield entry({
    id: outboundId(stream),
    timestamp,
    type: 'outbound-rtp',
    ssrc,
    kind,
    mediaType: kind,
    transportId: transport,
    codecId: codecEntry.id,
    mid,
    rid,
    mediaSourceId,
    remoteId: remoteReport && `RI${ssrc}`,
    active: encoding.active,
    targetBitrate: limitation.grantedBps > 0 ? limitation.grantedBps : undefined,
    packetsSent: counters.packetsSent + counters.retransmittedPacketsSent,
    bytesSent: counters.bytesSent + counters.retransmittedBytesSent,
    headerBytesSent: counters.headerBytesSent,
    retransmittedPacketsSent: counters.retransmittedPacketsSent,
    retransmittedBytesSent: counters.retransmittedBytesSent,
    totalPacketSendDelay: counters.totalPacketSendDelay,
    nackCount: counters.nackCount,
    ...(rtx && { rtxSsrc: rtx.ssrc }),
    ...(isVideo && {
      encodingIndex: Math.max(
        0,
        sender.sources.findIndex((source) => source.ssrc === ssrc),
      ),
      framesSent: counters.framesSent,
      framesEncoded: counters.framesSent,
      qpSum: stream.quantizers.value,
      totalEncodeTime: stream.encodeTimeMs === undefined ? undefined : stream.encodeTimeMs / 1_000,
      encoderImplementation: feed?.implementation,
      totalEncodedBytesTarget: Math.round(stream.targetedBytes),
      hugeFramesSent: stream.cadence.hugeFrames,
      framesPerSecond: stream.cadence.perSecond(timestamp - wallOffset),
      frameWidth: counters.frameWidth || undefined,
      frameHeight: counters.frameHeight || undefined,
      scalabilityMode: sender.encodings.find((encoding) => encoding.rid === rid)?.scalabilityMode ?? 'L1T1',
      ...limitationMembers(timestamp - wallOffset, limitation),
      keyFramesEncoded: counters.keyFramesSent,
      pliCount: counters.pliCount,
      firCount: counters.firCount,
    }),
  });
  if (!remoteReport) return;
  const { block, receivedAt, roundTripMs } = remoteReport;
  yield entry({
    id: `RI${ssrc}`,
    timestamp: receivedAt + wallOffset,
    type: 'remote-inbound-rtp',
    ssrc,
    kind,
    mediaType: kind,
    transportId: transport,
    codecId: codecEntry.id,
    localId: outboundId(stream),
    packetsReceived: Math.max(0, counters.packetsSent - block.cumulativeLost),
    packetsLost: block.cumulativeLost,
    fractionLost: block.fractionLost / 256,
    jitter: block.jitter / codec.clockRate,
    roundTripTime: roundTripMs === undefined ? undefined : roundTripMs / 1_000,
    totalRoundTripTime: roundTrips.totalMs / 1_000,
    roundTripTimeMeasurements: roundTrips.count,
  });
}

function soundMembers({ level, totalEnergy, totalDuration }: SoundMeter): Record<string, unknown> {
  return { audioLevel: level, totalAudioEnergy: totalEnergy, totalSamplesDuration: totalDuration };
}

function limitationMembers(now: number, limitation: QualityLimitation): Record<string, unknown> {
  return {
    qualityLimitationReason: limitation.reason,
    qualityLimitationDurations: limitation.durations(now),
    qualityLimitationResolutionChanges: limitation.resolutionChanges,
  };
}

/** Whole frames are handed over in the order of decoding, and count as decoded: there is no decoder between. */
function pictureMembers(now: number, { counters, cadence, framesLost, quantizers }: InboundStream): Record<string, unknown> {
  return {
    framesReceived: counters.framesReceived,
    framesDecoded: counters.framesReceived,
    keyFramesDecoded: counters.keyFramesReceived,
    framesDropped: framesLost,
    qpSum: quantizers.value,
    framesPerSecond: cadence.perSecond(now),
    frameWidth: counters.frameWidth || undefined,
    frameHeight: counters.frameHeight || undefined,
    framesAssembledFromMultiplePackets: counters.framesOfSeveralPackets,
    totalAssemblyTime: counters.totalAssemblyTime,
    totalDecodeTime: 0,
    totalInterFrameDelay: cadence.totalGap,
    totalSquaredInterFrameDelay: cadence.totalSquaredGap,
    freezeCount: cadence.freezes,
    totalFreezesDuration: cadence.totalFreezes,
    pauseCount: cadence.pauses,
    totalPausesDuration: cadence.totalPauses,
    pliCount: counters.pliCount,
    firCount: 0,
  };
}

/** Redundancy of sound counts as forward error correction, as it does in browsers. */
function mendingMembers({ mending, counters }: InboundStream): Record<string, unknown> {
  const { packetsReceived = 0, bytesReceived = 0, packetsDiscarded = 0 } = mending?.counters ?? {};
  return {
    fecPacketsReceived: packetsReceived + counters.redundantFramesReceived,
    fecBytesReceived: mending ? bytesReceived : undefined,
    fecPacketsDiscarded: packetsDiscarded + counters.redundantFramesDiscarded,
  };
}

const NOTHING_HELD = { emitted: 0, delayMs: 0, targetDelayMs: 0, minimumDelayMs: 0 } as const;

/** Sums over pictures, or over samples of sound: of the jitter buffer where media is wanted in its time, else of putting it together. */
function playoutMembers({ kind, playout, emittedAtOnce, sound, codec, counters }: InboundStream): Record<string, unknown> {
  const samples = Math.round(sound.totalDuration * (codec?.clockRate ?? 0));
  const units = kind === 'video' ? 1 : samples / Math.max(1, counters.framesReceived);
  const { emitted, delayMs, targetDelayMs, minimumDelayMs } = playout?.counters ?? NOTHING_HELD;
  const before = playout ? emittedAtOnce : { count: counters.framesReceived, delayMs: 1_000 * counters.totalDelay };
  return {
    totalProcessingDelay: counters.totalDelay + delayMs / 1_000,
    jitterBufferDelay: (units * (before.delayMs + delayMs)) / 1_000,
    jitterBufferTargetDelay: (units * targetDelayMs) / 1_000,
    jitterBufferMinimumDelay: (units * minimumDelayMs) / 1_000,
    jitterBufferEmittedCount: Math.round(units * (before.count + emitted)),
  };
}

/** Nothing is concealed, stretched or shortened: sound is handed over as it came. */
function heardMembers({ sound, codec }: InboundStream): Record<string, unknown> {
  const samples = Math.round(sound.totalDuration * (codec?.clockRate ?? 0));
  return {
    ...soundMembers(sound),
    totalSamplesReceived: samples,
    concealedSamples: 0,
    silentConcealedSamples: 0,
    concealmentEvents: 0,
    insertedSamplesForDeceleration: 0,
    removedSamplesForAcceleration: 0,
  };
}

function* inboundStats(
  when: When,
  of: TransceiverEntry,
  stream: InboundStream,
  rtxSsrc: number | undefined,
): Generator<RTCStats> {
  const { timestamp, transport, wallOffset } = when;
  const { kind, mid, receiver } = of.slots;
  const { ssrc, codec, counters, statistics, lastSenderReport, roundTrips } = stream;
  if (!codec || mid === null) return;
  const codecEntry = codecStats(when, kind, mid, codec);
  yield codecEntry;
  yield entry({
    id: inboundId(stream),
    timestamp,
    type: 'inbound-rtp',
    ssrc,
    kind,
    mediaType: kind,
    transportId: transport,
    codecId: codecEntry.id,
    trackIdentifier: receiver.track.id,
    mid,
    remoteId: lastSenderReport && `RO${ssrc}`,
    packetsReceived: counters.packetsReceived,
    packetsLost: statistics?.packetsLost ?? 0,
    jitter: (statistics?.jitterMs ?? 0) / 1_000,
    bytesReceived: counters.bytesReceived,
    headerBytesReceived: counters.headerBytesReceived,
    retransmittedPacketsReceived: counters.retransmittedPacketsReceived,
    retransmittedBytesReceived: counters.retransmittedBytesReceived,
    lastPacketReceivedTimestamp: counters.lastPacketReceivedAt + wallOffset,
    packetsDiscarded: stream.packetsDiscarded,
    nackCount: counters.nackCount,
    estimatedPlayoutTimestamp: stream.playingNtpMs(timestamp - wallOffset),
    ...mendingMembers(stream),
    rtxSsrc,
    ...playoutMembers(stream),
    ...(kind === 'video' ? pictureMembers(timestamp - wallOffset, stream) : heardMembers(stream)),
  });
  if (!lastSenderReport) return;
  const { report, receivedAt } = lastSenderReport;
  yield entry({
    id: `RO${ssrc}`,
    timestamp: receivedAt + wallOffset,
    type: 'remote-outbound-rtp',
    ssrc,
    kind,
    mediaType: kind,
    transportId: transport,
    codecId: codecEntry.id,
    localId: inboundId(stream),
    packetsSent: report.packetCount,
    bytesSent: report.octetCount,
    remoteTimestamp: ntpMsOf(report.ntpSeconds, report.ntpFraction) - NTP_UNIX_OFFSET_MS,
    reportsSent: stream.senderReports,
    roundTripTime: roundTrips.count > 0 ? roundTrips.lastMs / 1_000 : undefined,
    roundTripTimeMeasurements: roundTrips.count,
    totalRoundTripTime: roundTrips.totalMs / 1_000,
  });
}

import type { CongestionController } from '@maru/protocol/congestion';
import { type Instant, NEVER, type RandomSource } from '@maru/protocol/core';
import { isRtx, type PayloadCodec, repeatedPayloadType } from '@maru/protocol/jsep';
import {
  decodeRtcp,
  NTP_UNIX_OFFSET_MS,
  type ReportBlock,
  RtcpBuilder,
  type RtcpPacket,
  roundTripMs,
  SdesItem,
  TwccRecorder,
} from '@maru/protocol/rtcp';
import {
  AUDIO_LEVEL_BYTES,
  RtpPacketView,
  readAudioLevel,
  readTransportSequence,
  TokenReader,
  TRANSPORT_SEQUENCE_BYTES,
  unwrapRtx,
} from '@maru/protocol/rtp';
import { receives } from '@maru/protocol/sdp';
import type { MediaLayer, MediaOutputs } from '@maru/protocol/transport';
import type { RecentSources } from '../slots.js';
import type { TransceiverEntry } from '../transceiver-entry.js';
import type { ReceivedMedia } from './encoded-media.js';
import { type ExtensionIds, extensionIdsOf } from './extension-ids.js';
import { InboundStream } from './inbound-stream.js';
import type { OutboundStream } from './outbound-stream.js';
import { type Sending, SendSide } from './send-side.js';
import { levelOf } from './sound-meter.js';

/** S-49: an authentic peer may have as many. */
const MAX_INBOUND_STREAMS = 64;
/** Reports, each somewhere between half and one and a half of it (RFC 3550 §6.2, with the reduced minimum of §6.2 for real-time use). */
const REPORT_INTERVAL_MS = 1_000;
const TRANSPORT_FEEDBACK_INTERVAL_MS = 50;
/** Until ICE has measured one. */
const DEFAULT_ROUND_TRIP_MS = 100;
/** How long a source counts as recent. */
const RECENT_MS = 10_000;

/** What a session asks of the connection. */
export interface SessionHost {
  readonly random: RandomSource;
  /** Wall time in milliseconds since 1970. */
  wallNow(): number;
  /** There is something to send: drain soon. */
  wake(): void;
  /** Media of a transceiver comes: its track is muted no more. */
  arrived(entry: TransceiverEntry): void;
  /** Its last stream has said goodbye. */
  ended(entry: TransceiverEntry): void;
  received(entry: TransceiverEntry, media: ReceivedMedia): void;
  now(): Instant;
  /** What ICE has measured on the path of now; undefined before. */
  roundTripMs(): number | undefined;
}

/** Where packets of a transceiver are expected. */
interface Receiving {
  readonly entry: TransceiverEntry;
  readonly codecs: ReadonlyMap<number, PayloadCodec>;
  readonly extensions: ExtensionIds;
  readonly isReceptive: boolean;
}

/** The media of one transport: streams of both ways by SSRC, and the reports about them. */
export class MediaSession implements MediaLayer {
  private readonly sending: SendSide;
  private receivings = new Map<string, Receiving>();
  private readonly inbound = new Map<number, { readonly stream: InboundStream; readonly mid: string }>();
  /** Streams of retransmissions, by the SSRC of what they repeat. */
  private readonly repairs = new Map<number, number>();
  private extensions: ExtensionIds = extensionIdsOf([]);
  private isConnected = false;
  private readonly view = new RtpPacketView();
  private readonly tokens = new TokenReader();
  /** Made with the first packet that has a number: it is large. */
  private arrivals: TwccRecorder | undefined;
  private readonly builder = new RtcpBuilder();
  private readonly ownSsrc: number;
  private nextReportAt: Instant = NEVER;
  private nextFeedbackAt: Instant = NEVER;
  private roundTripMs = DEFAULT_ROUND_TRIP_MS;
  /** Packets that belong to nobody. */
  unknownPackets = 0;

  constructor(private readonly host: SessionHost) {
    this.ownSsrc = host.random.uint32();
    this.sending = new SendSide(host);
  }

  get deadline(): Instant {
    if (!this.isConnected) return NEVER;
    let deadline = Math.min(this.nextReportAt, this.nextFeedbackAt, this.sending.deadline);
    for (const { stream } of this.inbound.values()) deadline = Math.min(deadline, stream.deadline);
    return deadline;
  }

  /** Streams that we send, for statistics. */
  get outboundStreams(): readonly Sending[] {
    return this.sending.streams;
  }

  /** How many streams are silent for now and may go on, after hold for instance. */
  get restingStreams(): number {
    return this.sending.restingCount;
  }

  /** Undefined before anything was sent. */
  get congestion(): CongestionController | undefined {
    return this.sending.congestion;
  }

  get inboundStreams(): readonly { readonly entry: TransceiverEntry; readonly stream: InboundStream }[] {
    return [...this.inbound.values()].flatMap(({ stream, mid }) => {
      const receiving = this.receivings.get(mid);
      return receiving ? [{ entry: receiving.entry, stream }] : [];
    });
  }

  /** Transceivers, tracks or parameters have changed: what is sent and taken follows. */
  configure(entries: readonly TransceiverEntry[]): void {
    this.receivings = new Map(
      entries.flatMap((entry) => {
        const receiving = receivingOf(entry);
        return receiving && entry.slots.mid !== null ? [[entry.slots.mid, receiving] as const] : [];
      }),
    );
    this.extensions = extensionIdsOf(
      entries.flatMap(({ slots }) => [...slots.receiver.negotiated.extensions, ...slots.sender.negotiated.extensions]),
    );
    for (const [ssrc, { mid }] of this.inbound) if (!this.receivings.has(mid)) this.forgetInbound(ssrc);
    this.sending.configure(entries);
    if (this.isConnected && this.nextReportAt === NEVER) this.nextReportAt = this.host.now();
  }

  /** Ends every feed. What is left to send is the goodbye. */
  close(): void {
    this.sending.close();
    this.receivings.clear();
    this.inbound.clear();
  }

  /** The SSRC that repeats packets of `ssrc`, once it has. */
  repairOf(ssrc: number): number | undefined {
    return [...this.repairs].find(([, repaired]) => repaired === ssrc)?.[0];
  }

  /** Has key frames asked for of the streams that come to section `mid`. */
  askForKeyFrame(mid: string | null): void {
    for (const one of this.inbound.values()) if (one.mid === mid) one.stream.askForKeyFrame();
    this.host.wake();
  }

  /** Whose packets came to section `mid` in the last ten seconds (W3C webrtc §5.3). */
  recentSources(mid: string | null): RecentSources {
    const now = this.host.now();
    const synchronization = [...this.inbound.values()]
      .filter(({ stream, mid: of }) => of === mid && now - stream.counters.lastPacketReceivedAt < RECENT_MS)
      .sort((a, b) => b.stream.counters.lastPacketReceivedAt - a.stream.counters.lastPacketReceivedAt)
      .map(({ stream }) => ({
        timestamp: this.host.wallNow() - (now - stream.counters.lastPacketReceivedAt),
        source: stream.ssrc,
        rtpTimestamp: stream.lastRtpTimestamp,
        ...(stream.audioLevel !== undefined && { audioLevel: levelOf(stream.audioLevel) }),
      }));
    return { contributing: [], synchronization };
  }

  // From and to the transport.

  connect(now: Instant): void {
    this.isConnected = true;
    this.nextReportAt = now + REPORT_INTERVAL_MS / 2;
    this.sending.connect(now);
  }

  disconnect(): void {
    this.isConnected = false;
    this.sending.disconnect();
    this.nextReportAt = this.nextFeedbackAt = NEVER;
  }

  pathChanged(now: Instant): void {
    this.sending.pathChanged(now);
  }

  receiveRtp(now: Instant, bytes: Uint8Array, offset: number, length: number): void {
    const { view } = this;
    if (view.wrap(bytes, offset, length)) {
      this.unknownPackets += 1;
      return;
    }
    if (view.findExtension(this.extensions['transport-cc'], TRANSPORT_SEQUENCE_BYTES)) {
      this.arrivals ??= new TwccRecorder();
      this.arrivals.received(now, readTransportSequence(bytes, view.valueOffset));
      if (this.nextFeedbackAt === NEVER) this.nextFeedbackAt = now + TRANSPORT_FEEDBACK_INTERVAL_MS;
    }
    const found = this.inbound.get(view.ssrc);
    const mid = found?.mid ?? this.midOf();
    const receiving = mid === undefined ? undefined : this.receivings.get(mid);
    if (mid === undefined || !receiving?.isReceptive) {
      this.unknownPackets += 1;
      return;
    }
    const codec = receiving.codecs.get(view.payloadType);
    if (!codec) {
      this.unknownPackets += 1;
      return;
    }
    if (isRtx(codec)) return this.receiveRepair(now, mid, receiving, codec);
    const stream = found?.stream ?? this.addInbound(mid, receiving);
    if (stream) this.take(now, stream, receiving, codec, false);
  }

  private take(
    now: Instant,
    stream: InboundStream,
    { entry, extensions }: Receiving,
    codec: PayloadCodec,
    isRepair: boolean,
  ): void {
    const { view } = this;
    if (view.findExtension(extensions['ssrc-audio-level'], AUDIO_LEVEL_BYTES))
      stream.audioLevel = readAudioLevel(view.bytes, view.valueOffset);
    if (stream.counters.packetsReceived === 0 || entry.slots.receiver.track.muted) this.host.arrived(entry);
    stream.receive(now, view, codec, isRepair);
  }

  /** Turns a retransmission back into what was lost (RFC 4588). */
  private receiveRepair(now: Instant, mid: string, receiving: Receiving, codec: PayloadCodec): void {
    const { view } = this;
    const repeated = repeatedPayloadType(codec);
    const original = repeated === undefined ? undefined : receiving.codecs.get(repeated);
    const stream = this.repairedStream(view.ssrc, mid, receiving);
    if (!original || !stream) {
      this.unknownPackets += 1;
      return;
    }
    const { bytes, offset, length } = view;
    if (!unwrapRtx(view, original.payloadType, stream.ssrc)) return; // a probe
    if (view.wrap(bytes, offset + 2, length - 2)) return;
    this.take(now, stream, receiving, original, true);
  }

  /** The stream that the SSRC of a retransmission mends: known, described, named by its repaired rid, or the only one. */
  private repairedStream(ssrc: number, mid: string, receiving: Receiving): InboundStream | undefined {
    const known = this.repairs.get(ssrc);
    if (known !== undefined) return this.inbound.get(known)?.stream;
    const described = receiving.entry.slots.receiver.remote?.sources.find(({ rtxSsrc }) => rtxSsrc === ssrc)?.ssrc;
    const rid = this.token(receiving.extensions['repaired-rid']);
    const streams = [...this.inbound.values()].filter((one) => one.mid === mid).map(({ stream }) => stream);
    const stream =
      streams.find((one) => one.ssrc === described) ??
      (rid === undefined ? undefined : streams.find((one) => one.rid === rid)) ??
      (streams.length === 1 ? streams[0] : undefined);
    if (stream && this.repairs.size < MAX_INBOUND_STREAMS) this.repairs.set(ssrc, stream.ssrc);
    return stream;
  }

  /** Whose section a packet of a new SSRC belongs to (RFC 9143 §9.2): by its MID, its SSRC, or its payload type where one section has it. */
  private midOf(): string | undefined {
    const { view } = this;
    const named = this.token(this.extensions.mid);
    if (named !== undefined) return this.receivings.has(named) ? named : undefined;
    for (const [mid, { entry }] of this.receivings) {
      const sources = entry.slots.receiver.remote?.sources ?? [];
      if (sources.some(({ ssrc, rtxSsrc }) => ssrc === view.ssrc || rtxSsrc === view.ssrc)) return mid;
    }
    const having = [...this.receivings].filter(([, { codecs }]) => codecs.has(view.payloadType));
    return having.length === 1 ? having[0]![0] : undefined;
  }

  private token(id: number): string | undefined {
    const { view } = this;
    return view.findExtension(id) ? this.tokens.read(view.bytes, view.valueOffset, view.valueBytes) : undefined;
  }

  private addInbound(mid: string, { entry, extensions }: Receiving): InboundStream | undefined {
    if (this.inbound.size >= MAX_INBOUND_STREAMS && !this.forgetQuietest()) return undefined;
    const { ssrc } = this.view;
    this.measureRoundTrip();
    const stream = new InboundStream(entry.slots.kind, ssrc, this.token(extensions.rid), (media) =>
      this.host.received(entry, media),
    );
    stream.roundTripMs = this.roundTripMs;
    this.inbound.set(ssrc, { stream, mid });
    return stream;
  }

  /** ICE measures the path both ways, where reports would tell only those who send. */
  private measureRoundTrip(): void {
    this.roundTripMs = this.host.roundTripMs() ?? this.roundTripMs;
    for (const { stream } of this.inbound.values()) stream.roundTripMs = this.roundTripMs;
  }

  private forgetQuietest(): boolean {
    let quietest: InboundStream | undefined;
    for (const { stream } of this.inbound.values()) {
      if (!quietest || stream.counters.lastPacketReceivedAt < quietest.counters.lastPacketReceivedAt) quietest = stream;
    }
    if (quietest) this.forgetInbound(quietest.ssrc);
    return quietest !== undefined;
  }

  private forgetInbound(ssrc: number): void {
    this.inbound.delete(ssrc);
    for (const [repair, repaired] of this.repairs) if (repaired === ssrc) this.repairs.delete(repair);
  }

  receiveRtcp(now: Instant, bytes: Uint8Array, offset: number, length: number): void {
    for (const packet of decodeRtcp(bytes.subarray(offset, offset + length)).packets) this.takeRtcp(now, packet);
  }

  private takeRtcp(now: Instant, packet: RtcpPacket): void {
    switch (packet.type) {
      case 'sender-report':
        this.inbound.get(packet.senderSsrc)?.stream.reported(now, packet);
        return this.takeReports(now, packet.reports);
      case 'receiver-report':
        return this.takeReports(now, packet.reports);
      case 'nack':
        return this.sending.nacked(now, packet.mediaSsrc, packet.lostSequences);
      case 'pli':
        return this.outbound(packet.mediaSsrc)?.pictureLost(now);
      case 'fir':
        for (const { ssrc, commandSequence } of packet.requests) this.outbound(ssrc)?.fullIntraRequested(now, commandSequence);
        return;
      case 'twcc':
        return this.sending.receiveTwcc(now, packet);
      case 'ccfb':
        return this.sending.receiveCcfb(now, packet);
      case 'remb':
        return this.sending.receiveRemb(now, packet.bitrateBps);
      case 'goodbye':
        return this.takeGoodbye(packet.ssrcs);
      default:
    }
  }

  private takeGoodbye(ssrcs: readonly number[]): void {
    for (const ssrc of ssrcs) {
      const mid = this.inbound.get(ssrc)?.mid;
      this.forgetInbound(ssrc);
      const entry = mid === undefined ? undefined : this.receivings.get(mid)?.entry;
      const hasMore = [...this.inbound.values()].some((one) => one.mid === mid);
      if (entry && !hasMore) this.host.ended(entry);
    }
  }

  private outbound(ssrc: number): OutboundStream | undefined {
    return this.sending.find(ssrc)?.stream;
  }

  private takeReports(now: Instant, blocks: readonly ReportBlock[]): void {
    for (const block of blocks) {
      const trip = roundTripMs(block.lastSenderReport, block.delaySinceLastSenderReport, this.ntpNow());
      const stream = this.outbound(block.ssrc);
      if (!stream) continue;
      stream.reported(now, block, trip);
      this.sending.receiveReport(now, block.fractionLost / 256, trip);
    }
  }

  advance(now: Instant): void {
    for (const { stream } of this.inbound.values()) stream.advance(now);
    this.sending.advance(now);
  }

  drain(outputs: MediaOutputs): void {
    const now = this.host.now();
    for (const { stream } of this.inbound.values()) stream.drain(now);
    if (!this.isConnected) return;
    this.sending.drain(now, outputs);
    this.sendReports(now, outputs);
    this.sendFeedback(now, outputs);
  }

  private ntpNow(): number {
    return this.host.wallNow() + NTP_UNIX_OFFSET_MS;
  }

  /** Reports of what is sent and received, with names (RFC 3550 §6.4). */
  private sendReports(now: Instant, outputs: MediaOutputs): void {
    const ended = this.sending.takeEnded();
    if (ended.length > 0) this.sendGoodbye(ended, outputs);
    if (now < this.nextReportAt) return;
    this.measureRoundTrip();
    this.nextReportAt = now + REPORT_INTERVAL_MS * (0.5 + this.host.random.uint32() / 2 ** 32);
    const blocks = [...this.inbound.values()].flatMap(({ stream }) => stream.statistics?.report(now) ?? []).slice(0, 31);
    const reports = this.sending.streams.flatMap(({ stream }) => stream.report(now, this.ntpNow(), []) ?? []);
    const [first] = reports;
    if (first?.type === 'sender-report') this.send({ ...first, reports: blocks }, outputs);
    else if (blocks.length > 0) this.send({ type: 'receiver-report', senderSsrc: this.ownSsrc, reports: blocks }, outputs);
    else return;
    for (const report of reports.slice(1)) this.send(report, outputs);
    const cname =
      this.sending.streams[0]?.entry.slots.sender.cname ?? [...this.receivings.values()][0]?.entry.slots.sender.cname ?? '';
    const ssrc = first?.type === 'sender-report' ? first.senderSsrc : this.ownSsrc;
    this.send({ type: 'source-description', chunks: [{ ssrc, items: [{ item: SdesItem.cname, text: cname }] }] }, outputs);
    this.flush(outputs);
  }

  /** Behind a report, as a compound has it, since receivers may not have agreed to less (RFC 3550 §6.1). */
  private sendGoodbye(ssrcs: readonly number[], outputs: MediaOutputs): void {
    this.send({ type: 'receiver-report', senderSsrc: ssrcs[0] ?? this.ownSsrc, reports: [] }, outputs);
    this.send({ type: 'goodbye', ssrcs, reason: undefined }, outputs);
    this.flush(outputs);
  }

  /** What congestion control, retransmission and decoders need at once. */
  private sendFeedback(now: Instant, outputs: MediaOutputs): void {
    const senderSsrc = this.sending.streams[0]?.stream.settings.ssrc ?? this.ownSsrc;
    if (now >= this.nextFeedbackAt) {
      const mediaSsrc = this.inbound.keys().next().value ?? 0;
      const build = (): RtcpPacket | undefined => this.arrivals?.build(senderSsrc, mediaSsrc);
      for (let packet = build(); packet; packet = build()) this.send(packet, outputs);
      this.nextFeedbackAt = NEVER;
    }
    for (const { stream } of this.inbound.values()) {
      const lostSequences = stream.dueNacks(now);
      if (lostSequences.length > 0) this.send({ type: 'nack', senderSsrc, mediaSsrc: stream.ssrc, lostSequences }, outputs);
      if (stream.kind === 'video' && stream.takeKeyFrameRequest(now)) {
        this.send({ type: 'pli', senderSsrc, mediaSsrc: stream.ssrc }, outputs);
      }
    }
    this.flush(outputs);
  }

  private send(packet: RtcpPacket, outputs: MediaOutputs): void {
    if (this.builder.add(packet)) return;
    this.flush(outputs);
    this.builder.add(packet);
  }

  private flush(outputs: MediaOutputs): void {
    if (this.builder.isEmpty) return;
    const datagram = this.builder.take();
    outputs.rtcp(datagram, 0, datagram.length);
  }
}

function receivingOf(entry: TransceiverEntry): Receiving | undefined {
  const { receiver, currentDirection, firedDirection, isStopping } = entry.slots;
  const { codecs, extensions } = receiver.negotiated;
  if (codecs.length === 0 || isStopping) return undefined;
  const direction = currentDirection ?? firedDirection;
  return {
    entry,
    codecs: new Map(codecs.map((codec) => [codec.payloadType, codec])),
    extensions: extensionIdsOf(extensions),
    isReceptive: direction !== null && receives(direction),
  };
}

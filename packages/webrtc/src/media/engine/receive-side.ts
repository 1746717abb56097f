import { type Instant, NEVER } from '@maru/protocol/core';
import { isRed, isRtx, type PayloadCodec, repeatedPayloadType } from '@maru/protocol/jsep';
import { type ToneEvent, unwrapRed } from '@maru/protocol/payload';
import {
  type AbsCaptureTime,
  AUDIO_LEVEL_BYTES,
  PLAYOUT_DELAY_BYTES,
  RtpPacketView,
  readAbsCaptureTime,
  readAudioLevel,
  readMaxPlayoutDelayMs,
  readMinPlayoutDelayMs,
  readVideoOrientation,
  TokenReader,
  unwrapRtx,
  VIDEO_ORIENTATION_BYTES,
} from '@maru/protocol/rtp';
import { receives } from '@maru/protocol/sdp';
import type { RecentSources, RTCRtpContributingSource } from '../slots.js';
import type { TransceiverEntry } from '../transceiver-entry.js';
import type { ArrivalFeedback } from './arrival-feedback.js';
import { isFlexfec, isUlpfec } from './codecs.js';
import type { ReceivedMedia } from './encoded-media.js';
import { type ExtensionIds, extensionIdsOf } from './extension-ids.js';
import { type Agreed, InboundStream, type PacketOrigin } from './inbound-stream.js';
import { PlayoutSync } from './playout-sync.js';
import { levelOf } from './sound-meter.js';

/** S-49: an authentic peer may have as many. */
const MAX_INBOUND_STREAMS = 64;
/** Until ICE has measured one. */
const DEFAULT_ROUND_TRIP_MS = 100;
/** How long a source counts as recent. */
const RECENT_MS = 10_000;
/** Where the header of FlexFEC-03 names the source that it protects (draft-ietf-payload-flexible-fec-scheme-03 §4.2). */
const PROTECTED_SSRC_OFFSET = 12;

/** What the receiving side asks of the session. */
export interface ReceiveSideHost {
  now(): Instant;
  /** Wall time in milliseconds since 1970. */
  wallNow(): number;
  /** Media of a transceiver comes: its track is muted no more. */
  arrived(entry: TransceiverEntry): void;
  /** Its last stream has said goodbye. */
  ended(entry: TransceiverEntry): void;
  /** Media is whole. `hold` keeps it, or what a transform has made of it, until its turn to be played. */
  received(entry: TransceiverEntry, media: ReceivedMedia, hold: (media: ReceivedMedia) => void): void;
  /** There is something to do: come back soon. */
  wake(): void;
  /** What was held, when its turn has come. */
  receivedInTime(entry: TransceiverEntry, media: ReceivedMedia): void;
  /** A key of a telephone was pressed or let go at the other side. */
  toned(entry: TransceiverEntry, event: ToneEvent, clockRate: number): void;
  /** What ICE has measured on the path of now; undefined before. */
  roundTripMs(): number | undefined;
}

/** Where packets of a transceiver are expected. */
interface Receiving extends Agreed {
  readonly entry: TransceiverEntry;
  readonly codecs: ReadonlyMap<number, PayloadCodec>;
  readonly isReceptive: boolean;
  /** RFC 8888 was agreed on. */
  readonly reportsByStream: boolean;
  /** What protects pictures may come among them. */
  readonly hasUlpfec: boolean;
}

interface Inbound {
  readonly stream: InboundStream;
  readonly mid: string;
}

/** What comes over a transport: packets find their section and their stream, out of retransmissions, redundancy and what protects them. */
export class ReceiveSide {
  private receivings = new Map<string, Receiving>();
  private readonly inbound = new Map<number, Inbound>();
  /** Streams of retransmissions, by the SSRC of what they repeat. */
  private readonly repairs = new Map<number, number>();
  private extensions: ExtensionIds = extensionIdsOf([]);
  private readonly view = new RtpPacketView();
  private readonly tokens = new TokenReader();
  private readonly sync = new PlayoutSync();
  private roundTripMs = DEFAULT_ROUND_TRIP_MS;
  /** Packets that belong to nobody. */
  unknownPackets = 0;

  constructor(private readonly host: ReceiveSideHost) {}

  get deadline(): Instant {
    let deadline: Instant = NEVER;
    for (const { stream } of this.inbound.values()) deadline = Math.min(deadline, stream.deadline);
    return deadline;
  }

  /** Every stream, by its SSRC. */
  get all(): ReadonlyMap<number, Inbound> {
    return this.inbound;
  }

  /** With whose they are. */
  get owned(): { readonly entry: TransceiverEntry; readonly stream: InboundStream }[] {
    return [...this.inbound.values()].flatMap(({ stream, mid }) => {
      const receiving = this.receivings.get(mid);
      return receiving ? [{ entry: receiving.entry, stream }] : [];
    });
  }

  get cname(): string | undefined {
    return [...this.receivings.values()][0]?.entry.slots.sender.cname;
  }

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
    for (const [ssrc, { mid }] of this.inbound) if (!this.receivings.has(mid)) this.forget(ssrc);
    for (const { entry, stream } of this.owned) stream.playIn(entry.slots.receiver.playoutDelayMs);
  }

  clear(): void {
    this.receivings.clear();
    this.inbound.clear();
    this.repairs.clear();
  }

  find(ssrc: number): InboundStream | undefined {
    return this.inbound.get(ssrc)?.stream;
  }

  /** The SSRC that repeats packets of `ssrc`, once it has. */
  repairOf(ssrc: number): number | undefined {
    return [...this.repairs].find(([, repaired]) => repaired === ssrc)?.[0];
  }

  /** Has key frames asked for of the streams that come to section `mid`. */
  askForKeyFrame(mid: string | null): void {
    for (const one of this.inbound.values()) if (one.mid === mid) one.stream.askForKeyFrame();
  }

  /** Whose packets came to section `mid` in the last ten seconds (W3C webrtc §5.3). */
  recentSources(mid: string | null): RecentSources {
    const now = this.host.now();
    const wall = (at: Instant): number => this.host.wallNow() - (now - at);
    const streams = [...this.inbound.values()].filter((one) => one.mid === mid).map(({ stream }) => stream);
    const synchronization = streams
      .filter(({ counters }) => now - counters.lastPacketReceivedAt < RECENT_MS)
      .sort((a, b) => b.counters.lastPacketReceivedAt - a.counters.lastPacketReceivedAt)
      .map((stream) => ({
        timestamp: wall(stream.counters.lastPacketReceivedAt),
        source: stream.ssrc,
        rtpTimestamp: stream.lastRtpTimestamp,
        ...(stream.audioLevel !== undefined && { audioLevel: levelOf(stream.audioLevel) }),
        ...captureMembers(stream.capturedAt(now)),
      }));
    const contributing = streams
      .flatMap((stream) => stream.contributors.since(now - RECENT_MS).map((one) => ({ ...one, stream })))
      .sort((a, b) => b.at - a.at)
      .map(({ csrc, at, rtpTimestamp, stream }) => ({
        timestamp: wall(at),
        source: csrc,
        rtpTimestamp,
        ...(csrc === stream.captureTimes.source && captureMembers(stream.capturedAt(now))),
      }));
    return { contributing, synchronization };
  }

  /** Takes a packet of the transport, and tells `feedback` that it came. */
  receive(now: Instant, bytes: Uint8Array, offset: number, length: number, feedback: ArrivalFeedback): void {
    const { view } = this;
    if (view.wrap(bytes, offset, length)) {
      this.unknownPackets += 1;
      return;
    }
    const found = this.inbound.get(view.ssrc);
    const mid = found?.mid ?? this.midOf();
    const receiving = mid === undefined ? undefined : this.receivings.get(mid);
    feedback.received(now, view, this.extensions['transport-cc'], receiving?.reportsByStream === true);
    const codec = receiving?.codecs.get(view.payloadType);
    if (mid === undefined || !receiving?.isReceptive || !codec) {
      this.unknownPackets += 1;
      return;
    }
    if (isRtx(codec)) return this.takeRetransmission(now, mid, receiving, codec);
    if (isFlexfec(codec)) return this.takeFlexfec(now, mid, receiving);
    const stream = found?.stream ?? this.add(mid, receiving);
    if (stream) this.take(now, stream, receiving, codec, 'sent');
  }

  /** Gives the packet under the view to its stream: video out of RED, in which it came from who protects it (RFC 5109 §14.1). */
  private take(now: Instant, stream: InboundStream, receiving: Receiving, codec: PayloadCodec, origin: PacketOrigin): void {
    const { view } = this;
    if (!isRed(codec) || stream.kind === 'audio') return this.deliver(now, view, stream, receiving, codec, origin);
    const payloadType = unwrapRed(view);
    const inner = receiving.codecs.get(payloadType);
    if (!inner || view.wrap(view.bytes, view.offset + 1, view.length - 1)) {
      this.unknownPackets += 1;
      return;
    }
    if (receiving.hasUlpfec) stream.mendBy('ulpfec');
    if (!isUlpfec(inner)) return this.deliver(now, view, stream, receiving, inner, origin);
    stream.mending?.protection(view);
    stream.receiveProtection(now, view, origin);
    this.mend(now, stream, receiving);
  }

  private deliver(
    now: Instant,
    view: RtpPacketView,
    stream: InboundStream,
    receiving: Receiving,
    codec: PayloadCodec,
    origin: PacketOrigin,
  ): void {
    const { entry, extensions } = receiving;
    if (view.findExtension(extensions['ssrc-audio-level'], AUDIO_LEVEL_BYTES))
      stream.audioLevel = readAudioLevel(view.bytes, view.valueOffset);
    if (stream.playout && view.findExtension(extensions['playout-delay'], PLAYOUT_DELAY_BYTES)) {
      stream.playout.minDelayMs = readMinPlayoutDelayMs(view.bytes, view.valueOffset);
      stream.playout.maxDelayMs = readMaxPlayoutDelayMs(view.bytes, view.valueOffset);
    }
    if (view.findExtension(extensions['video-orientation'], VIDEO_ORIENTATION_BYTES)) {
      const { rotationDegrees } = readVideoOrientation(view.bytes, view.valueOffset);
      stream.orientation.told(view.rtpTimestamp, rotationDegrees);
    }
    if (view.findExtension(extensions['abs-capture-time'])) {
      const told = readAbsCaptureTime(view.bytes, view.valueOffset, view.valueBytes);
      if (told) stream.captureTimes.tell(now, view.csrcCount > 0 ? view.csrc(0) : stream.ssrc, view.rtpTimestamp, told);
    }
    if (stream.counters.packetsReceived === 0 || entry.slots.receiver.track.muted) this.host.arrived(entry);
    stream.receive(now, view, codec, origin, receiving);
    if (!stream.mending || origin === 'recovered') return;
    stream.mending.media(view, extensions);
    this.mend(now, stream, receiving);
  }

  /** Gives its stream what forward error correction could get back. */
  private mend(now: Instant, stream: InboundStream, receiving: Receiving): void {
    stream.mending?.drain((view) => {
      const codec = receiving.codecs.get(view.payloadType);
      if (codec) this.deliver(now, view, stream, receiving, codec, 'recovered');
    });
  }

  /** What protects a stream comes from a source of its own. */
  private takeFlexfec(now: Instant, mid: string, receiving: Receiving): void {
    const { view } = this;
    const { bytes, payloadOffset: at, payloadBytes } = view;
    if (payloadBytes < PROTECTED_SSRC_OFFSET + 4) return;
    const ssrc = new DataView(bytes.buffer, bytes.byteOffset + at + PROTECTED_SSRC_OFFSET, 4).getUint32(0);
    const found = this.inbound.get(ssrc);
    if (found?.mid !== mid) {
      this.unknownPackets += 1;
      return;
    }
    found.stream.mendBy('flexfec').protection(view);
    this.mend(now, found.stream, receiving);
  }

  /** Turns a retransmission back into what was lost (RFC 4588). */
  private takeRetransmission(now: Instant, mid: string, receiving: Receiving, codec: PayloadCodec): void {
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
    this.take(now, stream, receiving, original, 'sent-again');
  }

  /**
   * The stream that the SSRC of a retransmission mends: known, described, or named by its repaired rid (RFC 8852 §3.3). Of a
   * simulcast, one that names nobody, or somebody who has not come yet, is of nobody: browsers probe with those of their large sizes
   * while the smallest is alone.
   */
  private repairedStream(ssrc: number, mid: string, receiving: Receiving): InboundStream | undefined {
    const known = this.repairs.get(ssrc);
    if (known !== undefined) return this.inbound.get(known)?.stream;
    const described = receiving.entry.slots.receiver.remote?.sources.find(({ rtxSsrc }) => rtxSsrc === ssrc)?.ssrc;
    const rid = this.token(receiving.extensions['repaired-rid']);
    const streams = [...this.inbound.values()].filter((one) => one.mid === mid).map(({ stream }) => stream);
    const named = rid === undefined ? onlyUnnamed(streams) : streams.find((one) => one.rid === rid);
    const stream = streams.find((one) => one.ssrc === described) ?? named;
    if (!stream) return undefined;
    if (this.repairs.size < MAX_INBOUND_STREAMS) this.repairs.set(ssrc, stream.ssrc);
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

  private add(mid: string, { entry, extensions }: Receiving): InboundStream | undefined {
    if (this.inbound.size >= MAX_INBOUND_STREAMS && !this.forgetQuietest()) return undefined;
    const { ssrc } = this.view;
    const { host } = this;
    this.measureRoundTrip();
    const stream = new InboundStream(entry.slots.kind, ssrc, this.token(extensions.rid), {
      media: (media, hold) => host.received(entry, media, hold),
      wake: () => host.wake(),
      timedMedia: (media) => host.receivedInTime(entry, media),
      tone: (event, clockRate) => host.toned(entry, event, clockRate),
    });
    stream.roundTripMs = this.roundTripMs;
    stream.playIn(entry.slots.receiver.playoutDelayMs);
    this.inbound.set(ssrc, { stream, mid });
    return stream;
  }

  /** ICE measures the path both ways, where reports would tell only those who send. */
  measureRoundTrip(): void {
    this.roundTripMs = this.host.roundTripMs() ?? this.roundTripMs;
    for (const { stream } of this.inbound.values()) stream.roundTripMs = this.roundTripMs;
  }

  /** Moves sound and pictures of one source towards each other. To be called once a second or so. */
  synchronize(): void {
    this.sync.update(this.owned);
  }

  private forgetQuietest(): boolean {
    let quietest: InboundStream | undefined;
    for (const { stream } of this.inbound.values()) {
      if (!quietest || stream.counters.lastPacketReceivedAt < quietest.counters.lastPacketReceivedAt) quietest = stream;
    }
    if (quietest) this.forget(quietest.ssrc);
    return quietest !== undefined;
  }

  private forget(ssrc: number): void {
    this.inbound.delete(ssrc);
    for (const [repair, repaired] of this.repairs) if (repaired === ssrc) this.repairs.delete(repair);
  }

  /** The other side ends streams. */
  goodbye(ssrcs: readonly number[]): void {
    for (const ssrc of ssrcs) {
      const mid = this.inbound.get(ssrc)?.mid;
      this.forget(ssrc);
      const entry = mid === undefined ? undefined : this.receivings.get(mid)?.entry;
      const hasMore = [...this.inbound.values()].some((one) => one.mid === mid);
      if (entry && !hasMore) this.host.ended(entry);
    }
  }

  advance(now: Instant): void {
    for (const { stream } of this.inbound.values()) stream.advance(now);
  }

  /** Hands over what is whole. */
  drain(now: Instant): void {
    for (const { stream } of this.inbound.values()) stream.drain(now);
  }
}

/** As scripts see it (webrtc-extensions, RTCRtpContributingSource). */
function captureMembers(
  captured: AbsCaptureTime | undefined,
): Pick<RTCRtpContributingSource, 'captureTimestamp' | 'senderCaptureTimeOffset'> {
  if (!captured) return {};
  const { captureNtpMs: captureTimestamp, captureClockOffsetMs: senderCaptureTimeOffset } = captured;
  return { captureTimestamp, ...(senderCaptureTimeOffset !== undefined && { senderCaptureTimeOffset }) };
}

function onlyUnnamed(streams: readonly InboundStream[]): InboundStream | undefined {
  return streams.length === 1 && streams[0]!.rid === undefined ? streams[0] : undefined;
}

function receivingOf(entry: TransceiverEntry): Receiving | undefined {
  const { receiver, currentDirection, firedDirection, isStopping } = entry.slots;
  const { codecs: agreed, extensions } = receiver.negotiated;
  if (agreed.length === 0 || isStopping) return undefined;
  const direction = currentDirection ?? firedDirection;
  const byNumber = new Map([...receiver.described, ...agreed].map((codec) => [codec.payloadType, codec])); // agreed ones last: they count
  const codecs = [...byNumber.values()];
  return {
    entry,
    codecs: byNumber,
    codecOf: (payloadType) => byNumber.get(payloadType),
    extensions: extensionIdsOf(extensions),
    isReceptive: direction !== null && receives(direction),
    hasUlpfec: codecs.some(isUlpfec),
    reportsByStream: agreed.some(({ feedback }) =>
      feedback.some(({ type, parameter }) => type === 'ack' && parameter === 'ccfb'),
    ),
  };
}

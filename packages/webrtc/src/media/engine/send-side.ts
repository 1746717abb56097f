import { BitrateAllocator, CongestionController, type LayerRates } from '@maru/protocol/congestion';
import { type Instant, NEVER, type RandomSource } from '@maru/protocol/core';
import { isPrimary, isRed, isRtx, type PayloadCodec, redundantPayloadType, repeatedPayloadType } from '@maru/protocol/jsep';
import { temporalLayersOf } from '@maru/protocol/payload';
import type { CcfbPacket, TwccPacket } from '@maru/protocol/rtcp';
import { sends } from '@maru/protocol/sdp';
import type { MediaOutputs } from '@maru/protocol/transport';
import type { RTCDegradationPreference, RTCRtpEncodingParameters } from '../rtp-parameters.js';
import { sourceOf } from '../track.js';
import type { TransceiverEntry } from '../transceiver-entry.js';
import type { FrameMetadata } from '../transform/frame-transform.js';
import { isTelephoneEvent, packetizerFor } from './codecs.js';
import { type EncodedMedia, type EncodingFeed, type EncodingSource, isEncodingSource } from './encoded-media.js';
import { EncoderHeadroom } from './encoder-headroom.js';
import { extensionIdsOf } from './extension-ids.js';
import { type OutboundSettings, OutboundStream, type PacketNumber } from './outbound-stream.js';
import { QualityLimitation } from './quality-limitation.js';

/** What an encoding may have where its parameters say nothing (libwebrtc's defaults for 720p and for speech are alike). */
const DEFAULT_MAX_BPS = { audio: 64_000, video: 2_500_000 } as const;
const MIN_BPS = { audio: 16_000, video: 15_000 } as const;
/** W3C webrtc-priority §4.2, as RFC 8835 §4 weighs it. */
const WEIGHTS = { 'very-low': 0.5, low: 1, medium: 2, high: 4 } as const;
/** A key frame does not wait behind pictures that take longer than this to leave. */
const MAX_WAIT_OF_KEY_FRAMES_MS = 100;
/** Pictures that wait for so long are not worth it: a key frame takes their place, unless the path is dead, so that it would wait, too. */
const STALE_PICTURES_MS = 500;
/** So that a burst leaves what else the event loop has to do a turn. */
const PACKETS_A_TURN = 256;

/** A sender's encoding at work. */
export interface Sending {
  readonly entry: TransceiverEntry;
  readonly stream: OutboundStream;
  /** Names the stream in the pacer and in the allocator. */
  readonly id: number;
  feed: EncodingFeed | undefined;
  /** What the feed was begun for. */
  fedBy: { readonly source: object; readonly payloadType: number; readonly shape: string } | undefined;
  encoding: Readonly<RTCRtpEncodingParameters>;
  readonly limitation: QualityLimitation;
}

/** What the sending side asks of the session. */
export interface SendSideHost {
  readonly random: RandomSource;
  now(): Instant;
  /** There is something to send: drain soon. */
  wake(): void;
}

/** What goes out over a transport: sources feed streams, streams wait in the pacer, and congestion control says when and how much. */
export class SendSide {
  private sendings: Sending[] = [];
  private readonly byId = new Map<number, Sending>();
  /**
   * What is silent, by SSRC. Who begins again, after hold for instance, goes on in its sequence: under one key SRTP must never see
   * a number of an SSRC twice (RFC 3711 §9.1), and receivers take older ones for replays. They rest without their packets, and no
   * longer than their transceivers, whose SSRCs nobody else gets: at most three for each.
   */
  private readonly resting = new Map<number, Sending>();
  private nextId = 1;
  /** Made with the first stream: a connection of data alone needs none. */
  private controller: CongestionController | undefined;
  private readonly allocator = new BitrateAllocator();
  private readonly headroom = new EncoderHeadroom();
  private isConnected = false;
  /** The other side may report by stream (RFC 8888), so it is remembered which packets were whose. */
  private isReportedByStream = false;
  /** SSRCs of streams that have ended, whose receivers are still to be told. */
  private readonly ended: number[] = [];

  constructor(private readonly host: SendSideHost) {}

  get streams(): readonly Sending[] {
    return this.sendings;
  }

  get congestion(): CongestionController | undefined {
    return this.controller;
  }

  get deadline(): Instant {
    let deadline = Math.min(this.controller?.deadline ?? NEVER, this.allocator.deadline, this.headroom.deadline);
    for (const { stream } of this.sendings) deadline = Math.min(deadline, stream.deadline);
    return deadline;
  }

  /** Transceivers, tracks or parameters have changed: what is sent follows. */
  configure(entries: readonly TransceiverEntry[]): void {
    const wanted = entries.flatMap((entry) => wantedStreams(entry));
    for (const sending of this.sendings) {
      if (!wanted.some(({ settings }) => settings.ssrc === sending.stream.settings.ssrc)) this.stop(sending);
    }
    this.sendings = wanted.flatMap((one) => this.sending(one));
    this.isReportedByStream = this.sendings.some(({ stream }) => stream.settings.isReportedByStream);
    this.forgetStopped(entries);
    this.demand();
    for (const sending of this.sendings) this.feed(sending);
    this.demand(); // what has nothing to give in these codecs takes no part of the others'
  }

  private forgetStopped(entries: readonly TransceiverEntry[]): void {
    const open = new Set(entries.filter(({ slots }) => !slots.isStopping));
    for (const [ssrc, { entry }] of this.resting) if (!open.has(entry)) this.resting.delete(ssrc);
  }

  /** Streams that are silent and may go on. */
  get restingCount(): number {
    return this.resting.size;
  }

  private sending({ entry, settings, encoding }: WantedStream): Sending[] {
    const packetizer = packetizerFor(settings.codec, this.host.random);
    if (!packetizer) return [];
    const known = this.find(settings.ssrc) ?? this.resting.get(settings.ssrc);
    this.resting.delete(settings.ssrc);
    const sending: Sending = known ?? {
      entry,
      id: this.nextId++,
      stream: new OutboundStream(settings, packetizer, this.host.random, this.host.now(), () => this.askForKeyFrame(sending)),
      feed: undefined,
      fedBy: undefined,
      encoding,
      limitation: new QualityLimitation(this.host.now()),
    };
    if (known) known.stream.reconfigure(settings, packetizer);
    sending.encoding = encoding;
    this.byId.set(sending.id, sending);
    return [sending];
  }

  /** The other side needs a key frame: a transform may want to hear of it first. */
  private askForKeyFrame({ entry, stream, feed }: Sending): void {
    entry.slots.sender.route.keyFrameRequested(stream.settings.rid, () => feed?.requestKeyFrame());
  }

  /** Begins, changes or ends what feeds a stream. */
  private feed(sending: Sending): void {
    const { entry, stream, encoding, fedBy } = sending;
    const { negotiated } = entry.slots.sender;
    const source = feedingSource(sending);
    const degradationPreference = preferenceOf(entry);
    const shape = `${shapeOf(encoding)} ${degradationPreference}`;
    const isSame = fedBy?.source === source && fedBy?.payloadType === stream.settings.codec.payloadType && fedBy.shape === shape;
    if (source && isSame) return;
    sending.feed?.close();
    sending.feed = undefined;
    sending.fedBy = undefined;
    if (!source) return;
    const codecs = encoding.codec ? [stream.settings.codec] : negotiated.codecs.filter(isPrimary);
    const demand = {
      kind: entry.slots.kind,
      codecs,
      encoding,
      targetBps: this.allocator.sumOf(sending.id),
      carriesRotation: stream.settings.extensions['video-orientation'] !== 0,
      degradationPreference,
    };
    sending.feed = source.encode(demand, (media) => this.write(sending, media));
    sending.feed?.setTargetBitrate(demand.targetBps);
    const chosen = codecs.find((codec) => codec === sending.feed?.codec) ?? stream.settings.codec;
    sending.fedBy = { source, payloadType: chosen.payloadType, shape };
    const packetizer = packetizerFor(chosen, this.host.random);
    if (!packetizer || chosen.payloadType === stream.settings.codec.payloadType) return;
    const rtx = rtxOf(entry, stream.settings.ssrc, chosen);
    stream.reconfigure({ ...stream.settings, codec: chosen, rtx, redundancy: undefined }, packetizer);
  }

  private write(sending: Sending, media: EncodedMedia): void {
    const { entry, stream } = sending;
    const { track, route } = entry.slots.sender;
    if (!this.isConnected || track?.enabled !== true) return;
    stream.encoded(this.host.now(), media);
    const { rid } = stream.settings;
    const metadata = (): FrameMetadata => stream.metadataOf(media);
    route.take(media.data, { isKeyFrame: media.isKeyFrame, rid }, metadata, (data) =>
      this.packetize(sending, { ...media, data }),
    );
  }

  private packetize({ entry, stream, id, limitation }: Sending, media: EncodedMedia): void {
    if (!this.isConnected) return;
    if (media.width && media.height) limitation.sized(media.width, media.height);
    const now = this.host.now();
    const control = this.control(now);
    if (media.isKeyFrame && entry.slots.kind === 'video' && control.pacer.queueMs > MAX_WAIT_OF_KEY_FRAMES_MS)
      control.pacer.forgetVideo(id, stream.forgetUnsent());
    stream.write(now, media, (packet, bytes) => control.queue(now, entry.slots.kind, id, packet, bytes));
    const { queueMs, queuedBytes, isCongested } = control.pacer;
    if (entry.slots.kind === 'video' && queueMs > STALE_PICTURES_MS && !isCongested) stream.skipAhead(now, queuedBytes);
    this.headroom.waiting(now, queuedBytes, control.targetBps);
    this.host.wake();
  }

  /** Sends a key of a telephone in place of the sound of `entry`. */
  playTone(entry: TransceiverEntry, tone: string, durationMs: number): void {
    const now = this.host.now();
    for (const sending of this.sendings) if (sending.entry === entry) sending.stream.playTone(now, tone, durationMs);
  }

  private control(now: Instant): CongestionController {
    if (!this.controller) {
      this.controller = new CongestionController({}, 1 + (this.host.random.uint32() & 0x7fff));
      if (this.isConnected) this.controller.connect(now);
    }
    return this.controller;
  }

  private stop(sending: Sending): void {
    sending.feed?.close();
    sending.feed = undefined;
    sending.fedBy = undefined;
    this.resting.set(sending.stream.settings.ssrc, sending);
    this.byId.delete(sending.id);
    this.allocator.remove(sending.id);
    this.controller?.pacer.forget(sending.id);
    sending.stream.rest();
    if (sending.stream.counters.packetsSent > 0) this.ended.push(sending.stream.settings.ssrc);
  }

  /** Ends every feed. */
  close(): void {
    for (const sending of this.sendings) this.stop(sending);
    this.sendings = [];
    this.resting.clear();
  }

  /** SSRCs that have ended since this was last asked. */
  takeEnded(): number[] {
    return this.ended.splice(0);
  }

  find(ssrc: number): Sending | undefined {
    return this.sendings.find(({ stream }) => stream.settings.ssrc === ssrc);
  }

  // Congestion control.

  connect(now: Instant): void {
    this.isConnected = true;
    this.controller?.connect(now);
    for (const { feed } of this.sendings) feed?.requestKeyFrame();
  }

  disconnect(): void {
    this.isConnected = false;
    this.controller?.disconnect();
  }

  pathChanged(now: Instant): void {
    this.controller?.pathChanged(now);
  }

  receiveTwcc(now: Instant, packet: TwccPacket): void {
    this.controller?.receiveTwcc(now, packet);
  }

  receiveCcfb(now: Instant, packet: CcfbPacket): void {
    this.controller?.receiveCcfb(now, packet);
  }

  receiveRemb(now: Instant, bitsPerSecond: number): void {
    this.controller?.receiveRemb(now, bitsPerSecond);
  }

  receiveReport(now: Instant, lossShare: number, roundTripMs: number | undefined): void {
    this.controller?.receiveReport(now, lossShare, roundTripMs);
  }

  /** Receivers miss packets of a stream: those that may be sent again wait in the pacer. */
  nacked(now: Instant, ssrc: number, sequences: readonly number[]): void {
    const sending = this.find(ssrc);
    const control = this.controller;
    if (!sending || !control) return;
    const spacingMs = sending.stream.remoteReport?.roundTripMs ?? control.roundTripMs;
    sending.stream.nacked(now, sequences, spacingMs, control.lossShare, (packet, bytes) =>
      control.queue(now, 'retransmission', sending.id, packet, bytes),
    );
  }

  /** What encoders could use together, and how it is to be divided, also among those that are about to begin. */
  private demand(): void {
    for (const sending of this.sendings) {
      const { entry, encoding, id } = sending;
      const source = feedingSource(sending);
      const isRefused = sending.fedBy?.source === source && !sending.feed;
      if (!source || isRefused) {
        this.allocator.remove(id);
        continue;
      }
      this.allocator.set(id, {
        kind: entry.slots.kind,
        weight: WEIGHTS[encoding.priority ?? 'low'],
        layers: [ratesOf(entry.slots.kind, encoding)],
      });
    }
    const now = this.host.now();
    const controller = this.allocator.demandBps > 0 ? this.control(now) : this.controller;
    controller?.demand(now, this.allocator.demandBps);
    this.allocate(now);
  }

  private allocate(now: Instant): void {
    if (!this.controller) return;
    const { targetBps, pacer } = this.controller;
    const forEncoders = this.headroom.of(now, targetBps, pacer.queuedBytes, this.allocator.leastBps);
    if (!this.allocator.allocate(now, forEncoders)) return;
    for (const { entry, encoding, feed, id, limitation, stream } of this.sendings) {
      const granted = this.allocator.sumOf(id);
      stream.targetBps = granted;
      limitation.grant(now, granted, feed ? ratesOf(entry.slots.kind, encoding).maxBps : 0);
      feed?.setTargetBitrate(granted);
    }
  }

  advance(now: Instant): void {
    for (const { stream, id } of this.sendings) {
      if (now < stream.deadline || !this.isConnected) continue;
      const control = this.control(now);
      stream.advance(now, (packet, bytes) => control.queue(now, 'audio', id, packet, bytes));
    }
    this.controller?.advance(now);
    if (this.controller?.takeChange() || Math.min(this.allocator.deadline, this.headroom.deadline) <= now) this.allocate(now);
  }

  /** Sends what may leave now. */
  drain(now: Instant, outputs: MediaOutputs): void {
    const control = this.controller;
    if (!control || !this.isConnected) return;
    const { pacer } = control;
    pacer.canPad = this.sendings.some(({ stream }) => stream.canPad);
    const number: PacketNumber = (ssrc, sequenceNumber, bytes) =>
      this.isReportedByStream ? control.sentOf(now, ssrc, sequenceNumber, bytes) : control.sent(now, bytes);
    for (let left = PACKETS_A_TURN; left > 0 && control.take(now); left--) {
      if (pacer.kind === 'padding') this.pad(now, pacer.bytes, outputs, number);
      else if (pacer.kind === 'retransmission') this.sendAgain(now, control, outputs, number);
      else this.byId.get(pacer.stream)?.stream.send(now, pacer.packet, outputs, number, control.lossShare);
    }
    if (control.takeChange()) this.allocate(now);
  }

  private sendAgain(now: Instant, { pacer }: CongestionController, outputs: MediaOutputs, number: PacketNumber): void {
    this.headroom.resent(now, pacer.bytes);
    this.byId.get(pacer.stream)?.stream.sendAgain(now, pacer.packet, outputs, number);
  }

  /** Padding is the last packet once more: a receiver that lost it has it then (as libwebrtc does). */
  private pad(now: Instant, bytes: number, outputs: MediaOutputs, number: PacketNumber): void {
    const padding = this.sendings.find(({ stream }) => stream.canPad);
    if (!padding?.stream.pad(now, bytes, outputs, number)) this.controller?.pacer.padded(0);
  }
}

interface WantedStream {
  readonly entry: TransceiverEntry;
  readonly settings: OutboundSettings;
  readonly encoding: Readonly<RTCRtpEncodingParameters>;
}

/** What is to be sent for a transceiver, one for each encoding. */
function wantedStreams(entry: TransceiverEntry): WantedStream[] {
  const { sender, currentDirection, isStopping, mid, kind } = entry.slots;
  if (isStopping || mid === null || currentDirection === null || !sends(currentDirection)) return [];
  const extensions = extensionIdsOf(sender.negotiated.extensions);
  const telephoneEvents = sender.negotiated.codecs.filter(isTelephoneEvent);
  return sender.encodings.flatMap((encoding, index): WantedStream[] => {
    const ssrc = sender.sources[index]?.ssrc;
    const { codec, redundancy } = chosenCodec(sender.negotiated.codecs, kind, encoding.codec?.mimeType);
    if (ssrc === undefined || !codec) return [];
    const settings: OutboundSettings = {
      kind,
      ssrc,
      rtx: rtxOf(entry, ssrc, codec),
      mid,
      rid: encoding.rid,
      codec,
      redundancy,
      telephoneEvent: telephoneEvents.find(({ clockRate }) => clockRate === codec.clockRate),
      temporalLayers: encoding.scalabilityMode === undefined ? undefined : temporalLayersOf(encoding.scalabilityMode),
      isReportedByStream: codec.feedback.some(({ type, parameter }) => type === 'ack' && parameter === 'ccfb'),
      extensions,
    };
    return [{ entry, settings, encoding }];
  });
}

/** What is to feed a stream; undefined where nothing is sent now. */
function feedingSource({ entry, encoding }: Sending): (object & EncodingSource) | undefined {
  const { track } = entry.slots.sender;
  const source = track && track.readyState === 'live' && encoding.active ? sourceOf(track) : undefined;
  return source && isEncodingSource(source) ? source : undefined;
}

/** What of pictures goes first. Where scripts say nothing, as what the track shows asks for (mst-content-hint). */
function preferenceOf({ slots }: TransceiverEntry): RTCDegradationPreference {
  const { degradationPreference, track } = slots.sender;
  if (degradationPreference) return degradationPreference;
  switch (track?.contentHint) {
    case 'motion':
      return 'maintain-framerate';
    case 'detail':
    case 'text':
      return 'maintain-resolution';
    default:
      return 'balanced';
  }
}

/** What of an encoding another feed is needed for: the others follow while it is at work. */
function shapeOf({ scaleResolutionDownBy, maxFramerate, scalabilityMode }: Readonly<RTCRtpEncodingParameters>): string {
  return `${scaleResolutionDownBy} ${maxFramerate} ${scalabilityMode}`;
}

/** What is sent: the codec that the encoding names, else the best of those agreed on; of sound with redundancy where that is preferred to it. */
function chosenCodec(
  codecs: readonly PayloadCodec[],
  kind: 'audio' | 'video',
  mimeType: string | undefined,
): { readonly codec: PayloadCodec | undefined; readonly redundancy: number | undefined } {
  const named = mimeType === undefined ? undefined : codecs.find((codec) => isNamed(codec, kind, mimeType));
  const wanted = named ?? codecs.find((codec) => isPrimary(codec) || (kind === 'audio' && isRed(codec)));
  const carried = wanted && kind === 'audio' ? redundantPayloadType(wanted) : undefined;
  const inner = carried === undefined ? undefined : codecs.find(({ payloadType }) => payloadType === carried);
  if (inner && wanted) return { codec: inner, redundancy: wanted.payloadType };
  return { codec: wanted && isPrimary(wanted) ? wanted : codecs.find(isPrimary), redundancy: undefined };
}

function rtxOf({ slots }: TransceiverEntry, ssrc: number, codec: PayloadCodec): OutboundSettings['rtx'] {
  const { sender } = slots;
  const rtx = sender.negotiated.codecs.find((one) => isRtx(one) && repeatedPayloadType(one) === codec.payloadType);
  const rtxSsrc = sender.sources.find((source) => source.ssrc === ssrc)?.rtxSsrc;
  return rtx && rtxSsrc !== undefined ? { ssrc: rtxSsrc, payloadType: rtx.payloadType } : undefined;
}

function isNamed({ name }: PayloadCodec, kind: string, mimeType: string): boolean {
  return `${kind}/${name}`.toLowerCase() === mimeType.toLowerCase();
}

/** What an encoding can use: its own limit, and less where its pictures are smaller. */
function ratesOf(
  kind: 'audio' | 'video',
  { maxBitrate, scaleResolutionDownBy = 1 }: Readonly<RTCRtpEncodingParameters>,
): LayerRates {
  const maxBps = maxBitrate ?? DEFAULT_MAX_BPS[kind] / scaleResolutionDownBy ** 1.5;
  return { minBps: Math.min(MIN_BPS[kind], maxBps), targetBps: maxBps, maxBps };
}

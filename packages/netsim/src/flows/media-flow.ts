import { CongestionController, type CongestionOptions } from '@maru/protocol/congestion';
import { type DatagramSocket, type Instant, NEVER, type Path, SeededRandom } from '@maru/protocol/core';
import { CcfbRecorder, decodeRtcp, RtcpBuilder, TwccRecorder } from '@maru/protocol/rtcp';
import {
  RtpPacketView,
  RtpPacketWriter,
  readTransportSequence,
  TRANSPORT_SEQUENCE_BYTES,
  writeTransportSequence,
} from '@maru/protocol/rtp';
import type { VirtualHost } from '../host.js';
import type { VirtualNetwork } from '../virtual-network.js';
import { FlowRecord } from './flow-record.js';

export interface MediaFlowOptions {
  readonly congestion?: CongestionOptions;
  /** What the encoder gives at most. */
  readonly videoMaxBps?: number;
  /** When media begins. */
  readonly startAt?: Instant;
  /** 50 packets of 100 bytes a second beside the video. */
  readonly hasAudio?: boolean;
  /** What the receiver tells: of the transport's numbers, or by stream (RFC 8888). */
  readonly feedback?: 'twcc' | 'ccfb';
  readonly seed?: number;
}

const TRANSPORT_SEQUENCE_ID = 1;
const VIDEO_SSRC = 0x10;
const AUDIO_SSRC = 0x20;
const PADDING_SSRC = 0x30;
const MAX_PACKET_BYTES = 1_200;
const AUDIO_BYTES = 100;
const AUDIO_MS = 20;
const AUDIO_BPS = (AUDIO_BYTES * 8_000) / AUDIO_MS;
const FRAME_MS = 1_000 / 30;
/** The first frame is a key frame. */
const KEY_FRAME_SCALE = 4;
const FEEDBACK_MS = 50;
/** An encoder gives no frame while so much waits. */
const MAX_WAITING_MS = 300;

/**
 * Audio and video from one host to another under {@link CongestionController}: packets, feedback and an encoder that does what it
 * is told, frame by frame. Nothing is sent again.
 */
export class MediaFlow {
  readonly record = new FlowRecord();
  readonly audio = new FlowRecord();
  readonly controller: CongestionController;
  /** Frames that the encoder left out, and gave. */
  framesSkipped = 0;
  framesSent = 0;
  videoMaxBps: number;
  private readonly socket: DatagramSocket;
  private readonly path: Path;
  private readonly random: SeededRandom;
  private readonly writer = new RtpPacketWriter();
  private readonly packet = new Uint8Array(1_500);
  private readonly sequences = new Map<number, number>();
  private armedFor: Instant = NEVER;
  private cancelTimer: () => void = () => {};
  private isOver = false;

  constructor(
    private readonly network: VirtualNetwork,
    from: VirtualHost,
    to: VirtualHost,
    private readonly options: MediaFlowOptions = {},
  ) {
    const { congestion, videoMaxBps = 3_000_000, startAt = 0, seed = 1, feedback = 'twcc' } = options;
    this.videoMaxBps = videoMaxBps;
    this.random = new SeededRandom(seed);
    this.controller = new CongestionController(congestion, 0xfff0);
    this.controller.pacer.canPad = true;
    this.socket = from.bindDatagram('0.0.0.0');
    const receiver = new MediaFlowReceiver(network, to, feedback, this.record, this.audio);
    this.path = this.socket.pathTo(receiver.address, receiver.port);
    this.socket.receiver = {
      datagram: (bytes) => this.hear(new Uint8Array(bytes)),
      settled: () => this.settle(),
    };
    network.clock.schedule(startAt, () => this.begin());
  }

  private get now(): Instant {
    return this.network.clock.now();
  }

  /** No more media comes. */
  end(): void {
    this.isOver = true;
    this.controller.disconnect();
  }

  private begin(): void {
    this.controller.demand(this.now, this.videoMaxBps + (this.options.hasAudio ? AUDIO_BPS : 0));
    this.controller.connect(this.now);
    this.frame();
    if (this.options.hasAudio) this.sound();
  }

  private frame(): void {
    if (this.isOver) return;
    const target = Math.min(this.videoMaxBps, this.controller.targetBps - (this.options.hasAudio ? AUDIO_BPS : 0));
    this.record.aimed(this.now, this.controller.targetBps);
    if (target <= 0 || this.controller.pacer.queueMs > MAX_WAITING_MS) this.framesSkipped += 1;
    else this.write((target * FRAME_MS) / 8_000);
    this.network.clock.schedule(this.now + FRAME_MS, () => this.frame());
    this.settle();
  }

  private write(meanBytes: number): void {
    const scale = this.framesSent++ === 0 ? KEY_FRAME_SCALE : 0.75 + this.random.unit() / 2;
    for (let left = Math.max(100, Math.round(meanBytes * scale)); left > 0; left -= MAX_PACKET_BYTES) {
      this.controller.queue(this.now, 'video', VIDEO_SSRC, 0, Math.max(64, Math.min(left, MAX_PACKET_BYTES)));
    }
  }

  private sound(): void {
    if (this.isOver) return;
    this.controller.queue(this.now, 'audio', AUDIO_SSRC, 0, AUDIO_BYTES);
    this.network.clock.schedule(this.now + AUDIO_MS, () => this.sound());
    this.settle();
  }

  private hear(datagram: Uint8Array): void {
    for (const packet of decodeRtcp(datagram).packets) {
      if (packet.type === 'twcc') this.controller.receiveTwcc(this.now, packet);
      if (packet.type === 'ccfb') this.controller.receiveCcfb(this.now, packet);
    }
  }

  private settle(): void {
    const { controller, now } = this;
    controller.advance(now);
    while (controller.take(now)) this.send();
    const { deadline } = controller;
    if (deadline === this.armedFor) return;
    this.cancelTimer();
    this.armedFor = deadline;
    this.cancelTimer = this.network.clock.schedule(deadline, () => {
      this.armedFor = NEVER;
      this.settle();
    });
  }

  private send(): void {
    const { controller, now, packet } = this;
    const { stream, bytes } = controller.pacer;
    const ssrc = stream === 0 ? PADDING_SSRC : stream;
    const sequence = ((this.sequences.get(ssrc) ?? 0) + 1) & 0xffff;
    this.sequences.set(ssrc, sequence);
    this.writer.begin(packet, 0, packet.length, 96, false, sequence, 0, ssrc);
    const at = this.writer.extension(TRANSPORT_SEQUENCE_ID, TRANSPORT_SEQUENCE_BYTES);
    const payload = this.writer.payloadRoom(bytes - 20);
    new DataView(packet.buffer).setFloat64(payload, now);
    const length = this.writer.finish();
    if (this.options.feedback === 'ccfb') controller.sentOf(now, ssrc, sequence, length);
    else writeTransportSequence(packet, at, controller.sent(now, length));
    this.record.sent(now, length);
    if (ssrc === AUDIO_SSRC) this.audio.sent(now, length);
    this.socket.send(packet.subarray(0, length), this.path);
  }
}

/** Takes the packets of a flow, and tells of them. */
class MediaFlowReceiver {
  readonly address: string;
  readonly port: number;
  private readonly socket: DatagramSocket;
  private readonly view = new RtpPacketView();
  private readonly arrivals = new TwccRecorder();
  private readonly streamArrivals = new CcfbRecorder();
  private readonly builder = new RtcpBuilder();
  private shortestMs = Infinity;
  private sender: Path | undefined;

  constructor(
    private readonly network: VirtualNetwork,
    host: VirtualHost,
    private readonly feedback: 'twcc' | 'ccfb',
    private readonly record: FlowRecord,
    private readonly audio: FlowRecord,
  ) {
    this.address = host.hostAddresses().find(({ isLoopback }) => !isLoopback)!.address;
    this.socket = host.bindDatagram(this.address);
    this.port = this.socket.localPort;
    this.socket.receiver = { datagram: (bytes, path) => this.take(bytes, path), settled() {} };
  }

  private take(bytes: Uint8Array, path: Path): void {
    const { view, network } = this;
    const now = network.clock.now();
    if (view.wrap(bytes, 0, bytes.length) || !view.findExtension(TRANSPORT_SEQUENCE_ID)) return;
    this.arrivals.received(now, readTransportSequence(bytes, view.valueOffset));
    this.streamArrivals.received(now, view.ssrc, view.sequenceNumber);
    const waitMs = now - new DataView(bytes.buffer, bytes.byteOffset).getFloat64(view.payloadOffset);
    this.shortestMs = Math.min(this.shortestMs, waitMs);
    this.record.received(now, bytes.length, waitMs - this.shortestMs);
    if (view.ssrc === AUDIO_SSRC) this.audio.received(now, bytes.length, waitMs - this.shortestMs);
    if (!this.sender) network.clock.schedule(now + FEEDBACK_MS, () => this.tell());
    this.sender = path;
  }

  private tell(): void {
    const now = this.network.clock.now();
    for (let told = this.next(now); told; told = this.next(now)) {
      this.builder.add(told);
      this.socket.send(this.builder.take(), this.sender!);
    }
    this.network.clock.schedule(now + FEEDBACK_MS, () => this.tell());
  }

  private next(now: Instant): ReturnType<TwccRecorder['build']> | ReturnType<CcfbRecorder['build']> {
    if (this.feedback === 'twcc') return this.arrivals.build(1, VIDEO_SSRC);
    return this.streamArrivals.build(now, NTP_AT_START + now, 1);
  }
}

/** Some wall time for the receiver's clock, in milliseconds since 1900. */
const NTP_AT_START = 4_000_000_000_000;

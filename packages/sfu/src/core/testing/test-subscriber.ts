import { ByteWriter, serialDistance32 } from '@maru/protocol/bytes';
import { KeyFrameThrottle, NackScheduler } from '@maru/protocol/congestion';
import type { Instant } from '@maru/protocol/core';
import { createDepacketizer, FrameAssembler, type VideoCodec } from '@maru/protocol/payload';
import { decodeRtcp, encodeRtcp, ReceptionStatistics, type RtcpPacket, TwccRecorder } from '@maru/protocol/rtcp';
import {
  RtpPacketView,
  readSequenceNumber,
  readSsrc,
  readTransportSequence,
  SequenceUnroller,
  unwrapRtx,
} from '@maru/protocol/rtp';
import { type FrameTag, tagsOf } from './tagged-frames.js';
import { EXTENSIONS } from './test-publisher.js';

const VIDEO_TYPES = { vp8: 100, vp9: 102, h264: 104, av1: 106, h265: 108 } as const;
export const OPUS_TYPE = 63;

/** Nothing has come for so long: nobody waits for what was under way then. */
const BLACKOUT_MS = 400;

export interface ShownFrame {
  readonly at: Instant;
  readonly rtpTimestamp: number;
  readonly tags: readonly FrameTag[];
}

/** One receiving section of a {@link TestSubscriber}, and the judge of what arrives in it. */
export class TestSection {
  readonly shown: ShownFrame[] = [];
  readonly errors: string[] = [];
  audioPackets = 0;
  readonly audioSequences: number[] = [];
  packets = 0;
  bytes = 0;
  padding = 0;
  repairs = 0;
  readonly assembler: FrameAssembler | undefined;
  readonly nack = new NackScheduler();
  readonly keyFrames = new KeyFrameThrottle();
  readonly statistics: ReceptionStatistics;
  readonly unroller = new SequenceUnroller();
  private decoded = new Map<number, Set<number>>();
  private lastAt: Instant = Number.NaN;

  constructor(
    readonly mid: string,
    readonly kind: 'audio' | 'video',
    readonly ssrc: number,
    readonly rtxSsrc: number,
    codec: VideoCodec,
  ) {
    this.assembler = kind === 'video' ? new FrameAssembler(createDepacketizer(codec)) : undefined;
    this.statistics = new ReceptionStatistics(ssrc, kind === 'video' ? 90_000 : 48_000);
  }

  receive(now: Instant, view: RtpPacketView, isRepair: boolean): void {
    this.packets += 1;
    this.bytes += view.payloadBytes;
    const sequence = this.unroller.unroll(view.sequenceNumber);
    if (!isRepair) this.statistics.received(now, view.sequenceNumber, view.rtpTimestamp);
    if (this.kind === 'audio') {
      if (view.payloadBytes > 0) this.audioPackets += 1;
      this.audioSequences.push(sequence);
      return;
    }
    if (isRepair) this.repairs += 1;
    this.nack.received(now, sequence, isRepair);
    if (this.nack.takeGivenUp() && now - this.lastAt > BLACKOUT_MS) this.assembler!.giveUp();
    this.lastAt = now;
    this.assembler!.receive(now, view, EXTENSIONS['dependency-descriptor']!);
    this.drain(now);
  }

  advance(now: Instant): void {
    if (!this.assembler) return;
    this.assembler.advance(now);
    this.drain(now);
    if (this.packets > 0 && this.assembler.needsKeyFrame) this.keyFrames.need();
    else this.keyFrames.arrived();
  }

  private drain(now: Instant): void {
    this.assembler!.drain(({ bytes, rtpTimestamp, isKeyFrame }) => {
      const tags = tagsOf(bytes);
      if (!tags) {
        this.errors.push(`${now}: a frame that is not whole`);
        return;
      }
      this.judge(now, tags, rtpTimestamp, isKeyFrame);
    });
  }

  private judge(now: Instant, tags: readonly FrameTag[], rtpTimestamp: number, isKeyFrame: boolean): void {
    const before = this.shown.at(-1);
    if (before && serialDistance32(before.rtpTimestamp, rtpTimestamp) <= 0)
      this.errors.push(`${now}: time does not go on (${before.rtpTimestamp} to ${rtpTimestamp})`);
    if (isKeyFrame) this.decoded = new Map();
    for (const { encoding, frame, references, spatialId, temporalId } of tags) {
      const known = this.decoded.get(encoding) ?? new Set<number>();
      this.decoded.set(encoding, known);
      const missing = references.filter((reference) => !known.has(reference));
      if (missing.length > 0)
        this.errors.push(
          `${now}: frame ${frame} of e${encoding}s${spatialId}t${temporalId} leans on ${missing}, which did not come`,
        );
      known.add(frame);
    }
    this.shown.push({ at: now, rtpTimestamp, tags });
  }
}

/** A browser that receives, as far as packets go: it asks again for what is missing, tells what arrived, wants key frames. */
export class TestSubscriber {
  readonly sections: TestSection[] = [];
  readonly arrivals = new TwccRecorder();
  readonly seen = new Set<string>();
  private readonly rollovers = new Map<number, SequenceUnroller>();
  readonly errors: string[] = [];
  senderReports = 0;
  packets = 0;
  /** Shown each packet. */
  watch: (view: RtpPacketView) => void = () => {};
  private readonly view = new RtpPacketView();
  private isQuiet = false;

  constructor(
    readonly id: string,
    readonly codec: VideoCodec,
    private readonly transmitRtcp: (bytes: Uint8Array) => void,
  ) {}

  slot(mid: string, kind: 'audio' | 'video', ssrc: number) {
    const rtxSsrc = ssrc + 1;
    this.sections.push(new TestSection(mid, kind, ssrc, rtxSsrc, this.codec));
    const type = VIDEO_TYPES[this.codec];
    return kind === 'video'
      ? {
          mid,
          kind,
          ssrc,
          rtxSsrc,
          codecs: [{ name: this.codec, payloadType: type, rtxPayloadType: type + 1, clockRate: 90_000 }],
        }
      : { mid, kind, ssrc, codecs: [{ name: 'opus', payloadType: OPUS_TYPE, clockRate: 48_000 }] };
  }

  /** It waits for what is missing as long as receivers do whose packets take so long there and back. */
  waitFor(roundTripMs: number): void {
    for (const { assembler, nack, keyFrames } of this.sections) {
      nack.roundTripMs = keyFrames.roundTripMs = roundTripMs;
      if (assembler) assembler.maxWaitMs = Math.min(2_000, Math.max(500, 10 * roundTripMs));
    }
  }

  /** It stops to answer: its feedback is lost. */
  silence(isQuiet: boolean): void {
    this.isQuiet = isQuiet;
  }

  /** A packet is on its way to it. */
  sealed(now: Instant, bytes: Uint8Array, rollover: number): void {
    const key = `${readSsrc(bytes, 0)} ${rollover} ${readSequenceNumber(bytes, 0)}`;
    if (this.seen.has(key)) this.errors.push(`${now}: ${key} was sealed twice`);
    this.seen.add(key);
    const unroller = this.rollovers.get(readSsrc(bytes, 0)) ?? new SequenceUnroller();
    this.rollovers.set(readSsrc(bytes, 0), unroller);
    const expected = Math.floor(unroller.unroll(readSequenceNumber(bytes, 0)) / 0x1_0000);
    if (expected !== rollover) this.errors.push(`${now}: ${key} is of rollover ${expected}`);
  }

  receive(now: Instant, bytes: Uint8Array): void {
    const { view } = this;
    this.packets += 1;
    const refusal = view.wrap(bytes);
    if (refusal) {
      this.errors.push(refusal.reason);
      return;
    }
    this.watch(view);
    if (view.findExtension(EXTENSIONS['transport-cc']!, 2))
      this.arrivals.received(now, readTransportSequence(bytes, view.valueOffset));
    const section = this.sections.find(({ ssrc, rtxSsrc }) => ssrc === view.ssrc || (rtxSsrc === view.ssrc && rtxSsrc !== 0));
    if (!section) {
      this.errors.push(`${now}: nobody knows ${view.ssrc}`);
      return;
    }
    if (view.ssrc === section.ssrc) return section.receive(now, view, false);
    if (!unwrapRtx(view, view.payloadType - 1, section.ssrc)) {
      section.padding += 1;
      return;
    }
    view.wrap(bytes, 2, bytes.length - 2);
    section.receive(now, view, true);
  }

  receiveRtcp(now: Instant, bytes: Uint8Array): void {
    for (const packet of decodeRtcp(bytes).packets) {
      if (packet.type !== 'sender-report') continue;
      this.senderReports += 1;
      this.sections.find(({ ssrc }) => ssrc === packet.senderSsrc)?.statistics.receivedSenderReport(now, packet);
    }
  }

  /** What a browser does some fifty times a second. */
  advance(now: Instant): void {
    for (const section of this.sections) {
      section.advance(now);
      const lostSequences = section.nack.due(now);
      if (lostSequences.length > 0) this.send({ type: 'nack', senderSsrc: 1, mediaSsrc: section.ssrc, lostSequences });
      if (section.keyFrames.take(now)) this.send({ type: 'pli', senderSsrc: 1, mediaSsrc: section.ssrc });
    }
  }

  /** What a hostile one asks. */
  ask(what: 'pli' | 'everything'): void {
    const section = this.sections.find(({ kind }) => kind === 'video')!;
    if (what === 'pli') return this.send({ type: 'pli', senderSsrc: 1, mediaSsrc: section.ssrc });
    const highest = section.statistics.report(0)!.extendedHighestSequence;
    const lostSequences = Array.from({ length: 500 }, (_, i) => (highest - 499 + i) & 0xffff);
    this.send({ type: 'nack', senderSsrc: 1, mediaSsrc: section.ssrc, lostSequences });
  }

  feedback(): void {
    for (let packet = this.arrivals.build(1, 1); packet; packet = this.arrivals.build(1, 1)) this.send(packet);
  }

  report(now: Instant): void {
    const reports = this.sections.map(({ statistics }) => statistics.report(now)).filter((block) => block !== undefined);
    if (reports.length > 0) this.send({ type: 'receiver-report', senderSsrc: 1, reports });
  }

  private send(packet: RtcpPacket): void {
    if (this.isQuiet) return;
    const writer = new ByteWriter(new Uint8Array(1_400));
    encodeRtcp(packet, writer);
    this.transmitRtcp(writer.written.slice());
  }
}

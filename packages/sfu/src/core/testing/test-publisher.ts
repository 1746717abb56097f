import { ByteWriter } from '@maru/protocol/bytes';
import type { Instant, SeededRandom } from '@maru/protocol/core';
import { Malformed } from '@maru/protocol/core';
import { createPacketizer, type Packetizer, payloadLimits, type VideoCodec } from '@maru/protocol/payload';
import { decodeRtcp, encodeRtcp, ntpFractionOf, ntpSecondsOf } from '@maru/protocol/rtcp';
import {
  type DecodeTargetIndication,
  type DependencyDescriptor,
  type DependencyStructure,
  encodeDependencyDescriptor,
  RtpPacketView,
  RtpPacketWriter,
  wrapRtx,
  writeAbsSendTime,
  writeAudioLevel,
  writeToken,
  writeTransportSequence,
} from '@maru/protocol/rtp';
import type { ExtensionIds } from '../description.js';
import { type FrameTag, taggedFrame } from './tagged-frames.js';

/** What all test participants negotiate. */
export const EXTENSIONS: ExtensionIds = {
  mid: 1,
  rid: 2,
  'repaired-rid': 3,
  'transport-cc': 4,
  'abs-send-time': 5,
  'ssrc-audio-level': 6,
  'dependency-descriptor': 7,
};

export interface VideoOptions {
  readonly codec: VideoCodec;
  readonly encodings?: number;
  readonly spatialLayers?: number;
  readonly temporalLayers?: 1 | 3;
  /** Upper spatial layers lean on lower ones in key pictures alone (L3T3_KEY). */
  readonly isKeySvc?: boolean;
  readonly isFlexible?: boolean;
  readonly hasDescriptor?: boolean;
  /** Of frames of the lowest layer; each above has twice as much. */
  readonly frameBytes?: number;
  /** How much larger a key frame is than others. */
  readonly keyFrameTimes?: number;
  /** How much frames differ: each is as large as it would be, times something from one less this to one more this. */
  readonly spread?: number;
  readonly intervalMs?: number;
  /** VP8: how often a picture of the middle layer leans on the base alone; 1: always. */
  readonly syncEvery?: number;
  /** Whether pictures of the highest temporal layer lean on earlier ones of it. */
  readonly hasChainedTop?: boolean;
  readonly content?: 'camera' | 'screen';
  readonly mid?: string;
  readonly hasSenderReports?: boolean;
  /** Of each packet of audio; 0: none is sent. */
  readonly audioBytes?: number;
}

const VIDEO_TYPE = 96;
const VIDEO_RTX_TYPE = 97;
export const AUDIO_TYPE = 111;
const RIDS = ['q', 'h', 'f'];
const TEMPORAL_PATTERN = [0, 2, 1, 2];
const HISTORY = 4_096;

interface Encoding {
  readonly index: number;
  readonly ssrc: number;
  readonly rtxSsrc: number;
  readonly packetizer: Packetizer;
  readonly timestampOffset: number;
  sequence: number;
  rtxSequence: number;
  frame: number;
  picture: number;
  sinceKey: number;
  isKeyWanted: boolean;
  isActive: boolean;
  /** Last frame of each spatial and temporal layer. */
  last: number[][];
  lastPicture: number[][];
  packets: number;
  readonly sent: Map<number, Uint8Array>;
}

/** A browser that sends, as far as its packets go. */
export class TestPublisher {
  readonly encodings: Encoding[];
  keyFramesSent = 0;
  keyFramesAsked = 0;
  nacksHeard = 0;
  readonly description;
  private readonly options: Required<VideoOptions>;
  private readonly writer = new RtpPacketWriter();
  private transportSequence = 0;
  private audioSequence: number;
  private readonly structure: DependencyStructure;
  private readonly audioSsrc: number;
  audioLevel = 30;
  /** It sends a packet each 400 ms, as Opus does of silence (RFC 7587 §3.1.3). */
  isInDtx = false;
  private sinceSound = 0;

  constructor(
    readonly id: string,
    options: VideoOptions,
    private readonly random: SeededRandom,
    private readonly transmit: (bytes: Uint8Array) => void,
  ) {
    this.options = {
      encodings: 1,
      spatialLayers: 1,
      temporalLayers: 1,
      isKeySvc: false,
      isFlexible: false,
      hasDescriptor: false,
      frameBytes: 600,
      keyFrameTimes: 3,
      spread: 0,
      intervalMs: 33,
      syncEvery: 1,
      hasChainedTop: true,
      content: 'camera',
      mid: 'v',
      hasSenderReports: true,
      audioBytes: 12,
      ...options,
    };
    const { codec, mid, isFlexible } = this.options;
    this.audioSequence = random.uint32() & 0xffff;
    this.audioSsrc = random.uint32();
    this.encodings = Array.from({ length: this.options.encodings }, (_, index) => ({
      index,
      ssrc: random.uint32(),
      rtxSsrc: random.uint32(),
      packetizer: createPacketizer(codec, { random, isFlexibleMode: isFlexible }),
      timestampOffset: random.uint32(),
      sequence: random.uint32() & 0xffff,
      rtxSequence: random.uint32() & 0xffff,
      frame: 0,
      picture: 0,
      sinceKey: 0,
      isKeyWanted: true,
      isActive: true,
      last: [],
      lastPicture: [],
      packets: 0,
      sent: new Map(),
    }));
    this.structure = structureOf(this.options.spatialLayers, this.options.temporalLayers);
    this.description = {
      id: `${id}-video`,
      kind: 'video' as const,
      content: this.options.content,
      mid,
      codecs: [{ name: codec, payloadType: VIDEO_TYPE, rtxPayloadType: VIDEO_RTX_TYPE, clockRate: 90_000 }],
      encodings: this.options.encodings > 1 ? RIDS.slice(0, this.options.encodings).map((rid) => ({ rid })) : [{}],
    };
  }

  get audioDescription() {
    return {
      id: `${this.id}-audio`,
      kind: 'audio' as const,
      content: 'camera' as const,
      mid: 'a',
      codecs: [{ name: 'opus', payloadType: AUDIO_TYPE, clockRate: 48_000 }],
      encodings: [{ ssrc: this.audioSsrc }],
    };
  }

  /** One packet of audio, of 20 ms. */
  sendAudio(now: Instant, level = this.isInDtx ? 127 : this.audioLevel): void {
    this.sinceSound = this.isInDtx ? (this.sinceSound + 1) % 20 : 0;
    if (this.sinceSound > 0) return;
    const { writer } = this;
    const slot = new Uint8Array(100 + this.options.audioBytes);
    const sequence = this.audioSequence++ & 0xffff;
    writer.begin(slot, 0, slot.length, AUDIO_TYPE, false, sequence, Math.round(now * 48) >>> 0, this.audioSsrc);
    this.writeTransport(now, slot);
    const at = writer.extension(EXTENSIONS['ssrc-audio-level']!, 1);
    writeAudioLevel(slot, at, level, level < 60);
    const sound = `audio ${sequence}`.padEnd(this.options.audioBytes, '~');
    writer.payload(Uint8Array.from(sound, (c) => c.charCodeAt(0)));
    this.transmit(slot.slice(0, writer.finish()));
  }

  /** One picture of each encoding. */
  sendPicture(now: Instant): void {
    for (const encoding of this.encodings) if (encoding.isActive) this.sendEncoding(now, encoding);
  }

  private sendEncoding(now: Instant, encoding: Encoding): void {
    const { temporalLayers, spatialLayers, isKeySvc, codec, frameBytes, keyFrameTimes, spread, syncEvery, hasChainedTop } =
      this.options;
    const isKey = encoding.isKeyWanted;
    if (isKey) {
      encoding.isKeyWanted = false;
      encoding.sinceKey = 0;
      encoding.last = [];
      encoding.lastPicture = [];
      this.keyFramesSent += 1;
    }
    const phase = encoding.sinceKey % 4;
    const cycle = Math.floor(encoding.sinceKey / 4);
    const temporalId = temporalLayers === 3 ? TEMPORAL_PATTERN[phase]! : 0;
    encoding.sinceKey += 1;
    encoding.picture += 1;
    const timestamp = (Math.round(now * 90) + encoding.timestampOffset) >>> 0;
    let lower = -1;
    for (let spatialId = 0; spatialId < spatialLayers; spatialId++) {
      const last = (encoding.last[spatialId] ??= []);
      const lastPicture = (encoding.lastPicture[spatialId] ??= []);
      const isSync = cycle % syncEvery === 0;
      const temporal = isKey ? [] : referencesOf(phase, temporalLayers, isSync, hasChainedTop);
      const references = temporal.map((layer) => last[layer]!).filter((one) => one !== undefined);
      const diffs = temporal.filter((layer) => last[layer] !== undefined).map((layer) => encoding.picture - lastPicture[layer]!);
      const usesLower = spatialId > 0 && (isKey || !isKeySvc);
      if (usesLower) references.push(lower);
      const frame = encoding.frame++;
      const tag: FrameTag = { encoding: encoding.index, spatialId, temporalId, frame, references };
      const scale = 2 ** (encoding.index + spatialId);
      const varied = spread === 0 ? 1 : 1 + spread * (2 * (this.random.uint32() / 2 ** 32) - 1);
      const size = (isKey ? keyFrameTimes * frameBytes : frameBytes) * varied;
      const bytes = taggedFrame(codec, tag, isKey && spatialId === 0, Math.round(size * scale), 160 * scale);
      const plan = encoding.packetizer.packetize(bytes, payloadLimits(1_000), {
        isKeyFrame: isKey,
        ...(temporalLayers > 1 || spatialLayers > 1 ? { temporalId } : {}),
        ...(spatialLayers > 1 ? { spatialId } : {}),
        isLayerSync: temporalId > 0 && temporal.every((layer) => layer === 0),
        isInterLayerPredicted: usesLower,
        isNotReferencedByUpperLayer: spatialId === spatialLayers - 1 || (isKeySvc && !isKey),
        isFollowedByUpperLayer: spatialId < spatialLayers - 1,
        pictureDiffs: diffs.length > 0 ? diffs : undefined,
      });
      if (plan instanceof Malformed) throw new Error(plan.reason);
      for (let index = 0; index < plan.count; index++) {
        const isLast = index === plan.count - 1;
        const descriptor = this.descriptorOf(tag, index === 0, isLast, isKey);
        const payload = new Uint8Array(plan.payloadBytes(index));
        plan.write(index, payload, 0);
        this.sendPacket(now, encoding, payload, timestamp, isLast && spatialId === spatialLayers - 1, descriptor);
      }
      lower = frame;
      last[temporalId] = frame;
      lastPicture[temporalId] = encoding.picture;
    }
  }

  private descriptorOf(tag: FrameTag, isFirst: boolean, isLast: boolean, isKey: boolean): Uint8Array | undefined {
    if (!this.options.hasDescriptor) return undefined;
    const { spatialId, temporalId, frame, references } = tag;
    const { spatialLayers, temporalLayers, isKeySvc } = this.options;
    const descriptor: DependencyDescriptor = {
      isFirstPacketOfFrame: isFirst,
      isLastPacketOfFrame: isLast,
      frameNumber: frame & 0xffff,
      spatialId,
      temporalId,
      decodeTargets: indicationsOf(spatialId, temporalId, spatialLayers, temporalLayers, isKey, isKeySvc),
      frameDiffs: references.map((reference) => frame - reference),
      chainDiffs: [],
      activeDecodeTargets: undefined,
      attachedStructure: isKey && spatialId === 0 && isFirst ? this.structure : undefined,
    };
    const out = new Uint8Array(255);
    const length = encodeDependencyDescriptor(descriptor, this.structure, out);
    if (length === 0) throw new Error('descriptor cannot be said');
    return out.slice(0, length);
  }

  private sendPacket(
    now: Instant,
    encoding: Encoding,
    payload: Uint8Array,
    timestamp: number,
    isMarked: boolean,
    descriptor: Uint8Array | undefined,
  ): void {
    const { writer } = this;
    const slot = new Uint8Array(1_500);
    const sequence = encoding.sequence++ & 0xffff;
    const form = descriptor && descriptor.length > 16 ? 'two-byte' : 'one-byte';
    writer.begin(slot, 0, slot.length, VIDEO_TYPE, isMarked, sequence, timestamp, encoding.ssrc, form);
    this.writeTransport(now, slot);
    if (encoding.packets++ < 100) {
      this.writeText(slot, EXTENSIONS.mid!, this.options.mid);
      if (this.encodings.length > 1) this.writeText(slot, EXTENSIONS.rid!, RIDS[encoding.index]!);
    }
    if (descriptor) writer.copyExtension(EXTENSIONS['dependency-descriptor']!, descriptor, 0, descriptor.length);
    writer.payload(payload);
    const packet = slot.slice(0, writer.finish());
    encoding.sent.set(sequence, packet);
    encoding.sent.delete((sequence - HISTORY) & 0xffff);
    this.transmit(packet);
  }

  private writeTransport(now: Instant, slot: Uint8Array): void {
    const { writer } = this;
    const at = writer.extension(EXTENSIONS['transport-cc']!, 2);
    writeTransportSequence(slot, at, this.transportSequence++ & 0xffff);
    writeAbsSendTime(slot, writer.extension(EXTENSIONS['abs-send-time']!, 3), now);
  }

  private writeText(slot: Uint8Array, id: number, text: string): void {
    writeToken(slot, this.writer.extension(id, text.length), text);
  }

  /** Sender reports of all encodings. */
  sendReports(now: Instant, transmitRtcp: (bytes: Uint8Array) => void): void {
    if (!this.options.hasSenderReports) return;
    const ntp = 3_900_000_000_000 + now;
    for (const { ssrc, timestampOffset } of this.encodings) {
      const writer = new ByteWriter(new Uint8Array(100));
      encodeRtcp(
        {
          type: 'sender-report',
          senderSsrc: ssrc,
          ntpSeconds: ntpSecondsOf(ntp),
          ntpFraction: ntpFractionOf(ntp),
          rtpTimestamp: (Math.round(now * 90) + timestampOffset) >>> 0,
          packetCount: 1,
          octetCount: 1,
          reports: [],
        },
        writer,
      );
      transmitRtcp(writer.written.slice());
    }
  }

  /** RTCP from the router. */
  receiveRtcp(_now: Instant, bytes: Uint8Array): void {
    for (const packet of decodeRtcp(bytes).packets) {
      if (packet.type === 'pli') {
        this.keyFramesAsked += 1;
        const encoding = this.encodings.find(({ ssrc }) => ssrc === packet.mediaSsrc);
        if (encoding) encoding.isKeyWanted = true;
      }
      if (packet.type === 'nack') {
        this.nacksHeard += packet.lostSequences.length;
        const encoding = this.encodings.find(({ ssrc }) => ssrc === packet.mediaSsrc);
        if (encoding) for (const sequence of packet.lostSequences) this.resend(encoding, sequence);
      }
    }
  }

  private resend(encoding: Encoding, sequence: number): void {
    const packet = encoding.sent.get(sequence);
    if (!packet) return;
    const view = new RtpPacketView();
    view.wrap(packet);
    const out = new Uint8Array(packet.length + 2);
    const length = wrapRtx(view, out, 0, VIDEO_RTX_TYPE, encoding.rtxSsrc, encoding.rtxSequence++ & 0xffff);
    this.renumberRtx(out, length, encoding);
  }

  /** A retransmission tells its mid and the repaired rid, and has a transport-wide number of its own. */
  private renumberRtx(rtx: Uint8Array, length: number, encoding: Encoding): void {
    const view = new RtpPacketView();
    view.wrap(rtx, 0, length);
    const slot = new Uint8Array(1_600);
    const { writer } = this;
    writer.begin(
      slot,
      0,
      slot.length,
      VIDEO_RTX_TYPE,
      view.marker,
      view.sequenceNumber,
      view.rtpTimestamp,
      view.ssrc,
      'two-byte',
    );
    this.writeTransport(0, slot);
    this.writeText(slot, EXTENSIONS.mid!, this.options.mid);
    if (this.encodings.length > 1) this.writeText(slot, EXTENSIONS['repaired-rid']!, RIDS[encoding.index]!);
    if (view.findExtension(EXTENSIONS['dependency-descriptor']!))
      writer.copyExtension(EXTENSIONS['dependency-descriptor']!, rtx, view.valueOffset, view.valueBytes);
    writer.payload(view.payload());
    this.transmit(slot.slice(0, writer.finish()));
  }

  /** For tests that want chance from the same seed. */
  chance(share: number): boolean {
    return this.random.unit() < share;
  }
}

function referencesOf(phase: number, temporalLayers: number, isSync: boolean, hasChainedTop: boolean): number[] {
  if (temporalLayers === 1 || phase === 0) return [0];
  if (phase === 1) return [0];
  if (phase === 2) return isSync ? [0] : [0, 1];
  return hasChainedTop ? [1, 2] : [1];
}

function structureOf(spatialLayers: number, temporalLayers: number): DependencyStructure {
  const templates = [];
  for (let spatialId = 0; spatialId < spatialLayers; spatialId++)
    for (let temporalId = 0; temporalId < temporalLayers; temporalId++)
      templates.push({
        spatialId,
        temporalId,
        decodeTargets: indicationsOf(spatialId, temporalId, spatialLayers, temporalLayers, false, false),
        frameDiffs: [],
        chainDiffs: [],
      });
  return {
    templateIdOffset: 5,
    decodeTargetCount: spatialLayers * temporalLayers,
    chainCount: 0,
    protectedBy: [],
    templates,
    resolutions: [],
  };
}

function indicationsOf(
  spatialId: number,
  temporalId: number,
  spatialLayers: number,
  temporalLayers: number,
  isKey: boolean,
  isKeySvc: boolean,
): DecodeTargetIndication[] {
  const found: DecodeTargetIndication[] = [];
  for (let spatial = 0; spatial < spatialLayers; spatial++) {
    for (let temporal = 0; temporal < temporalLayers; temporal++) {
      if (spatialId > spatial || temporalId > temporal || (isKeySvc && !isKey && spatialId !== spatial))
        found.push('not-present');
      else if (isKey) found.push(spatialId === spatial || spatialId === 0 ? 'switch' : 'required');
      else if (spatialId !== spatial) found.push('required');
      else found.push(temporalId === 0 || (temporalId === 1 && temporal === 1) ? 'switch' : 'required');
    }
  }
  return found;
}

import type { Malformed } from '@maru/protocol/core';
import { PayloadInfo } from '@maru/protocol/payload';
import {
  type FrameDependencies,
  RtpPacketView,
  readAudioLevel,
  readTransportSequence,
  readVoiceActivity,
} from '@maru/protocol/rtp';
import { ExtensionKind, type ExtensionTable, FIRST_PASSED } from './extension-kinds.js';
import type { SourceStream } from './source-stream.js';

const MAX_PASSED = 8;
/** No extension that goes through is longer (color-space has 28 bytes): heads have room for one of each (S-50). */
const MAX_PASSED_BYTES = 32;
const NO_INFO = new PayloadInfo();

/**
 * The one packet that is being routed: read once, and then written out for each subscriber. Reused from packet to packet; offsets are
 * into {@link bytes}, the slab of number {@link slab}.
 */
export class SourcePacket {
  readonly view = new RtpPacketView();
  bytes: Uint8Array = new Uint8Array(0);
  slab = 0;
  payloadOffset = 0;
  /** Without padding; 0 for a packet of padding alone. */
  payloadBytes = 0;
  sequenceNumber = 0;
  rtpTimestamp = 0;
  payloadType = 0;
  isMarked = false;

  /** What goes through as it came: kinds, and where their values are. */
  passedCount = 0;
  readonly passedKinds = new Uint8Array(MAX_PASSED);
  readonly passedOffsets = new Int32Array(MAX_PASSED);
  readonly passedBytes = new Uint8Array(MAX_PASSED);
  /** The dependency descriptor; -1 where there is none. */
  descriptorOffset = -1;
  descriptorBytes = 0;
  transportSequence = -1;
  midOffset = -1;
  midBytes = 0;
  ridOffset = -1;
  ridBytes = 0;
  repairedRidOffset = -1;
  repairedRidBytes = 0;
  /** In -dBov; -1 where it is not told. */
  audioLevel = -1;
  hasVoice = false;

  // What the source knows of it: see SourceStream.take.
  /** Unrolled. */
  sequence = 0;
  /** No packet after it has come yet. */
  isNewest = false;
  /** How long it has been here, where it is handed on later than it came. */
  ageMs = 0;
  /** Decoding may begin with it. */
  isKeyFrameStart = false;
  info: PayloadInfo = NO_INFO;
  /** What the dependency descriptor says; undefined where there is none that could be read. */
  dependencies: FrameDependencies | undefined;
  source: SourceStream | undefined;

  /** Points at the packet in the slab. A refusal leaves it unusable until the next call. */
  wrap(bytes: Uint8Array, slab: number, offset: number, length: number, extensions: ExtensionTable): Malformed | undefined {
    const { view } = this;
    const refusal = view.wrap(bytes, offset, length);
    if (refusal) return refusal;
    this.ageMs = 0;
    this.bytes = bytes;
    this.slab = slab;
    this.payloadOffset = view.payloadOffset;
    this.payloadBytes = view.payloadBytes;
    this.sequenceNumber = view.sequenceNumber;
    this.rtpTimestamp = view.rtpTimestamp;
    this.payloadType = view.payloadType;
    this.isMarked = view.marker;
    this.readExtensions(extensions);
    return undefined;
  }

  private readExtensions({ kindOf }: ExtensionTable): void {
    const { view, bytes } = this;
    this.passedCount = 0;
    this.descriptorOffset = this.transportSequence = this.audioLevel = -1;
    this.midOffset = this.ridOffset = this.repairedRidOffset = -1;
    view.rewindExtensions();
    while (view.nextExtension()) {
      const kind = kindOf[view.elementId]!;
      const { valueOffset, valueBytes } = view;
      if (valueBytes === 0) continue;
      if (kind >= FIRST_PASSED) {
        this.pass(kind, valueOffset, valueBytes);
        if (kind !== ExtensionKind.audioLevel) continue;
        this.audioLevel = readAudioLevel(bytes, valueOffset);
        this.hasVoice = readVoiceActivity(bytes, valueOffset);
      } else if (kind === ExtensionKind.transportSequence) {
        if (valueBytes >= 2) this.transportSequence = readTransportSequence(bytes, valueOffset);
      } else if (kind === ExtensionKind.dependencyDescriptor) {
        this.descriptorOffset = valueOffset;
        this.descriptorBytes = valueBytes;
      } else if (kind === ExtensionKind.mid) {
        this.midOffset = valueOffset;
        this.midBytes = valueBytes;
      } else if (kind === ExtensionKind.rid) {
        this.ridOffset = valueOffset;
        this.ridBytes = valueBytes;
      } else if (kind === ExtensionKind.repairedRid) {
        this.repairedRidOffset = valueOffset;
        this.repairedRidBytes = valueBytes;
      }
    }
  }

  private pass(kind: number, offset: number, length: number): void {
    if (this.passedCount === MAX_PASSED || length > MAX_PASSED_BYTES || this.hasPassed(kind)) return;
    this.passedKinds[this.passedCount] = kind;
    this.passedOffsets[this.passedCount] = offset;
    this.passedBytes[this.passedCount] = length;
    this.passedCount += 1;
  }

  private hasPassed(kind: number): boolean {
    for (let i = 0; i < this.passedCount; i++) if (this.passedKinds[i] === kind) return true;
    return false;
  }
}

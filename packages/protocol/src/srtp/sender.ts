import { RTP_HEADER_BYTES, RtpPacketView, readSequenceNumber } from '../rtp/index.js';
import { CRYPTEX_CLEAR_BYTES, cryptexProfileOf, gatherForCipher, plainProfileOf, restoreFromCipher } from './cryptex.js';
import { HeaderCipher } from './header-cipher.js';
import { DEFAULT_WINDOW_PACKETS, type SrtpOptions } from './options.js';
import { MAX_RTCP_PACKETS, MAX_RTP_PACKETS, nearestIndex, rolloverOf } from './packet-index.js';
import { RefusalCounter, SrtpRefusal, type SrtpStats } from './refusal.js';
import { copyBytes, DESCRIPTOR_INTS } from './slab.js';
import { type Source, SourceTable } from './source-table.js';
import { RTCP_CLEAR_BYTES, readI32, type SrtpTransform } from './transform.js';
import { transformOf } from './transforms.js';

const DEFAULT_MAX_SOURCES = 1_024;

/** Of `defined by profile` and length. */
const EXTENSION_HEAD_BYTES = 4;
const EXTENSION_BIT = 0x10;

/** Of the packet that is at hand, whoever's. */
const view = new RtpPacketView();

/** Where a source goes on that another sender began, under the same key: a worker that takes a stream over, a test. */
export interface SourceProgress {
  readonly rolloverCounter: number;
  readonly sequenceNumber: number;
  readonly nextRtcpIndex?: number;
}

/**
 * Protects what goes out: one for each key, whatever many sources. A packet may be protected where it lies, with room for
 * {@link rtpOverheadBytes} behind it, or into another slot, and then encryption is the copy.
 */
export class SrtpSender {
  /** What protecting adds to an RTP packet at most: a tag, and with Cryptex an extension where there are sources and none. */
  readonly rtpOverheadBytes: number;
  /** What protecting adds to an RTCP packet. */
  readonly rtcpOverheadBytes: number;
  private readonly transform: SrtpTransform;
  private readonly headerCipher: HeaderCipher | undefined;
  private readonly hasCryptex: boolean;
  private readonly sources: SourceTable;
  private readonly refusals = new RefusalCounter();
  private rtpPackets = 0;
  private rtcpPackets = 0;

  constructor(options: SrtpOptions) {
    const { profile, master, crypto, encryptedExtensionIds: ids = [], cryptex = false } = options;
    this.transform = transformOf(profile, master, crypto, !cryptex);
    this.rtpOverheadBytes = this.transform.rtpOverheadBytes + (cryptex ? EXTENSION_HEAD_BYTES : 0);
    this.rtcpOverheadBytes = this.transform.rtcpOverheadBytes;
    this.headerCipher = ids.length > 0 ? new HeaderCipher(ids, master, crypto) : undefined;
    this.hasCryptex = cryptex;
    this.sources = new SourceTable(options.maxSources ?? DEFAULT_MAX_SOURCES, options.windowPackets ?? DEFAULT_WINDOW_PACKETS);
  }

  /**
   * Protects the RTP packet of `length` bytes at `offset` into `out` at `outOffset`, which is the same place or one that does not
   * touch it. Returns the length there, or an {@link SrtpRefusal}.
   */
  protectRtp(bytes: Uint8Array, offset: number, length: number, out: Uint8Array = bytes, outOffset: number = offset): number {
    if (view.wrapHeader(bytes, offset, length)) return this.refusals.add(SrtpRefusal.malformed);
    if (this.hasCryptex && plainProfileOf(view) !== 0) return this.refusals.add(SrtpRefusal.malformed); // would be read as encrypted
    if (outOffset + length + this.rtpOverheadBytes > out.length) return this.refusals.add(SrtpRefusal.noRoom);
    const ssrc = readI32(bytes, offset + 8);
    const sequence = readSequenceNumber(bytes, offset);
    const rollover = this.claim(ssrc, sequence);
    if (rollover < 0) return rollover;
    const profile = this.hasCryptex ? cryptexProfileOf(view) : 0;
    if (profile === 0) this.encrypt(ssrc, rollover, sequence, bytes, offset, length, out, outOffset);
    const packetBytes =
      profile === 0 ? length : this.encryptAll(profile, ssrc, rollover, sequence, bytes, offset, length, out, outOffset);
    this.transform.tagRtp(rollover, out, outOffset, packetBytes);
    return packetBytes + this.transform.rtpOverheadBytes;
  }

  /**
   * The rollover counter of a packet of `ssrc` that a driver is going to seal: from here on its index is used. From 0 to 2^32 - 1, or an
   * {@link SrtpRefusal}, and then the packet must not go out.
   */
  claim(ssrc: number, sequence: number): number {
    const source = this.sourceOf(ssrc | 0);
    if (!source) return this.refusals.add(SrtpRefusal.tooManySources);
    const index = nearestIndex(source.rtp.highest, sequence);
    if (index < 0 || !source.rtp.isFresh(index)) return this.refusals.add(SrtpRefusal.indexReused);
    if (index >= MAX_RTP_PACKETS || this.rtpPackets >= MAX_RTP_PACKETS) return this.refusals.add(SrtpRefusal.keyExhausted);
    source.rtp.accept(index);
    this.rtpPackets += 1;
    return rolloverOf(index);
  }

  /** Protects an RTCP datagram, compound or reduced, in the same way. */
  protectRtcp(bytes: Uint8Array, offset: number, length: number, out: Uint8Array = bytes, outOffset: number = offset): number {
    if (length < RTCP_CLEAR_BYTES || bytes[offset]! >> 6 !== 2) return this.refusals.add(SrtpRefusal.malformed);
    if (outOffset + length + this.rtcpOverheadBytes > out.length) return this.refusals.add(SrtpRefusal.noRoom);
    const ssrc = readI32(bytes, offset + 4);
    const source = this.sourceOf(ssrc);
    if (!source) return this.refusals.add(SrtpRefusal.tooManySources);
    const index = source.nextRtcpIndex;
    if (index >= MAX_RTCP_PACKETS || this.rtcpPackets >= MAX_RTCP_PACKETS) return this.refusals.add(SrtpRefusal.keyExhausted);
    source.nextRtcpIndex += 1;
    this.rtcpPackets += 1;
    copyBytes(bytes, offset, out, outOffset, RTCP_CLEAR_BYTES);
    this.transform.sealRtcp(ssrc, index, bytes, offset, length, out, outOffset);
    return length + this.rtcpOverheadBytes;
  }

  /**
   * Protects RTP packets where they lie: `descriptors` hold offset, length and a third number of the driver for each, and get the
   * new length, or the refusal. Returns how many were protected.
   */
  protectRtpBatch(slab: Uint8Array, descriptors: Int32Array, count: number): number {
    let done = 0;
    for (let i = 0; i < count * DESCRIPTOR_INTS; i += DESCRIPTOR_INTS) {
      const length = this.protectRtp(slab, descriptors[i]!, descriptors[i + 1]!);
      descriptors[i + 1] = length;
      if (length >= 0) done += 1;
    }
    return done;
  }

  /** Lets `ssrc` go on where another sender stopped. */
  resume(ssrc: number, progress: SourceProgress): void {
    const source = this.sources.find(ssrc | 0) ?? this.sources.add(ssrc | 0);
    source.rtp.accept(progress.rolloverCounter * 2 ** 16 + progress.sequenceNumber);
    source.nextRtcpIndex = Math.max(source.nextRtcpIndex, progress.nextRtcpIndex ?? 0);
  }

  /** The rollover counter of `ssrc`, for whoever joins late and must be told (RFC 3711 §3.3.1); undefined for an unknown one. */
  rolloverCounterOf(ssrc: number): number | undefined {
    const highest = this.sources.find(ssrc | 0)?.rtp.highest ?? -1;
    return highest < 0 ? undefined : rolloverOf(highest);
  }

  stats(): SrtpStats {
    const { rtpPackets, rtcpPackets } = this;
    return { sources: this.sources.size, rtpPackets, rtcpPackets, refused: this.refusals.byReason() };
  }

  private sourceOf(ssrc: number): Source | undefined {
    const known = this.sources.find(ssrc);
    return known || this.sources.isFull ? known : this.sources.add(ssrc);
  }

  private encrypt(
    ssrc: number,
    rollover: number,
    sequence: number,
    bytes: Uint8Array,
    offset: number,
    length: number,
    out: Uint8Array,
    outOffset: number,
  ): void {
    const { headerBytes } = view;
    copyBytes(bytes, offset, out, outOffset, headerBytes);
    this.headerCipher?.apply(ssrc, rollover, sequence, out, outOffset, headerBytes);
    const textBytes = length - headerBytes;
    this.transform.encryptRtp(
      ssrc,
      rollover,
      sequence,
      bytes,
      offset + headerBytes,
      textBytes,
      out,
      outOffset,
      outOffset + headerBytes,
    );
  }

  /** Applies Cryptex; returns the length of the packet, which grows where it has sources and no extension (RFC 9335 §5.1). */
  private encryptAll(
    profile: number,
    ssrc: number,
    rollover: number,
    sequence: number,
    bytes: Uint8Array,
    offset: number,
    length: number,
    out: Uint8Array,
    outOffset: number,
  ): number {
    const { csrcCount, extensionForm } = view;
    const sourcesEnd = RTP_HEADER_BYTES + 4 * csrcCount;
    const growth = extensionForm === 'none' ? EXTENSION_HEAD_BYTES : 0;
    copyBytes(bytes, offset + sourcesEnd, out, outOffset + sourcesEnd + growth, length - sourcesEnd);
    copyBytes(bytes, offset, out, outOffset, sourcesEnd);
    if (growth > 0) addEmptyExtension(out, outOffset, sourcesEnd);
    out[outOffset + sourcesEnd] = profile >> 8;
    out[outOffset + sourcesEnd + 1] = profile;
    gatherForCipher(out, outOffset, csrcCount);
    const textAt = outOffset + CRYPTEX_CLEAR_BYTES;
    const textBytes = length + growth - CRYPTEX_CLEAR_BYTES;
    this.transform.encryptRtp(ssrc, rollover, sequence, out, textAt, textBytes, out, outOffset, textAt);
    restoreFromCipher(out, outOffset, csrcCount);
    return length + growth;
  }
}

function addEmptyExtension(bytes: Uint8Array, offset: number, at: number): void {
  bytes[offset] = bytes[offset]! | EXTENSION_BIT;
  for (let i = 0; i < EXTENSION_HEAD_BYTES; i++) bytes[offset + at + i] = 0;
}

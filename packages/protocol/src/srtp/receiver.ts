import { assert } from '../core/index.js';
import { RTP_HEADER_BYTES, RtpPacketView, readSequenceNumber } from '../rtp/index.js';
import { CRYPTEX_CLEAR_BYTES, gatherForCipher, plainProfileOf, restoreFromCipher } from './cryptex.js';
import { HeaderCipher } from './header-cipher.js';
import { OPEN_INTS, OPENED, type OpenBatch, OpenField } from './open-batch.js';
import { DEFAULT_WINDOW_PACKETS, MIN_WINDOW_PACKETS, type SrtpOptions } from './options.js';
import { indexOf, laterIndex, MAX_RTP_PACKETS, nearestIndex, rolloverOf } from './packet-index.js';
import { RefusalCounter, SrtpRefusal, type SrtpStats } from './refusal.js';
import { copyBytes, DESCRIPTOR_INTS } from './slab.js';
import { type Source, SourceTable } from './source-table.js';
import { E_BIT, RTCP_CLEAR_BYTES, readI32, type SrtpTransform } from './transform.js';
import { transformOf } from './transforms.js';

/** As many SSRCs as one peer may have (S-49). */
const DEFAULT_MAX_SOURCES = 64;

/** Numbers this near to the highest have the rollover counter that they seem to have, unless tags begin to be wrong. */
const NEAR_PACKETS = 8_192;

/** Of as many wrong tags in a row, the next packet is tried with the next rollover counter too: not each, since a flood has many. */
const DOUBTFUL_FAILURES = 8;

/** Of the packet that is at hand, whoever's. */
const view = new RtpPacketView();

/** Where packets of doubtful index are decrypted, so that a second attempt has something to try. Nothing stays there. */
let scratch = new Uint8Array(2_048);

/**
 * Checks and decrypts what comes in: one for each key, whatever many sources. A source has state only from its first authentic
 * packet on, and only authentic packets change any (S-44, S-47).
 *
 * Rollover counters are not sent. What a packet's is, is guessed from its sequence number (RFC 3711 §3.3.1); where the guess may be
 * wrong, after a long gap or for a source that is new, the next one is tried too. That is where RFC 3711 would never recover.
 */
export class SrtpReceiver {
  private readonly transform: SrtpTransform;
  private readonly headerCipher: HeaderCipher | undefined;
  private readonly hasCryptex: boolean;
  private readonly sources: SourceTable;
  private readonly windowPackets: number;
  private readonly refusals = new RefusalCounter();
  private rtpPackets = 0;
  private rtcpPackets = 0;

  constructor(options: SrtpOptions) {
    const { profile, master, crypto, encryptedExtensionIds: ids = [], cryptex = false } = options;
    this.windowPackets = options.windowPackets ?? DEFAULT_WINDOW_PACKETS;
    assert(
      this.windowPackets >= MIN_WINDOW_PACKETS && this.windowPackets % 32 === 0,
      `a replay window has ${MIN_WINDOW_PACKETS} packets or more`,
    );
    this.transform = transformOf(profile, master, crypto, !cryptex);
    this.headerCipher = ids.length > 0 ? new HeaderCipher(ids, master, crypto) : undefined;
    this.hasCryptex = cryptex;
    this.sources = new SourceTable(options.maxSources ?? DEFAULT_MAX_SOURCES, this.windowPackets);
  }

  /**
   * Checks and decrypts the SRTP packet of `length` bytes at `offset` into `out` at `outOffset`, which is the same place or one that
   * does not touch it. Returns the length there, or an {@link SrtpRefusal}; after that, what is there means nothing.
   */
  unprotectRtp(bytes: Uint8Array, offset: number, length: number, out: Uint8Array = bytes, outOffset: number = offset): number {
    const plainBytes = length - this.transform.rtpOverheadBytes;
    if (view.wrapHeader(bytes, offset, plainBytes)) return this.refusals.add(SrtpRefusal.malformed);
    if (outOffset + plainBytes > out.length) return this.refusals.add(SrtpRefusal.noRoom);
    const ssrc = readI32(bytes, offset + 8);
    const source = this.sources.find(ssrc);
    const index = nearestIndex(source ? source.rtp.highest : -1, readSequenceNumber(bytes, offset));
    if (!source || this.isDoubtful(source, index)) {
      return this.unprotectDoubtful(source, index, bytes, offset, length, out, outOffset);
    }
    if (!source.rtp.isFresh(index)) return this.refusals.add(SrtpRefusal.replayed);
    if (!this.open(index, bytes, offset, length, out, outOffset)) {
      source.failures += 1;
      return this.refusals.add(SrtpRefusal.unauthentic);
    }
    this.accept(source, index);
    return plainBytes;
  }

  /** Checks and decrypts an SRTCP datagram in the same way. Its index is in it: nothing is guessed. */
  unprotectRtcp(bytes: Uint8Array, offset: number, length: number, out: Uint8Array = bytes, outOffset: number = offset): number {
    const plainBytes = length - this.transform.rtcpOverheadBytes;
    if (plainBytes < RTCP_CLEAR_BYTES || bytes[offset]! >> 6 !== 2) return this.refusals.add(SrtpRefusal.malformed);
    if (outOffset + plainBytes > out.length) return this.refusals.add(SrtpRefusal.noRoom);
    const word = this.transform.rtcpIndexWord(bytes, offset, length);
    if ((word & E_BIT) === 0) return this.refusals.add(SrtpRefusal.unencrypted);
    const index = word & ~E_BIT;
    const ssrc = readI32(bytes, offset + 4);
    const source = this.sources.find(ssrc);
    if (source && !source.rtcp.isFresh(index)) return this.refusals.add(SrtpRefusal.replayed);
    copyBytes(bytes, offset, out, outOffset, RTCP_CLEAR_BYTES);
    if (!this.transform.openRtcp(ssrc, index, bytes, offset, length, out, outOffset))
      return this.refusals.add(SrtpRefusal.unauthentic);
    const known = source ?? this.sources.add(ssrc);
    known.rtcp.accept(index);
    this.sources.touch(known);
    this.rtcpPackets += 1;
    return plainBytes;
  }

  /**
   * Unprotects RTP packets where they lie: `descriptors` hold offset, length and a third number of the driver for each, and get the
   * new length, or the refusal. Returns how many were authentic.
   */
  unprotectRtpBatch(slab: Uint8Array, descriptors: Int32Array, count: number): number {
    let done = 0;
    for (let i = 0; i < count * DESCRIPTOR_INTS; i += DESCRIPTOR_INTS) {
      const length = this.unprotectRtp(slab, descriptors[i]!, descriptors[i + 1]!);
      descriptors[i + 1] = length;
      if (length >= 0) done += 1;
    }
    return done;
  }

  /**
   * Appends the SRTP packet of `length` bytes at `offset` to `batch`, to be opened there by a driver that has the same key as `key`.
   * What a driver cannot do is done at once: packets of sources that are new, of doubtful index, with encrypted headers. Returns 0, or
   * an {@link SrtpRefusal}, and then nothing was appended.
   */
  prepareRtp(bytes: Uint8Array, offset: number, length: number, batch: OpenBatch, key: number, owner: number): number {
    if (view.wrapHeader(bytes, offset, length - this.transform.rtpOverheadBytes)) {
      return this.refusals.add(SrtpRefusal.malformed);
    }
    const { headerBytes } = view;
    const source = this.sources.find(readI32(bytes, offset + 8));
    const index = nearestIndex(source ? source.rtp.highest : -1, readSequenceNumber(bytes, offset));
    const isForDriver = source !== undefined && !this.hidesHeaders && !this.isDoubtful(source, index);
    if (isForDriver) {
      if (!source.rtp.isFresh(index)) return this.refusals.add(SrtpRefusal.replayed);
      batch.add(offset, length, headerBytes, key, rolloverOf(index) | 0, owner);
      return 0;
    }
    const plainBytes = this.unprotectRtp(bytes, offset, length);
    if (plainBytes < 0) return plainBytes;
    batch.add(offset, plainBytes, headerBytes, OPENED, 0, owner);
    return 0;
  }

  /**
   * What became of row `row`, which {@link prepareRtp} of this receiver appended: the length of the packet, or an {@link SrtpRefusal}.
   * Call it once for each row, in their order: only here is an authentic packet taken note of.
   */
  commitRtp(bytes: Uint8Array, batch: OpenBatch, row: number): number {
    const { table } = batch;
    const at = row * OPEN_INTS;
    const plainBytes = table[at + OpenField.length]!;
    if (table[at + OpenField.key] === OPENED) return plainBytes;
    const offset = table[at + OpenField.offset]!;
    const ssrc = readI32(bytes, offset + 8);
    const source = this.sources.find(ssrc);
    if (plainBytes < 0) {
      if (source) source.failures += 1;
      return this.refusals.add(SrtpRefusal.unauthentic);
    }
    const index = indexOf(table[at + OpenField.rollover]!, readSequenceNumber(bytes, offset));
    if (source && !source.rtp.isFresh(index)) return this.refusals.add(SrtpRefusal.replayed); // twice in one batch
    this.accept(source ?? this.sources.add(ssrc), index);
    return plainBytes;
  }

  /** Tells where `ssrc` is in its life, for a receiver that joins late (RFC 3711 §3.3.1). */
  expectRollover(ssrc: number, rolloverCounter: number, sequenceNumber: number): void {
    const source = this.sources.find(ssrc | 0) ?? this.sources.add(ssrc | 0);
    source.rtp.highest = rolloverCounter * 2 ** 16 + sequenceNumber;
  }

  /** The source has said goodbye; its state goes. */
  forget(ssrc: number): void {
    this.sources.delete(ssrc | 0);
  }

  stats(): SrtpStats {
    const { rtpPackets, rtcpPackets } = this;
    return { sources: this.sources.size, rtpPackets, rtcpPackets, refused: this.refusals.byReason() };
  }

  private get hidesHeaders(): boolean {
    return this.headerCipher !== undefined || this.hasCryptex;
  }

  /** Whether the guess at the index may be one rollover short. */
  private isDoubtful(source: Source, index: number): boolean {
    const ahead = index - source.rtp.highest;
    const isFailing = source.failures > 0 && source.failures % DOUBTFUL_FAILURES === 0;
    return ahead >= NEAR_PACKETS || ahead <= -this.windowPackets || isFailing;
  }

  /** Tries the guess and the next; decrypts aside, so that the first attempt leaves the packet whole. */
  private unprotectDoubtful(
    source: Source | undefined,
    guess: number,
    bytes: Uint8Array,
    offset: number,
    length: number,
    out: Uint8Array,
    outOffset: number,
  ): number {
    const tried = this.grownScratch(length);
    const isFresh = guess >= 0 && (!source || source.rtp.isFresh(guess));
    let index = guess;
    let isAuthentic = isFresh && this.open(index, bytes, offset, length, tried, 0);
    if (!isAuthentic) {
      index = laterIndex(guess);
      isAuthentic = index < MAX_RTP_PACKETS && this.open(index, bytes, offset, length, tried, 0);
    }
    if (!isAuthentic) {
      if (source) source.failures += 1;
      return this.refusals.add(isFresh || guess < 0 ? SrtpRefusal.unauthentic : SrtpRefusal.replayed);
    }
    this.accept(source ?? this.sources.add(readI32(bytes, offset + 8)), index);
    const plainBytes = length - this.transform.rtpOverheadBytes;
    copyBytes(tried, 0, out, outOffset, plainBytes);
    return plainBytes;
  }

  private accept(source: Source, index: number): void {
    source.rtp.accept(index);
    source.failures = 0;
    this.sources.touch(source);
    this.rtpPackets += 1;
  }

  /** Opens the packet under `view` as if it had `index`. */
  private open(index: number, bytes: Uint8Array, offset: number, length: number, out: Uint8Array, outOffset: number): boolean {
    const { transform } = this;
    const rollover = rolloverOf(index);
    if (!transform.checkRtp(rollover, bytes, offset, length)) return false;
    const plainBytes = length - transform.rtpOverheadBytes;
    const profile = this.hasCryptex ? plainProfileOf(view) : 0;
    if (profile !== 0) return this.openAll(profile, rollover, bytes, offset, length, out, outOffset);
    const { headerBytes } = view;
    const ssrc = readI32(bytes, offset + 8);
    const sequence = readSequenceNumber(bytes, offset);
    copyBytes(bytes, offset, out, outOffset, headerBytes);
    const isAuthentic = transform.decryptRtp(
      ssrc,
      rollover,
      sequence,
      bytes,
      offset,
      offset + headerBytes,
      plainBytes - headerBytes,
      out,
      outOffset + headerBytes,
    );
    if (isAuthentic) this.headerCipher?.apply(ssrc, rollover, sequence, out, outOffset, headerBytes);
    return isAuthentic;
  }

  private openAll(
    profile: number,
    rollover: number,
    bytes: Uint8Array,
    offset: number,
    length: number,
    out: Uint8Array,
    outOffset: number,
  ): boolean {
    const { csrcCount } = view;
    const tagBytes = this.transform.rtpOverheadBytes;
    const target = out.length - outOffset < length ? this.grownScratch(length) : out;
    const at = target === out ? outOffset : 0;
    copyBytes(bytes, offset, target, at, length);
    gatherForCipher(target, at, csrcCount);
    const textAt = at + CRYPTEX_CLEAR_BYTES;
    const isAuthentic = this.transform.decryptRtp(
      readI32(target, at + 8),
      rollover,
      readSequenceNumber(target, at),
      target,
      at,
      textAt,
      length - tagBytes - CRYPTEX_CLEAR_BYTES,
      target,
      textAt,
    );
    restoreFromCipher(target, at, csrcCount);
    const profileAt = at + RTP_HEADER_BYTES + 4 * csrcCount;
    target[profileAt] = profile >> 8;
    target[profileAt + 1] = profile;
    if (target !== out) copyBytes(target, at, out, outOffset, length - tagBytes);
    return isAuthentic;
  }

  private grownScratch(length: number): Uint8Array {
    if (scratch.length < length) scratch = new Uint8Array(length);
    return scratch;
  }
}

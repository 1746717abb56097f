import { type Instant, NEVER, TimerTable } from '../../core/index.js';
import { DataFlag } from '../chunk-types.js';
import { DATA_HEADER_BYTES, encodeDataHeader, encodeIDataHeader, I_DATA_HEADER_BYTES } from '../chunks/data.js';
import {
  FORWARD_TSN_HEADER_BYTES,
  FORWARD_TSN_STREAM_BYTES,
  type ForwardTsn,
  I_FORWARD_TSN_STREAM_BYTES,
  type SkippedStream,
} from '../chunks/forward-tsn.js';
import type { Sack } from '../chunks/sack.js';
import type { AckSample, CongestionController } from '../congestion/controller.js';
import type { RttEstimator } from '../rtt-estimator.js';
import { readU16 } from '../wire.js';
import { LossDetector } from './loss-detector.js';
import type { OutgoingMessage } from './outgoing-message.js';
import { ChunkState, MAX_OUTSTANDING, OutstandingChunks } from './outstanding-chunks.js';
import { Pacer } from './pacer.js';
import type { SendQueue } from './send-queue.js';

/** What the sender waits for. */
const SenderTimer = {
  /** T3-rtx: nothing was acknowledged for an RTO (RFC 9260 §6.3). */
  retransmission: 0,
  /** PTO: the tail may be lost, with nothing behind it to show that (RFC 8985 §7). */
  probe: 1,
  /** Chunks that are doubtful now are lost then (RFC 8985 §6.2, step 5). */
  reordering: 2,
  /** The pacer lets the next packet go. */
  pacing: 3,
  /** FORWARD-TSN went unanswered. */
  forwardTsn: 4,
} as const;

/** Longest that a peer delays a SACK (RFC 9260 §6.2): a lone packet's is worth waiting for. */
const PEER_SACK_DELAY_MS = 200;
/** Least probe timeout: above our own SACK delay, so that the tail of a transfer is not sent twice. */
const MIN_PROBE_MS = 25;
/**
 * A path that lost something is watched more closely for so long: whatever ends what there is to send asks for a SACK at once (RFC 7053), so that
 * nothing has to be allowed for a delayed one, and a lone message is probed for like the tail of a transfer.
 */
const LOSSY_MS = 30_000;
/** So often, each time after twice as long, unless a timeout comes first. */
const MAX_LOSSY_PROBES = 3;
/** During a blackout this short, ask this often whether it is over; only then back off (see {@link Sender.timeoutInterval}). */
const PATIENCE_MS = 10_000;
const PATIENT_TIMEOUT_MS = 500;
/** A fragment smaller than this share of a packet is not worth its header; a new packet begins. */
const MIN_FRAGMENT_SHARE = 8;

/**
 * Chunks that may be unacknowledged on a path whose round trip is shorter than this: more would only be a queue of our own, of
 * messages that the garbage collector moves about as long as they wait. Enough for 800 000 messages or 900 MB a second.
 */
const SHORT_ROUND_TRIP_MS = 10;
const MAX_OUTSTANDING_ON_SHORT = 8_192;

/** A SACK with this many gap blocks may have had more to report than room. */
const CROWDED_GAP_BLOCKS = 200;

/** What the sender tells of one SACK. */
export type SackOutcome = 'accepted' | 'outdated' | 'beyond-sent';

export interface SenderOptions {
  readonly initialTsn: number;
  readonly peerWindowBytes: number;
  readonly packetBytes: number;
  readonly isInterleaving: boolean;
  readonly isPartialReliability: boolean;
  readonly maxRetransmits: number;
  readonly maxRtoMs: number;
}

/** Everything from a message's turn to its acknowledgement: fragments, windows, losses, abandonment. */
export class Sender {
  readonly chunks: OutstandingChunks;
  /** Gave up: the peer has not acknowledged anything for Association.Max.Retrans timeouts (RFC 9260 §8.1). */
  hasFailed = false;
  retransmittedChunks = 0;
  abandonedMessages = 0;
  timeouts = 0;
  spuriousTimeouts = 0;

  private readonly timers = new TimerTable(SenderTimer);
  private readonly detector: LossDetector;
  private readonly pacer: Pacer;
  private readonly headerBytes: number;
  private packetBytes: number;
  private peerWindowBytes: number;

  /** Losses of chunks sent before this are part of the reaction that already happened. */
  private reactedAt: Instant = -Infinity;
  /** Recovery lasts until this TSN is acknowledged. */
  private recoveryPoint: number;
  private isRecovering = false;
  /** A round ends when what was sent when it began is acknowledged. */
  private roundEndTsn: number;
  private isWindowLimited = false;

  /** Timeouts since the last progress, and as many of them as a sender that doubles its RTO would have had. */
  private consecutiveTimeouts = 0;
  private countedTimeouts = 0;
  private nextCountAt: Instant = 0;
  private progressAt: Instant = 0;
  private timedOutAt: Instant = -Infinity;
  /** One packet may leave whatever the windows say: a timeout's or a tail probe's. */
  private isProbing = false;
  private isTailProbePending = false;
  /** Since the last progress. */
  private tailProbes = 0;
  /** The same that sent something again: the peer may report it as a duplicate, though we were not too quick with what came before. */
  private probeCopies = 0;
  private lossyUntil: Instant = -Infinity;

  private forwardPoint: number;
  private isForwardPending = false;

  private readonly sample: { -readonly [Key in keyof AckSample]: AckSample[Key] } = {
    now: 0,
    ackedBytes: 0,
    ackedChunks: 0,
    inFlightBytes: 0,
    rttMs: undefined,
    smoothedRttMs: 0,
    minRttMs: Infinity,
    isWindowLimited: false,
    isRoundEnd: false,
  };
  private newestSampleAt: Instant = -Infinity;
  /** Chunks before this one may have arrived long before a SACK had room to say so: they measure nothing. */
  private measurableTsn: number;

  constructor(
    private readonly options: SenderOptions,
    private readonly queue: SendQueue,
    private readonly rtt: RttEstimator,
    private readonly controller: CongestionController,
  ) {
    this.headerBytes = options.isInterleaving ? I_DATA_HEADER_BYTES : DATA_HEADER_BYTES;
    this.chunks = new OutstandingChunks(options.initialTsn, this.headerBytes);
    this.detector = new LossDetector(this.chunks, rtt);
    this.pacer = new Pacer(options.packetBytes);
    this.packetBytes = options.packetBytes;
    this.peerWindowBytes = options.peerWindowBytes;
    this.forwardPoint = this.cumulativeTsn;
    this.recoveryPoint = this.cumulativeTsn;
    this.roundEndTsn = options.initialTsn;
    this.measurableTsn = options.initialTsn;
    queue.isInterleaving = options.isInterleaving;
    queue.maxBegunBytes = options.peerWindowBytes / 2;
  }

  get cumulativeTsn(): number {
    return (this.chunks.firstTsn - 1) >>> 0;
  }

  get deadline(): Instant {
    return this.timers.next;
  }

  /** Nothing waits, nothing is unacknowledged. */
  get isIdle(): boolean {
    return this.queue.isEmpty && this.chunks.count === 0;
  }

  get advertisedWindow(): number {
    return this.peerWindowBytes;
  }

  get congestionWindowBytes(): number {
    return this.controller.windowBytes;
  }

  /** Timeouts since anything was acknowledged. */
  get consecutiveTimeoutCount(): number {
    return this.consecutiveTimeouts;
  }

  set packetSize(bytes: number) {
    this.packetBytes = bytes;
    this.pacer.packetSize = bytes;
    this.controller.packetSizeChanged(bytes);
  }

  advance(now: Instant): void {
    this.timers.take(SenderTimer.pacing, now);
    if (this.timers.take(SenderTimer.reordering, now)) this.detectLosses(now);
    if (this.timers.take(SenderTimer.forwardTsn, now)) this.isForwardPending = this.isForwardDue;
    if (this.timers.take(SenderTimer.probe, now)) this.probeTail(now);
    if (this.timers.take(SenderTimer.retransmission, now)) this.timeOut(now);
  }

  /** A SACK arrived (RFC 9260 §6.2.1). */
  acknowledge(now: Instant, sack: Sack): SackOutcome {
    const { chunks } = this;
    const progress = (sack.cumulativeTsn - this.cumulativeTsn) | 0;
    if (progress < 0) return 'outdated';
    if (progress > chunks.count) return 'beyond-sent';

    const { sample } = this;
    sample.now = now;
    sample.ackedBytes = 0;
    sample.ackedChunks = 0;
    sample.rttMs = undefined;
    sample.isRoundEnd = false;
    this.newestSampleAt = -Infinity;
    if (sack.gapBlocks >= CROWDED_GAP_BLOCKS) this.measurableTsn = chunks.nextTsn;
    else if (((this.cumulativeTsn - this.measurableTsn) | 0) > 0) this.measurableTsn = this.cumulativeTsn;
    for (let i = 0; i < progress; i++) this.acknowledgeFirst(now);
    for (let block = 0; block < sack.gapBlocks; block++) this.acknowledgeGap(now, sack, block);
    this.countDuplicates(sack.duplicates);
    this.peerWindowBytes = sack.advertisedWindow;

    if (sample.rttMs !== undefined) this.rtt.measured(now, sample.rttMs);
    if (progress > 0 || sample.ackedChunks > 0) this.progressed(now);
    if (((this.cumulativeTsn - this.recoveryPoint) | 0) >= 0) this.isRecovering = false;
    this.detectLosses(now);
    if (sample.ackedChunks > 0) this.report();
    this.updateForwardPoint(now);
    this.rearm(now);
    return 'accepted';
  }

  /** The peer's cumulative TSN as SHUTDOWN tells it (RFC 9260 §9.2). */
  acknowledgeCumulative(now: Instant, cumulativeTsn: number, scratch: Sack): SackOutcome {
    scratch.cumulativeTsn = cumulativeTsn;
    scratch.advertisedWindow = this.peerWindowBytes;
    scratch.gapBlocks = 0;
    scratch.duplicates = 0;
    return this.acknowledge(now, scratch);
  }

  /** Puts chunks into `out` from `at` up to `limit`, retransmissions first; returns where they end. */
  write(now: Instant, out: Uint8Array, at: number, limit: number): number {
    const { chunks } = this;
    if (chunks.firstLost < 0 && this.queue.isEmpty && !this.isTailProbePending) return at;
    if (!this.isProbing && !this.mayLeave(now)) return at;
    const start = at;
    at = this.writeLost(now, out, at, limit);
    if (chunks.firstLost < 0) at = this.writeNew(now, out, at, limit);
    if (at === start && this.isTailProbePending) at = this.writeTail(now, out, at, limit);
    if (at > start) this.left(now, at - start);
    return at;
  }

  /** FORWARD-TSN to send now, with as many streams as fit into `room` bytes (RFC 3758 §3.5). */
  takeForwardTsn(now: Instant, room: number): ForwardTsn | undefined {
    if (!this.isForwardPending) return undefined;
    this.isForwardPending = false;
    this.timers.set(SenderTimer.forwardTsn, now + this.rtt.timeoutMs);
    const streamBytes = this.options.isInterleaving ? I_FORWARD_TSN_STREAM_BYTES : FORWARD_TSN_STREAM_BYTES;
    const most = Math.floor((room - FORWARD_TSN_HEADER_BYTES) / streamBytes);
    const skipped = new Map<number, SkippedStream>();
    let newCumulativeTsn = this.cumulativeTsn;
    for (let tsn = this.chunks.firstTsn; ((this.forwardPoint - tsn) | 0) >= 0; tsn = (tsn + 1) >>> 0) {
      const message = this.chunks.messages[tsn & this.chunks.mask]!;
      const { streamId, isUnordered, sequence } = message;
      if (!isUnordered || this.options.isInterleaving) {
        const key = 2 * streamId + (isUnordered ? 1 : 0);
        if (!skipped.has(key) && skipped.size === most) break;
        skipped.set(key, { streamId, isUnordered, sequence });
      }
      newCumulativeTsn = tsn;
    }
    return { newCumulativeTsn, skipped: [...skipped.values()] };
  }

  /** The path changed under us (ICE): what is in flight is probably gone, what was learnt does not apply. */
  pathChanged(now: Instant): void {
    this.controller.reset();
    this.pacer.forgive(now);
    this.consecutiveTimeouts = this.countedTimeouts = 0;
    this.progressAt = now;
    for (let slot = this.chunks.oldestInFlight; slot >= 0; slot = this.chunks.oldestInFlight) this.chunks.markLost(slot);
    this.isProbing = this.chunks.firstLost >= 0;
    this.isForwardPending = this.isForwardDue;
    this.timers.cancelAll();
    this.armRetransmission(now);
  }

  private acknowledgeFirst(now: Instant): void {
    const { chunks } = this;
    const slot = chunks.firstTsn & chunks.mask;
    const state = chunks.states[slot]!;
    if (state === ChunkState.inFlight || state === ChunkState.lost) this.arrived(now, slot, chunks.firstTsn);
    chunks.removeFirst();
  }

  /** Marks what a gap block reports and was not known to have arrived, 32 chunks at a time. */
  private acknowledgeGap(now: Instant, sack: Sack, block: number): void {
    const { chunks } = this;
    const startOffset = readU16(sack.bytes, sack.gapsAt + 4 * block);
    const endOffset = readU16(sack.bytes, sack.gapsAt + 4 * block + 2);
    if (startOffset === 0 || endOffset < startOffset || endOffset > chunks.count) return; // reports what was never sent
    let tsn = (sack.cumulativeTsn + startOffset) >>> 0;
    for (let left = endOffset - startOffset + 1; left > 0; ) {
      const slot = tsn & chunks.mask;
      const bit = slot & 31;
      const span = Math.min(32 - bit, left);
      const covered = span === 32 ? -1 : ((1 << span) - 1) << bit;
      let fresh = covered & ~chunks.ackedBits[slot >>> 5]!;
      while (fresh !== 0) {
        const lowest = 31 - Math.clz32(fresh & -fresh);
        fresh &= fresh - 1;
        this.gapAcked(now, (slot & ~31) + lowest);
      }
      tsn = (tsn + span) >>> 0;
      left -= span;
    }
  }

  private gapAcked(now: Instant, slot: number): void {
    const state = this.chunks.states[slot]!;
    if (state !== ChunkState.inFlight && state !== ChunkState.lost) return; // abandoned: it does not matter any more
    this.arrived(now, slot, this.chunks.tsnAt(slot));
    this.chunks.markGapAcked(slot);
  }

  private arrived(now: Instant, slot: number, tsn: number): void {
    const { chunks, sample } = this;
    const sentAt = chunks.sentAt[slot]!;
    this.detector.arrived(now, slot, tsn);
    sample.ackedBytes += chunks.chunkBytes(slot);
    sample.ackedChunks += 1;
    if (chunks.transmissions[slot] === 1 && sentAt >= this.newestSampleAt && ((tsn - this.measurableTsn) | 0) >= 0) {
      this.newestSampleAt = sentAt;
      sample.rttMs = now - sentAt;
    }
    if (chunks.states[slot] === ChunkState.lost && sentAt < this.timedOutAt) this.undoTimeout();
    if (((tsn - this.roundEndTsn) | 0) >= 0) {
      sample.isRoundEnd = true;
      this.roundEndTsn = chunks.nextTsn;
    }
  }

  /** What the timeout took for lost had arrived: the timeout was spurious (in the spirit of RFC 5682). */
  private undoTimeout(): void {
    this.timedOutAt = -Infinity;
    this.spuriousTimeouts += 1;
    this.controller.undoTimeout();
  }

  private progressed(now: Instant): void {
    this.progressAt = now;
    this.consecutiveTimeouts = this.countedTimeouts = 0;
    this.tailProbes = this.probeCopies = 0;
    this.isTailProbePending = false;
    this.timers.cancel(SenderTimer.retransmission);
  }

  private report(): void {
    const { sample } = this;
    sample.inFlightBytes = this.chunks.inFlightBytes;
    sample.smoothedRttMs = this.rtt.smoothedMs ?? 0;
    sample.minRttMs = this.rtt.minMs;
    sample.isWindowLimited = this.isWindowLimited;
    this.isWindowLimited = false;
    this.controller.acknowledged(sample);
    if (sample.isRoundEnd) this.timedOutAt = -Infinity;
  }

  private detectLosses(now: Instant): void {
    const { detector } = this;
    this.timers.set(SenderTimer.reordering, detector.detect(now, this.isRecovering));
    if (detector.lostChunks === 0) return;
    this.lossyUntil = now + LOSSY_MS;
    this.isRecovering = true;
    this.recoveryPoint = (this.chunks.nextTsn - 1) >>> 0;
    const isAfterReaction = detector.newestLossSentAt >= this.reactedAt;
    if (this.controller.lost(now, detector.lostChunks, isAfterReaction)) this.reactedAt = now;
  }

  /** Sends something to learn whether the tail arrived (RFC 8985 §7.3). */
  private probeTail(now: Instant): void {
    if (this.wantsSackNow(now)) this.lossyUntil = now + LOSSY_MS; // what it repairs is not seen to be lost
    this.isTailProbePending = true;
    this.isProbing = true;
    this.tailProbes += 1;
  }

  /** What a probe repeated to learn whether it had arrived is no sign of reordering (RFC 8985 §7.4). */
  private countDuplicates(count: number): void {
    const copies = Math.min(count, this.probeCopies);
    this.probeCopies -= copies;
    for (let i = copies; i < count; i++) this.detector.duplicateReported();
  }

  private timeOut(now: Instant): void {
    const { chunks } = this;
    this.timeouts += 1;
    this.consecutiveTimeouts += 1;
    this.countTimeout(now);
    if (this.hasFailed) return;
    if (chunks.oldestInFlight >= 0) {
      this.controller.timedOut(now);
      this.timedOutAt = now;
      this.reactedAt = now;
      this.lossyUntil = now + LOSSY_MS;
    }
    for (let slot = chunks.oldestInFlight; slot >= 0; slot = chunks.oldestInFlight) chunks.markLost(slot);
    if (this.consecutiveTimeouts > 1) chunks.distrustGapAcks();
    this.isProbing = true;
    this.isForwardPending = this.isForwardDue;
    this.timers.cancel(SenderTimer.probe);
    this.timers.cancel(SenderTimer.reordering);
    this.armRetransmission(now);
  }

  /** Counts timeouts as if the RTO had doubled each time: Association.Max.Retrans means the same span (RFC 9260 §8.1). */
  private countTimeout(now: Instant): void {
    while (now >= this.nextCountAt) this.nextCountAt += this.backedOff(++this.countedTimeouts);
    if (this.countedTimeouts > this.options.maxRetransmits) this.hasFailed = true;
  }

  /**
   * Time to the next timeout. Deviates from RFC 9260 §6.3.3 E2 (double each time): for the first ten seconds without an
   * acknowledgement the interval stays within half a second, one packet each, so that after a short blackout data flows
   * again at once instead of a back-off later.
   */
  private timeoutInterval(now: Instant): number {
    const doubled = this.backedOff(this.consecutiveTimeouts);
    if (now - this.progressAt >= PATIENCE_MS) return doubled;
    return Math.min(doubled, Math.max(PATIENT_TIMEOUT_MS, this.rtt.timeoutMs));
  }

  /** The RTO after so many timeouts in a row, as RFC 9260 §6.3.3 has it. */
  private backedOff(timeouts: number): number {
    return Math.min(this.rtt.timeoutMs * 2 ** Math.min(timeouts, 16), this.options.maxRtoMs);
  }

  private armRetransmission(now: Instant): void {
    if (this.timers.at(SenderTimer.retransmission) !== NEVER) return;
    if (this.chunks.outstandingBytes === 0) return;
    if (this.consecutiveTimeouts === 0) {
      this.progressAt = now; // silence counts from when there is something to answer
      this.nextCountAt = now + this.rtt.timeoutMs;
    }
    const mayWaitForSack = this.chunks.inFlightBytes <= this.packetBytes && !this.wantsSackNow(now);
    const allowance = mayWaitForSack && this.consecutiveTimeouts === 0 ? PEER_SACK_DELAY_MS : 0;
    this.timers.set(SenderTimer.retransmission, now + this.timeoutInterval(now) + allowance);
  }

  private armProbe(now: Instant): void {
    const { smoothedMs } = this.rtt;
    const isLossy = this.wantsSackNow(now);
    const isUseful =
      smoothedMs !== undefined &&
      this.tailProbes < (isLossy ? MAX_LOSSY_PROBES : 1) &&
      this.consecutiveTimeouts === 0 &&
      (isLossy || this.chunks.inFlightBytes > this.packetBytes);
    if (!isUseful) return this.timers.cancel(SenderTimer.probe);
    const probeAt = now + Math.max(2 * smoothedMs, smoothedMs + MIN_PROBE_MS) * 2 ** this.tailProbes;
    this.timers.set(SenderTimer.probe, probeAt < this.timers.at(SenderTimer.retransmission) ? probeAt : NEVER);
  }

  /** Whether what ends our turn asks for a SACK at once: the path has lost something lately. */
  private wantsSackNow(now: Instant): boolean {
    return now < this.lossyUntil;
  }

  private rearm(now: Instant): void {
    if (this.chunks.outstandingBytes === 0) {
      this.timers.cancel(SenderTimer.retransmission);
      this.timers.cancel(SenderTimer.probe);
      this.timers.cancel(SenderTimer.reordering);
      return;
    }
    this.armRetransmission(now);
    this.armProbe(now);
  }

  /** Whether windows and pacer let a packet with user data leave. */
  private mayLeave(now: Instant): boolean {
    if (this.chunks.inFlightBytes >= this.controller.windowBytes) {
      this.isWindowLimited = true;
      return false;
    }
    const releaseAt = this.pacer.releaseAt(now, this.controller.pacingBytesPerMs, this.controller.pacingBurstMs);
    if (releaseAt <= now) return true;
    this.isWindowLimited = true;
    this.timers.set(SenderTimer.pacing, releaseAt);
    return false;
  }

  private left(now: Instant, bytes: number): void {
    this.isProbing = false;
    this.isTailProbePending = false;
    if (this.controller.pacingBytesPerMs === Infinity) this.pacer.forgive(now);
    else this.pacer.sent(bytes);
    this.armRetransmission(now);
    this.armProbe(now);
  }

  private writeLost(now: Instant, out: Uint8Array, at: number, limit: number): number {
    const { chunks } = this;
    for (let slot = chunks.firstLost; slot >= 0; slot = chunks.firstLost) {
      const message = chunks.messages[slot]!;
      if (this.options.isPartialReliability && message.isGivenUp(now, chunks.transmissions[slot]!)) {
        this.abandon(now, message);
        continue;
      }
      // A chunk made for larger packets than the path turned out to carry goes alone.
      const isAlone = at <= COMMON_HEADER_END;
      if (at + chunks.chunkBytes(slot) > (isAlone ? out.length : limit)) return at;
      chunks.resend(slot, now);
      this.retransmittedChunks += 1;
      at = this.writeChunk(out, at, slot, DataFlag.immediate);
    }
    return at;
  }

  private writeNew(now: Instant, out: Uint8Array, at: number, limit: number): number {
    const { chunks, headerBytes, queue } = this;
    const wholePacket = this.packetBytes - COMMON_HEADER_END - headerBytes;
    const mostOutstanding = this.rtt.minMs < SHORT_ROUND_TRIP_MS ? MAX_OUTSTANDING_ON_SHORT : MAX_OUTSTANDING;
    while (at + headerBytes < limit && chunks.count < mostOutstanding) {
      const message = queue.next(now, wholePacket);
      if (!message) return at;
      if (message.isStarted && this.options.isPartialReliability && message.isGivenUp(now, 0)) {
        this.abandon(now, message);
        continue;
      }
      const rest = message.remainingBytes;
      const size = this.fragmentBytes(rest, limit - at - headerBytes, wholePacket);
      if (size === 0) return at;
      if (size > this.peerWindowBytes - chunks.outstandingBytes && !this.mayProbeWindow) return at;
      let flags = message.isUnordered ? DataFlag.unordered : 0;
      if (message.sentBytes === 0) flags |= DataFlag.begin;
      if (size === rest) flags |= DataFlag.end;
      const offset = message.sentBytes;
      if (offset === 0) message.firstTsn = chunks.nextTsn;
      message.lastTsn = chunks.nextTsn;
      const slot = chunks.append(now, message, offset, size, message.fragments++, flags);
      queue.sent(message, size);
      const isLast = size === rest && queue.isEmpty && this.wantsSackNow(now);
      at = this.writeChunk(out, at, slot, isLast ? DataFlag.immediate : 0);
    }
    return at;
  }

  /** With nothing outstanding, one chunk may test whether a closed window has opened (RFC 9260 §6.1 A). */
  private get mayProbeWindow(): boolean {
    return this.chunks.outstandingBytes === 0;
  }

  /** How much of `rest` to put into `room`; 0 when a new packet is better. */
  private fragmentBytes(rest: number, room: number, wholePacket: number): number {
    if (rest <= room) return rest;
    if (rest <= wholePacket || room * MIN_FRAGMENT_SHARE < wholePacket) return room >= (wholePacket & ~3) ? room & ~3 : 0;
    return room & ~3;
  }

  /** Sends the newest chunk in flight again, to have it or a gap before it acknowledged. */
  private writeTail(now: Instant, out: Uint8Array, at: number, limit: number): number {
    const slot = this.chunks.newestInFlight;
    if (slot < 0 || at + this.chunks.chunkBytes(slot) > limit) return at;
    this.chunks.resend(slot, now);
    this.probeCopies += 1;
    this.retransmittedChunks += 1;
    return this.writeChunk(out, at, slot, DataFlag.immediate);
  }

  private writeChunk(out: Uint8Array, at: number, slot: number, extraFlags: number): number {
    const { chunks } = this;
    const message = chunks.messages[slot]!;
    const size = chunks.sizes[slot]!;
    const flags = chunks.flags[slot]! | extraFlags;
    const { streamId, sequence, ppid, bytes } = message;
    const tsn = chunks.tsnAt(slot);
    if (this.options.isInterleaving)
      encodeIDataHeader(out, at, flags, size, tsn, streamId, sequence, flags & DataFlag.begin ? ppid : chunks.fragments[slot]!);
    else encodeDataHeader(out, at, flags, size, tsn, streamId, sequence, ppid);
    at += this.headerBytes;
    const offset = chunks.offsets[slot]!;
    out.set(size === bytes.length ? bytes : bytes.subarray(offset, offset + size), at);
    at += size;
    for (; (at & 3) !== 0; at++) out[at] = 0;
    return at;
  }

  /** Gives up a message and all its chunks (RFC 3758 §3.5 A3). */
  private abandon(now: Instant, message: OutgoingMessage): void {
    const { chunks } = this;
    this.abandonedMessages += 1;
    message.isAbandoned = true;
    if (message.remainingBytes > 0) {
      this.queue.abandon(message);
      // The peer may hold all that was sent, with no end: a TSN of its own lets FORWARD-TSN reach past it.
      message.lastTsn = chunks.nextTsn;
      chunks.appendPlaceholder(message, DataFlag.end);
    }
    const from = ((message.firstTsn - chunks.firstTsn) | 0) < 0 ? chunks.firstTsn : message.firstTsn;
    for (let tsn = from; ((message.lastTsn - tsn) | 0) >= 0; tsn = (tsn + 1) >>> 0) {
      const slot = tsn & chunks.mask;
      if (chunks.messages[slot] === message) chunks.abandon(slot);
    }
    this.updateForwardPoint(now);
  }

  private get isForwardDue(): boolean {
    return ((this.forwardPoint - this.cumulativeTsn) | 0) > 0;
  }

  /** Moves Advanced.Peer.Ack.Point (RFC 3758 §3.5 C1, C2). */
  private updateForwardPoint(now: Instant): void {
    const { chunks } = this;
    if (!this.isForwardDue) this.forwardPoint = this.cumulativeTsn;
    const before = this.forwardPoint;
    for (let tsn = (before + 1) >>> 0; tsn !== chunks.nextTsn; tsn = (tsn + 1) >>> 0) {
      if (chunks.states[tsn & chunks.mask] !== ChunkState.abandoned) break;
      this.forwardPoint = tsn;
    }
    if (this.forwardPoint !== before) this.isForwardPending = true;
    if (!this.isForwardDue) this.timers.cancel(SenderTimer.forwardTsn);
    else if (this.timers.at(SenderTimer.forwardTsn) === NEVER && !this.isForwardPending)
      this.timers.set(SenderTimer.forwardTsn, now + this.rtt.timeoutMs);
  }
}

/** Where chunks begin: a packet that is this long is empty. */
const COMMON_HEADER_END = 12;

import { ByteWriter } from '../bytes/index.js';
import {
  assert,
  type CoreContext,
  type Instant,
  Malformed,
  NEVER,
  type Path,
  type ProtocolCore,
  TimerTable,
} from '../core/index.js';
import { ChunkType, ErrorCause, REFLECTED_TAG_FLAG, unknownTypeAction } from './chunk-types.js';
import { decodeShutdown, encodeChunk, encodeShutdown } from './chunks/control.js';
import { encodeAbort, encodeError, firstErrorCause } from './chunks/error.js';
import { decodeForwardTsn, decodeIForwardTsn, encodeForwardTsn, encodeIForwardTsn } from './chunks/forward-tsn.js';
import { decodeHeartbeatInfo, encodeHeartbeat, encodePad, HEARTBEAT_BYTES } from './chunks/heartbeat.js';
import { decodeInit, encodeInit, type Init } from './chunks/init.js';
import { decodeReConfig, encodeReConfig } from './chunks/re-config.js';
import { blankSack, decodeSack } from './chunks/sack.js';
import type { SctpConfig, SendOptions, SendOutcome } from './config.js';
import { type ResolvedSctpConfig, resolveConfig } from './config-defaults.js';
import type { SctpCloseReason, SctpEvent, SctpFeatures, SctpOutputs } from './events.js';
import { ReceiveWindow } from './inbound/receive-window.js';
import { Receiver } from './inbound/receiver.js';
import { Inbox } from './inbox.js';
import { OutgoingMessage } from './outbound/outgoing-message.js';
import { SendQueue } from './outbound/send-queue.js';
import { Sender } from './outbound/sender.js';
import {
  CHUNK_HEADER_BYTES,
  COMMON_HEADER_BYTES,
  destinationPort,
  hasZeroChecksum,
  sealPacket,
  sourcePort,
  verificationTag,
  verifyChecksum,
} from './packet.js';
import { PathMtu } from './path-mtu.js';
import { RingQueue } from './ring-queue.js';
import { RttEstimator } from './rtt-estimator.js';
import { type AssociationState, carriesData, nextState, type StateInput } from './state.js';
import { CookieJar, isStale, type PeerParameters, type StateCookie } from './state-cookie.js';
import type { SctpSnapshot, SctpStats } from './stats.js';
import { type StreamResetHost, StreamResets } from './stream-resets.js';
import { SctpTimer } from './timers.js';
import { readU16 } from './wire.js';

/** Control chunks that may wait at once: a peer that makes us answer more than we can send gets no more answers. */
const MAX_WAITING_CHUNKS = 32;
/** A heartbeat is answered only up to this size: an echo must not be larger than what path MTU discovery sends anyway. */
const MAX_ECHO_BYTES = 16_384;
/** Presumed round trip of a path that nothing was measured on yet: only the receive window's growth uses it. */
const UNKNOWN_RTT_MS = 100;

/** A packet that is not made of what waits: it has a tag of its own, or travels alone. */
interface SpecialPacket {
  readonly chunks: Uint8Array;
  readonly tag: number;
  readonly isChecksummed: boolean;
}

/** Both ends know each other: everything that exists only then. */
interface Transmission {
  /** The verification tag that the peer wants to see (RFC 9260 §5.3.1). */
  readonly peerTag: number;
  readonly features: SctpFeatures;
  readonly sender: Sender;
  readonly receiver: Receiver;
  readonly resets: StreamResets;
  outboundStreams: number;
}

/**
 * One SCTP association over DTLS (RFC 9260, RFC 8261): coordinates the handshake, the sending and the receiving half,
 * stream resets and the timers. Packets are built by {@link drain}, straight into the buffer that is lent out.
 */
export class SctpAssociation implements ProtocolCore<SctpEvent> {
  readonly stats: SctpStats = { packetsSent: 0, packetsReceived: 0, bytesSent: 0, bytesReceived: 0, drops: new Map() };

  private readonly config: ResolvedSctpConfig;
  private state: AssociationState = { name: 'closed' };
  private now: Instant = 0;
  private transmission: Transmission | undefined;

  private readonly localTag: number;
  private readonly localInitialTsn: number;
  private readonly cookies: CookieJar;
  private readonly timers = new TimerTable(SctpTimer);
  private readonly rtt: RttEstimator;
  private readonly mtu: PathMtu;
  private readonly queue: SendQueue;
  private readonly window: ReceiveWindow;
  private readonly inbox = new Inbox();
  private readonly path: Path;

  private readonly special = new RingQueue<SpecialPacket>();
  private readonly control = new RingQueue<Uint8Array>();
  private out: Uint8Array;
  private readonly sack = blankSack();
  private isDraining = false;

  private handshakeAttempts = 0;
  private handshakeSentAt: Instant = 0;
  private isCookieEchoPending = false;
  private shutdownAttempts = 0;
  private isShutdownPending = false;
  private heartbeatNonce = 0;
  private heartbeatSentAt: Instant = NEVER;
  private missedHeartbeats = 0;
  /** Resets asked for before there was anyone to ask. */
  private readonly earlyResets: number[] = [];

  constructor(
    config: SctpConfig,
    private readonly context: CoreContext,
  ) {
    this.config = resolveConfig(config);
    this.localTag = this.randomTag();
    this.localInitialTsn = this.config.initialTsn ?? context.random.uint32();
    this.cookies = new CookieJar(context.crypto, context.random);
    this.rtt = new RttEstimator(this.config.minRtoMs, this.config.maxRtoMs);
    this.mtu = new PathMtu(this.config.initialPacketBytes, this.config.maxPacketBytes);
    this.queue = new SendQueue(this.config.scheduler, (streamId) => this.inbox.event({ type: 'buffered-amount-low', streamId }));
    this.window = new ReceiveWindow(this.config.receiveWindowBytes, this.config.maxReceiveWindowBytes);
    this.out = new Uint8Array(this.config.initialPacketBytes);
    const { localPort, remotePort } = this.config;
    this.path = { localAddress: 'dtls', localPort, remoteAddress: 'dtls', remotePort };
  }

  get stateName(): AssociationState['name'] {
    return this.state.name;
  }

  get deadline(): Instant {
    const own = this.timers.next;
    if (!this.transmission) return own;
    const { sender, receiver, resets } = this.transmission;
    const search = carriesData(this.state) ? this.mtu.deadline : NEVER;
    return Math.min(own, search, sender.deadline, receiver.sackDeadline, resets.deadline);
  }

  /** What both ends agreed on; undefined before. */
  get features(): SctpFeatures | undefined {
    return this.transmission?.features;
  }

  get outboundStreams(): number {
    return this.transmission?.outboundStreams ?? this.config.maxStreams;
  }

  /** User bytes over all streams that have not left yet. */
  get totalBufferedAmount(): number {
    return this.queue.bufferedBytes;
  }

  /**
   * Sends an INIT, unless the peer's has led to an association within `headStartMs`. Both ends may send one, and one is enough:
   * where two cross, each is answered, and both ends have twice the work (RFC 9260 §5.1, §5.2.1).
   */
  connect(now: Instant, headStartMs = 0): void {
    this.now = now;
    if (this.state.name !== 'closed') return;
    if (headStartMs > 0) this.timers.set(SctpTimer.headStart, now + headStartMs);
    else this.startHandshake();
  }

  private startHandshake(): void {
    if (this.state.name !== 'closed') return;
    this.enter({ type: 'connect' });
    this.sendInit();
  }

  /**
   * Queues a message. `bytes` are kept until they are acknowledged and must not change; they are not empty (SCTP has no
   * empty messages: RFC 8831 §6.6 has another way). Before the association is up, it waits.
   */
  send(now: Instant, streamId: number, ppid: number, bytes: Uint8Array, options?: SendOptions): SendOutcome {
    assert(bytes.length > 0, 'a message has at least one byte');
    this.now = now;
    if (!this.acceptsMessages) return 'closed';
    if (streamId >= this.outboundStreams) return 'no-such-stream';
    if (this.queue.find(streamId)?.isResetting) return 'stream-resetting';
    if (this.queue.bufferedBytes + bytes.length > this.config.sendBufferBytes) {
      this.queue.dropExpired(now);
      // One message always fits, or a limit below its size would never let it pass.
      if (this.queue.bufferedBytes > 0 && this.queue.bufferedBytes + bytes.length > this.config.sendBufferBytes)
        return 'buffer-full';
    }
    this.queue.push(new OutgoingMessage(streamId, ppid, bytes, now, options));
    return 'queued';
  }

  /** User bytes of the stream that have not left yet. */
  bufferedAmount(streamId: number): number {
    return this.queue.find(streamId)?.bufferedBytes ?? 0;
  }

  setBufferedAmountLowThreshold(streamId: number, bytes: number): void {
    this.queue.stream(streamId).lowThresholdBytes = bytes;
  }

  /** Share of the stream among those that have something to send, with the `'weighted'` scheduler; 256 unless set. */
  setWeight(streamId: number, weight: number): void {
    this.queue.stream(streamId).weight = Math.max(1, weight);
  }

  /** Starts our side of these streams anew, once what is queued on them has left (RFC 6525). `send` refuses until then. */
  resetStreams(now: Instant, streamIds: readonly number[]): void {
    this.now = now;
    if (this.state.name === 'ended') return;
    for (const streamId of streamIds) this.queue.stream(streamId).isResetting = true;
    if (this.transmission) this.requestResets(this.transmission, streamIds);
    else this.earlyResets.push(...streamIds);
  }

  /** Asks the peer for more streams to send on; `'streams-added'` says when they are there. */
  addStreams(now: Instant, count: number): void {
    this.now = now;
    this.transmission?.resets.addOutbound(count);
  }

  /** Ends gracefully: all that was queued arrives first (RFC 9260 §9.2). */
  shutdown(now: Instant): void {
    this.now = now;
    if (this.state.name === 'closed' || this.state.name === 'cookie-wait' || this.state.name === 'cookie-echoed')
      return this.abort(now);
    this.enter({ type: 'close' });
    this.continueShutdown();
  }

  /** Ends at once (RFC 9260 §9.1). */
  abort(now: Instant): void {
    this.now = now;
    this.abortFor(ErrorCause.userInitiatedAbort, 'aborted');
  }

  /** Packets travel another path from now on (ICE selected another pair): what was learnt of the old one is forgotten. */
  pathChanged(now: Instant): void {
    this.now = now;
    this.rtt.reset();
    this.mtu.reset();
    this.missedHeartbeats = 0;
    const { transmission } = this;
    if (!transmission) return;
    transmission.sender.packetSize = this.mtu.packetBytes;
    transmission.sender.pathChanged(now);
  }

  snapshot(): SctpSnapshot {
    const sender = this.transmission?.sender;
    return {
      smoothedRttMs: this.rtt.smoothedMs,
      congestionWindowBytes: sender?.congestionWindowBytes ?? 0,
      peerWindowBytes: sender?.advertisedWindow ?? 0,
      receiveWindowBytes: this.window.capacityBytes,
      packetBytes: this.mtu.packetBytes,
      unacknowledgedChunks: sender?.chunks.count ?? 0,
      retransmittedChunks: sender?.retransmittedChunks ?? 0,
      abandonedMessages: sender?.abandonedMessages ?? 0,
      timeouts: sender?.timeouts ?? 0,
      spuriousTimeouts: sender?.spuriousTimeouts ?? 0,
    };
  }

  receive(now: Instant, packet: Uint8Array, _path?: Path): void {
    this.now = now;
    if (this.state.name === 'ended') return;
    if (!this.isForUs(packet)) return;
    this.stats.packetsReceived += 1;
    this.stats.bytesReceived += packet.length;
    this.heartbeatHeard();
    this.walkChunks(packet);
    this.transmission?.receiver.packetEnded(now);
  }

  advance(now: Instant): void {
    this.now = now;
    if (now < this.deadline) return;
    const { transmission } = this;
    if (this.timers.take(SctpTimer.headStart, now)) this.startHandshake();
    if (this.timers.take(SctpTimer.handshake, now)) this.handshakeTimedOut();
    if (this.timers.take(SctpTimer.shutdown, now)) this.shutdownTimedOut();
    if (this.timers.take(SctpTimer.heartbeat, now)) this.heartbeatDue();
    if (!transmission) return;
    transmission.receiver.advance(now);
    transmission.resets.advance(now);
    const { timeouts } = transmission.sender;
    transmission.sender.advance(now);
    if (transmission.sender.hasFailed) return this.abortFor(undefined, 'unreachable');
    if (transmission.sender.timeouts > timeouts) this.timedOut(transmission);
    this.probePathMtu(transmission);
  }

  drain(outputs: SctpOutputs): void {
    if (this.isDraining) return;
    this.isDraining = true;
    try {
      for (;;) {
        this.inbox.deliver(outputs);
        const length = this.buildPacket();
        if (length > 0) {
          this.stats.packetsSent += 1;
          this.stats.bytesSent += length;
          outputs.transmit(this.out.subarray(0, length), this.path);
        } else if (this.inbox.isEmpty) return;
      }
    } finally {
      this.isDraining = false;
    }
  }

  // ---- receiving

  /** Checks ports, checksum and verification tag (RFC 9260 §8.5, RFC 9653 §5.3). */
  private isForUs(packet: Uint8Array): boolean {
    if (packet.length < COMMON_HEADER_BYTES + CHUNK_HEADER_BYTES) return this.drop('sctp/packet/truncated');
    if (sourcePort(packet) !== this.config.remotePort || destinationPort(packet) !== this.config.localPort)
      return this.drop('sctp/packet/wrong-port');
    const type = packet[COMMON_HEADER_BYTES]!;
    if (!this.isChecksumGood(packet, type)) return this.drop('sctp/packet/wrong-checksum');
    return this.isTagGood(packet, type) || this.drop('sctp/packet/wrong-tag');
  }

  private isChecksumGood(packet: Uint8Array, type: number): boolean {
    // Zero is taken only if we offered that, and never for the handshake's first two chunks (RFC 9653 §5.2).
    const isZeroAcceptable = this.config.zeroChecksum && type !== ChunkType.init && type !== ChunkType.cookieEcho;
    if (isZeroAcceptable && hasZeroChecksum(packet)) return true;
    return verifyChecksum(packet) === 'correct';
  }

  private isTagGood(packet: Uint8Array, type: number): boolean {
    const tag = verificationTag(packet);
    switch (type) {
      case ChunkType.init:
        return tag === 0;
      case ChunkType.cookieEcho:
        return true; // the cookie says which tag it must be
      case ChunkType.abort:
      case ChunkType.shutdownComplete: {
        const isReflected = (packet[COMMON_HEADER_BYTES + 1]! & REFLECTED_TAG_FLAG) !== 0;
        if (!isReflected) return tag === this.localTag;
        return this.transmission !== undefined && tag === this.transmission.peerTag;
      }
      default:
        return tag === this.localTag;
    }
  }

  private walkChunks(packet: Uint8Array): void {
    let at = COMMON_HEADER_BYTES;
    while (at + CHUNK_HEADER_BYTES <= packet.length && this.state.name !== 'ended') {
      const type = packet[at]!;
      const end = at + readU16(packet, at + 2);
      if (end < at + CHUNK_HEADER_BYTES || end > packet.length) {
        this.drop('sctp/chunk/bad-length');
        return;
      }
      if (type === ChunkType.data || type === ChunkType.iData) this.onData(packet, at, end);
      else if (type === ChunkType.sack) this.onSack(packet, at, end);
      else if (!this.onChunk(type, packet, at, end)) return;
      at = (end + 3) & ~3;
    }
  }

  /** Any chunk that is not on the packet path; returns whether to go on with the packet. */
  private onChunk(type: number, packet: Uint8Array, start: number, end: number): boolean {
    const value = packet.subarray(start + CHUNK_HEADER_BYTES, end);
    switch (type) {
      case ChunkType.init:
        // INIT and INIT ACK travel alone (RFC 9260 §4.3).
        if (start === COMMON_HEADER_BYTES && end + 3 >= packet.length) this.onInit(value);
        else this.drop('sctp/init/bundled');
        return false;
      case ChunkType.initAck:
        if (start === COMMON_HEADER_BYTES) this.onInitAck(value);
        return false;
      case ChunkType.cookieEcho:
        return this.onCookieEcho(value, verificationTag(packet));
      case ChunkType.cookieAck:
        this.onCookieAck();
        return true;
      case ChunkType.heartbeat:
        this.onHeartbeat(value);
        return true;
      case ChunkType.heartbeatAck:
        this.onHeartbeatAck(value);
        return true;
      case ChunkType.abort:
        this.end('aborted-by-peer', firstErrorCause(value));
        return false;
      case ChunkType.error:
        this.onError(value);
        return true;
      case ChunkType.shutdown:
        this.onShutdown(value);
        return true;
      case ChunkType.shutdownAck:
        this.onShutdownAck();
        return true;
      case ChunkType.shutdownComplete:
        if (this.state.name === 'shutdown-ack-sent') this.end('shutdown', undefined);
        return false;
      case ChunkType.forwardTsn:
      case ChunkType.iForwardTsn:
        this.onForwardTsn(type, value);
        return true;
      case ChunkType.reConfig:
        this.onReConfig(value);
        return true;
      case ChunkType.pad:
        return true;
      default:
        return this.onUnknownChunk(type, packet.subarray(start, end));
    }
  }

  private onData(packet: Uint8Array, start: number, end: number): void {
    const { transmission } = this;
    if (!transmission || this.state.name === 'cookie-wait' || this.state.name === 'shutdown-ack-sent') {
      this.drop('sctp/data/unexpected');
      return;
    }
    const { receiver } = transmission;
    const outcome = receiver.data(packet, start, end);
    if (outcome === 'accepted') return;
    this.drop(DATA_DROPS[outcome]);
    if (outcome === 'violation') this.abortFor(ErrorCause.protocolViolation, 'protocol-violation');
    else if (outcome === 'empty') this.abortFor(ErrorCause.noUserData, 'protocol-violation');
    else if (outcome === 'invalid-stream')
      this.answer((out) =>
        encodeError(ErrorCause.invalidStreamId, Uint8Array.of(packet[start + 8]!, packet[start + 9]!, 0, 0), out),
      );
  }

  private onSack(packet: Uint8Array, start: number, end: number): void {
    const { transmission } = this;
    if (!transmission || this.state.name === 'cookie-echoed') return;
    if (decodeSack(packet, start, end, this.sack) instanceof Malformed) {
      this.drop('sctp/sack/truncated');
      return;
    }
    const outcome = transmission.sender.acknowledge(this.now, this.sack);
    if (outcome !== 'accepted') this.drop(outcome === 'outdated' ? 'sctp/sack/outdated' : 'sctp/sack/beyond-sent');
    transmission.resets.acknowledged(this.now);
    this.continueShutdown();
  }

  private onInit(value: Uint8Array): void {
    const init = decodeInit(value);
    if (init instanceof Malformed) {
      this.drop(init.reason);
      return;
    }
    if (!isUsable(init)) {
      this.drop('sctp/init/unusable');
      this.specialPacket(init.initiateTag, true, (out) => encodeAbort(ErrorCause.invalidMandatoryParameter, true, out));
      return;
    }
    if (this.state.name === 'shutdown-ack-sent') {
      this.sendShutdownAck(); // RFC 9260 §9.2
      return;
    }
    // Before the association is up, our answer carries the tag that our own INIT does (RFC 9260 §5.2.1); afterwards, a
    // peer that begins anew gets new ones, and the old ones as tie-tags (§5.2.2).
    const isUp = this.state.name !== 'closed' && this.state.name !== 'cookie-wait' && this.state.name !== 'cookie-echoed';
    const cookie: StateCookie = {
      createdAt: this.now,
      localTag: isUp ? this.randomTag() : this.localTag,
      localInitialTsn: isUp ? this.context.random.uint32() : this.localInitialTsn,
      localTieTag: this.transmission ? this.localTag : 0,
      peerTieTag: this.transmission?.peerTag ?? 0,
      peer: init,
    };
    if (isUp) {
      // Deviates from RFC 9260 §5.2.2: no restart. Over DTLS the peer that lost its state has lost the DTLS keys as well.
      this.drop('sctp/init/unexpected');
      return;
    }
    const answer = this.localInit(cookie.localTag, this.cookies.seal(cookie), init.reportable);
    this.specialPacket(init.initiateTag, true, (out) => encodeInit(ChunkType.initAck, answer, out));
  }

  private onInitAck(value: Uint8Array): void {
    if (this.state.name !== 'cookie-wait') return; // a late answer to an INIT sent twice (RFC 9260 §5.2.3)
    const initAck = decodeInit(value);
    if (initAck instanceof Malformed || !initAck.stateCookie) {
      this.drop(initAck instanceof Malformed ? initAck.reason : 'sctp/init-ack/no-cookie');
      return;
    }
    if (!isUsable(initAck)) {
      this.specialPacket(initAck.initiateTag, true, (out) => encodeAbort(ErrorCause.invalidMandatoryParameter, true, out));
      this.end('protocol-violation', undefined);
      return;
    }
    if (this.handshakeAttempts === 0) this.rtt.measured(this.now, this.now - this.handshakeSentAt);
    this.begin(initAck);
    this.enter({ type: 'init-ack', cookie: initAck.stateCookie.slice() });
    this.handshakeAttempts = 0;
    this.sendCookieEcho();
  }

  /** COOKIE ECHO: the other end of a handshake (RFC 9260 §5.1.5, §5.2.4). Returns whether to go on with the packet. */
  private onCookieEcho(value: Uint8Array, tag: number): boolean {
    const cookie = this.cookies.open(value);
    if (cookie === undefined) return this.drop('sctp/cookie-echo/forged');
    if (isStale(cookie, this.now) && !this.transmission) {
      const staleness = new Uint8Array(4);
      this.specialPacket(cookie.peer.initiateTag, true, (out) => encodeError(ErrorCause.staleCookie, staleness, out));
      return this.drop('sctp/cookie-echo/stale');
    }
    if (cookie.localTag !== this.localTag || tag !== this.localTag) return this.drop('sctp/cookie-echo/wrong-tag');
    const { transmission } = this;
    const isSamePeer = transmission?.peerTag === cookie.peer.initiateTag;
    if (transmission && !isSamePeer) {
      // Action C of §5.2.4 once we are up; before, the peer has begun anew and its latest word counts (action B).
      if (this.state.name !== 'cookie-echoed') return this.drop('sctp/cookie-echo/late');
      this.queue.forgetBegun();
    }
    if (!isSamePeer) this.begin(cookie.peer);
    this.isCookieEchoPending = false;
    this.establish({ type: 'cookie-echo' });
    this.answer((out) => encodeChunk(ChunkType.cookieAck, 0, NO_BYTES, out), true);
    return true;
  }

  private onCookieAck(): void {
    if (this.state.name !== 'cookie-echoed') return; // RFC 9260 §5.2.5
    if (this.handshakeAttempts === 0) this.rtt.measured(this.now, this.now - this.handshakeSentAt);
    this.isCookieEchoPending = false;
    this.establish({ type: 'cookie-ack' });
  }

  private onError(value: Uint8Array): void {
    const cause = firstErrorCause(value);
    this.drop(`sctp/error/${cause === ErrorCause.staleCookie ? 'stale-cookie' : 'received'}`);
    if (cause !== ErrorCause.staleCookie || this.state.name !== 'cookie-echoed') return; // never answered (S-71)
    // Our cookie took too long: once more from the beginning (RFC 9260 §5.2.6).
    this.transmission = undefined;
    this.queue.forgetBegun();
    this.state = { name: 'cookie-wait' };
    this.sendInit();
  }

  private onHeartbeat(value: Uint8Array): void {
    if (!this.transmission || value.length > MAX_ECHO_BYTES) return;
    this.answer((out) => encodeChunk(ChunkType.heartbeatAck, 0, value, out));
  }

  private onHeartbeatAck(value: Uint8Array): void {
    const info = decodeHeartbeatInfo(value);
    if (!info || info.nonce !== this.heartbeatNonce) return;
    if (info.probeBytes > 0) this.pathMtuConfirmed(info.probeBytes);
    else if (this.heartbeatSentAt !== NEVER) this.rtt.measured(this.now, this.now - this.heartbeatSentAt);
    this.heartbeatSentAt = NEVER;
  }

  private onForwardTsn(type: number, value: Uint8Array): void {
    const { transmission } = this;
    if (!transmission) return;
    const isInterleaved = type === ChunkType.iForwardTsn;
    if (!transmission.features.partialReliability || isInterleaved !== transmission.features.interleaving) {
      this.drop('sctp/forward-tsn/unexpected');
      return;
    }
    const chunk = isInterleaved ? decodeIForwardTsn(value) : decodeForwardTsn(value);
    if (chunk instanceof Malformed) this.drop(chunk.reason);
    else if (transmission.receiver.forward(chunk) === 'no-room') this.drop('sctp/forward-tsn/too-far-ahead');
  }

  private onReConfig(value: Uint8Array): void {
    const { transmission } = this;
    if (!transmission?.features.streamReset) return;
    const parameters = decodeReConfig(value);
    if (parameters instanceof Malformed) this.drop(parameters.reason);
    else transmission.resets.receive(parameters);
  }

  private onUnknownChunk(type: number, chunk: Uint8Array): boolean {
    this.drop('sctp/chunk/unknown');
    const action = unknownTypeAction(type >>> 6);
    if (action.isReported) this.answer((out) => encodeError(ErrorCause.unrecognizedChunkType, chunk, out));
    return action.isSkipped;
  }

  // ---- handshake

  private sendInit(): void {
    const init = this.localInit(this.localTag, undefined, []);
    this.handshakeSentAt = this.now;
    this.specialPacket(0, true, (out) => encodeInit(ChunkType.init, init, out));
    this.armHandshake();
  }

  private sendCookieEcho(): void {
    this.handshakeSentAt = this.now;
    this.isCookieEchoPending = true;
    this.armHandshake();
  }

  private armHandshake(): void {
    const waitMs = Math.min(this.config.handshakeTimeoutMs * 2 ** this.handshakeAttempts, this.config.maxRtoMs);
    this.timers.set(SctpTimer.handshake, this.now + waitMs);
  }

  private handshakeTimedOut(): void {
    if (this.state.name !== 'cookie-wait' && this.state.name !== 'cookie-echoed') return;
    this.handshakeAttempts += 1;
    if (this.handshakeAttempts > this.config.maxInitRetransmits) return this.end('handshake-timeout', undefined);
    if (this.state.name === 'cookie-wait') this.sendInit();
    else this.sendCookieEcho();
  }

  private localInit(initiateTag: number, stateCookie: Uint8Array | undefined, reportable: Init['reportable']): Init {
    const { config } = this;
    const extensions: number[] = [ChunkType.reConfig, ChunkType.forwardTsn];
    if (config.interleaving) extensions.push(ChunkType.iData, ChunkType.iForwardTsn);
    return {
      initiateTag,
      advertisedWindow: this.window.capacityBytes,
      outboundStreams: config.maxStreams,
      inboundStreams: config.maxStreams,
      initialTsn: this.localInitialTsn,
      isForwardTsnSupported: true,
      isZeroChecksumAcceptable: config.zeroChecksum,
      extensions,
      stateCookie,
      reportable,
    };
  }

  /** Sets up everything that needs the peer's parameters. */
  private begin(peer: PeerParameters): void {
    const { config } = this;
    const features = this.negotiate(peer);
    const outboundStreams = Math.min(config.maxStreams, peer.inboundStreams);
    this.queue.dropStreamsFrom(outboundStreams);
    const sender = new Sender(
      {
        initialTsn: this.localInitialTsn,
        peerWindowBytes: peer.advertisedWindow,
        packetBytes: this.mtu.packetBytes,
        isInterleaving: features.interleaving,
        isPartialReliability: features.partialReliability,
        maxRetransmits: config.maxRetransmits,
        maxRtoMs: config.maxRtoMs,
      },
      this.queue,
      this.rtt,
      config.congestionController(this.mtu.packetBytes),
    );
    const receiver = new Receiver(
      {
        initialTsn: peer.initialTsn,
        isInterleaving: features.interleaving,
        maxMessageBytes: config.maxMessageBytes,
        maxTsnsAhead: config.maxTsnsAhead,
      },
      Math.min(config.maxStreams, peer.outboundStreams),
      this.window,
      {
        message: (streamId, ppid, bytes) => {
          this.window.delivered(this.now, bytes.length, this.rtt.smoothedMs ?? UNKNOWN_RTT_MS);
          this.inbox.message(streamId, ppid, bytes);
        },
        refused: (streamId) => this.inbox.event({ type: 'message-refused', streamId, reason: 'too-large' }),
      },
    );
    const transmission: Transmission = {
      peerTag: peer.initiateTag,
      features,
      sender,
      receiver,
      resets: new StreamResets(this.localInitialTsn, peer.initialTsn, this.resetHost(sender, receiver)),
      outboundStreams,
    };
    this.transmission = transmission;
    if (this.earlyResets.length > 0) this.requestResets(transmission, this.earlyResets.splice(0));
  }

  private negotiate(peer: PeerParameters): SctpFeatures {
    const supports = (type: number): boolean => peer.extensions.includes(type);
    const partialReliability = peer.isForwardTsnSupported || supports(ChunkType.forwardTsn);
    return {
      partialReliability,
      streamReset: supports(ChunkType.reConfig),
      // With partial reliability, I-DATA needs I-FORWARD-TSN (RFC 8260 §2.3).
      interleaving:
        this.config.interleaving && supports(ChunkType.iData) && (supports(ChunkType.iForwardTsn) || !partialReliability),
      zeroChecksum: peer.isZeroChecksumAcceptable && this.config.zeroChecksum,
    };
  }

  private establish(input: StateInput): void {
    const wasUp = carriesData(this.state);
    this.timers.cancel(SctpTimer.headStart);
    this.timers.cancel(SctpTimer.handshake);
    this.enter(input);
    if (wasUp || !this.transmission) return;
    const { features, outboundStreams, receiver } = this.transmission;
    this.inbox.event({ type: 'connected', features, outboundStreams, inboundStreams: receiver.inboundStreams });
    this.armHeartbeat();
  }

  // ---- stream resets

  private requestResets(transmission: Transmission, streamIds: readonly number[]): void {
    if (transmission.features.streamReset) transmission.resets.reset(streamIds);
    else this.resetOutbound(streamIds, false);
  }

  private resetOutbound(streamIds: readonly number[], accepted: boolean): void {
    for (const streamId of streamIds) {
      const stream = this.queue.stream(streamId);
      if (accepted) stream.restartSequences();
      else stream.isResetting = false;
    }
    this.inbox.event({ type: 'outbound-streams-reset', streamIds, accepted });
  }

  private resetHost(sender: Sender, receiver: Receiver): StreamResetHost {
    const { queue, inbox, config } = this;
    return {
      maxStreams: config.maxStreams,
      isDrained: (streamId) => (queue.find(streamId)?.queue.length ?? 0) === 0,
      lastAssignedTsn: () => (sender.chunks.nextTsn - 1) >>> 0,
      acknowledgedTsn: () => sender.cumulativeTsn,
      receivedTsn: () => receiver.tsns.cumulativeTsn,
      inboundStreams: () => receiver.inboundStreams,
      outboundStreams: () => this.outboundStreams,
      resetInbound: (streamIds) => {
        receiver.messages.reset(streamIds);
        inbox.event({ type: 'inbound-streams-reset', streamIds });
      },
      resetOutbound: (streamIds, accepted) => this.resetOutbound(streamIds, accepted),
      resetRequested: (streamIds) => {
        this.resetStreams(this.now, streamIds);
        inbox.event({ type: 'reset-requested', streamIds });
      },
      addStreams: (inbound, outbound) => this.streamsAdded(inbound, outbound),
    };
  }

  private streamsAdded(inbound: number, outbound: number): void {
    const transmission = this.transmission!;
    transmission.receiver.inboundStreams += inbound;
    transmission.outboundStreams += outbound;
    const { outboundStreams, receiver } = transmission;
    this.inbox.event({ type: 'streams-added', outboundStreams, inboundStreams: receiver.inboundStreams });
  }

  // ---- shutdown and end

  private onShutdown(value: Uint8Array): void {
    const cumulativeTsn = decodeShutdown(value);
    const { transmission } = this;
    if (cumulativeTsn instanceof Malformed || !transmission || this.state.name === 'cookie-echoed') return;
    transmission.sender.acknowledgeCumulative(this.now, cumulativeTsn, this.sack);
    this.enter({ type: 'shutdown' });
    if (this.stateName === 'shutdown-ack-sent') this.sendShutdownAck();
    else this.continueShutdown();
  }

  private onShutdownAck(): void {
    if (this.state.name !== 'shutdown-sent' && this.state.name !== 'shutdown-ack-sent') return;
    const tag = this.transmission!.peerTag;
    this.specialPacket(tag, false, (out) => encodeChunk(ChunkType.shutdownComplete, 0, NO_BYTES, out));
    this.end('shutdown', undefined);
  }

  /** Shutting down waits until all is acknowledged (RFC 9260 §9.2). */
  private continueShutdown(): void {
    if (this.state.name !== 'shutdown-pending' && this.state.name !== 'shutdown-received') return;
    if (!this.transmission!.sender.isIdle) return;
    this.enter({ type: 'drained' });
    if (this.stateName === 'shutdown-ack-sent') this.sendShutdownAck();
    else this.sendShutdown();
  }

  private sendShutdown(): void {
    this.isShutdownPending = true;
    this.armShutdown();
  }

  private sendShutdownAck(): void {
    this.answer((out) => encodeChunk(ChunkType.shutdownAck, 0, NO_BYTES, out));
    this.armShutdown();
  }

  private armShutdown(): void {
    this.timers.set(SctpTimer.shutdown, this.now + this.rtt.timeoutMs * 2 ** Math.min(this.shutdownAttempts, 6));
  }

  private shutdownTimedOut(): void {
    this.shutdownAttempts += 1;
    if (this.shutdownAttempts > this.config.maxRetransmits) return this.abortFor(undefined, 'unreachable');
    if (this.state.name === 'shutdown-sent') this.sendShutdown();
    else if (this.state.name === 'shutdown-ack-sent') this.sendShutdownAck();
  }

  private abortFor(cause: number | undefined, reason: SctpCloseReason): void {
    if (this.state.name === 'ended') return;
    const { transmission } = this;
    if (transmission) this.specialPacket(transmission.peerTag, false, (out) => encodeAbort(cause, false, out));
    this.end(reason, undefined);
  }

  private end(reason: SctpCloseReason, peerCause: number | undefined): void {
    if (this.state.name === 'ended') return;
    this.enter({ type: 'end', reason });
    this.timers.cancelAll();
    this.mtu.reset();
    this.transmission = undefined;
    this.inbox.event({ type: 'closed', reason, peerCause });
  }

  // ---- heartbeats and path MTU

  private heartbeatHeard(): void {
    this.missedHeartbeats = 0;
  }

  private armHeartbeat(): void {
    const { heartbeatIntervalMs } = this.config;
    if (heartbeatIntervalMs > 0) this.timers.set(SctpTimer.heartbeat, this.now + heartbeatIntervalMs + this.rtt.timeoutMs);
  }

  private heartbeatDue(): void {
    const { transmission } = this;
    if (!transmission) return;
    if (this.missedHeartbeats > this.config.maxRetransmits) return this.abortFor(undefined, 'unreachable');
    this.missedHeartbeats += 1;
    // Whatever is unacknowledged watches the path already (RFC 9260 §8.3).
    if (transmission.sender.chunks.count === 0) {
      this.heartbeatNonce = this.context.random.uint32();
      this.heartbeatSentAt = this.now;
      this.answer((out) => encodeHeartbeat({ nonce: this.heartbeatNonce, probeBytes: 0 }, out));
    }
    this.armHeartbeat();
  }

  private timedOut(transmission: Transmission): void {
    if (transmission.sender.consecutiveTimeoutCount < BLACK_HOLE_TIMEOUTS) return;
    if (this.mtu.blackHoleSuspected(this.now)) transmission.sender.packetSize = this.mtu.packetBytes;
  }

  /** Full packets leave: finds out whether larger ones would arrive. */
  private probePathMtu(transmission: Transmission): void {
    if (!carriesData(this.state)) return;
    if (this.queue.bufferedBytes > PROBE_WORTHY_BYTES) this.mtu.wanted(this.now);
    const size = this.mtu.takeProbe(this.now, this.rtt.timeoutMs);
    if (size === 0) return;
    if (this.heartbeatNonce === 0) this.heartbeatNonce = this.randomTag();
    const probe = { nonce: this.heartbeatNonce, probeBytes: size };
    this.specialPacket(
      transmission.peerTag,
      !transmission.features.zeroChecksum,
      (out) => {
        encodeHeartbeat(probe, out);
        encodePad(size - COMMON_HEADER_BYTES - HEARTBEAT_BYTES, out);
      },
      size,
    );
  }

  private pathMtuConfirmed(probeBytes: number): void {
    const { transmission } = this;
    if (!transmission || !this.mtu.confirmed(this.now, probeBytes)) return;
    transmission.sender.packetSize = this.mtu.packetBytes;
  }

  // ---- sending

  /** Builds the next packet into {@link out}; returns its length, 0 if there is nothing to send. */
  private buildPacket(): number {
    const special = this.special.shift();
    if (special) return this.copySpecial(special);
    const { transmission } = this;
    if (!transmission) return 0;
    if (this.out.length < this.mtu.packetBytes) this.out = new Uint8Array(this.mtu.packetBytes);
    const limit = this.mtu.packetBytes;
    const { sender, receiver, peerTag, features } = transmission;
    let isChecksummed = !features.zeroChecksum;
    let at = COMMON_HEADER_BYTES;
    if (this.isCookieEchoPending) {
      isChecksummed = true; // RFC 9653 §5.2
      at = this.writeCookieEcho(at);
    } else if (this.state.name === 'cookie-echoed') return 0;
    at = this.writeControl(transmission, at, limit);
    const beforeSack = at;
    if (receiver.mustSack) at = receiver.writeSack(this.out, at, limit);
    const beforeData = at;
    if (this.mayWriteData) {
      // A SACK that could wait goes along when data leaves anyway: room is kept for it.
      const sackAt = at;
      const reserve = !receiver.mustSack && receiver.hasUnsacked && beforeSack === at ? receiver.sackBytes(limit - at) : 0;
      at = sender.write(this.now, this.out, sackAt + reserve, limit);
      if (at > sackAt + reserve && reserve > 0) receiver.writeSack(this.out, sackAt, sackAt + reserve);
      else if (reserve > 0) at = sender.write(this.now, this.out, sackAt, limit); // a full chunk leaves without company
      if (at > beforeData && this.queue.bufferedBytes > PROBE_WORTHY_BYTES) this.mtu.wanted(this.now);
    }
    if (at === COMMON_HEADER_BYTES) return 0;
    sealPacket(this.out, at, this.config.localPort, this.config.remotePort, peerTag, isChecksummed);
    return at;
  }

  private get mayWriteData(): boolean {
    // With COOKIE ECHO, one packet's worth may go along (RFC 9260 §5.1.4).
    return carriesData(this.state) || this.state.name === 'cookie-echoed';
  }

  private writeCookieEcho(at: number): number {
    this.isCookieEchoPending = false;
    if (this.state.name !== 'cookie-echoed') return at;
    const { cookie } = this.state;
    const needed = at + CHUNK_HEADER_BYTES + cookie.length + 3;
    if (this.out.length < needed) this.out = new Uint8Array(needed);
    const writer = new ByteWriter(this.out.subarray(at));
    encodeChunk(ChunkType.cookieEcho, 0, cookie, writer);
    return at + writer.length;
  }

  private writeControl(transmission: Transmission, at: number, limit: number): number {
    for (
      let chunk = this.control.first;
      chunk && (at + chunk.length <= limit || at === COMMON_HEADER_BYTES);
      chunk = this.control.first
    ) {
      if (at + chunk.length > this.out.length) this.out = new Uint8Array(at + chunk.length);
      this.out.set(chunk, at);
      at += chunk.length;
      this.control.shift();
    }
    if (this.isShutdownPending) at = this.writeShutdown(transmission, at);
    if (!carriesData(this.state)) return at;
    const forward = transmission.sender.takeForwardTsn(this.now, limit - at);
    if (forward) {
      const writer = new ByteWriter(this.out.subarray(at));
      if (transmission.features.interleaving) encodeIForwardTsn(forward, writer);
      else encodeForwardTsn(forward, writer);
      at += writer.length;
    }
    return this.writeReConfig(transmission, at, limit);
  }

  private writeReConfig(transmission: Transmission, at: number, limit: number): number {
    if (limit - at < MAX_RE_CONFIG_BYTES) return at;
    const parameters = transmission.resets.take(this.now, this.rtt.timeoutMs);
    if (!parameters) return at;
    const writer = new ByteWriter(this.out.subarray(at));
    encodeReConfig(parameters, writer);
    return at + writer.length;
  }

  private writeShutdown(transmission: Transmission, at: number): number {
    this.isShutdownPending = false;
    const writer = new ByteWriter(this.out.subarray(at));
    encodeShutdown(transmission.receiver.tsns.cumulativeTsn, writer);
    return at + writer.length;
  }

  private copySpecial({ chunks, tag, isChecksummed }: SpecialPacket): number {
    const length = COMMON_HEADER_BYTES + chunks.length;
    if (this.out.length < length) this.out = new Uint8Array(length);
    this.out.set(chunks, COMMON_HEADER_BYTES);
    sealPacket(this.out, length, this.config.localPort, this.config.remotePort, tag, isChecksummed);
    return length;
  }

  private specialPacket(tag: number, isChecksummed: boolean, encode: (out: ByteWriter) => void, bytes = 2_048): void {
    if (this.special.length >= MAX_WAITING_CHUNKS) return;
    const writer = new ByteWriter(new Uint8Array(bytes));
    encode(writer);
    if (!writer.failed) this.special.push({ chunks: writer.written, tag, isChecksummed });
  }

  /** Queues a control chunk; `isFirst` for the one that must precede all others. */
  private answer(encode: (out: ByteWriter) => void, isFirst = false): void {
    if (!this.transmission || (this.control.length >= MAX_WAITING_CHUNKS && !isFirst)) return;
    const writer = new ByteWriter(new Uint8Array(MAX_ECHO_BYTES + 8));
    encode(writer);
    if (writer.failed) return;
    const chunk = writer.written.slice();
    if (isFirst) this.control.unshift(chunk);
    else this.control.push(chunk);
  }

  private get acceptsMessages(): boolean {
    const { name } = this.state;
    return name === 'closed' || name === 'cookie-wait' || name === 'cookie-echoed' || name === 'established';
  }

  /** The one place where the state changes. */
  private enter(input: StateInput): void {
    const next = nextState(this.state, input);
    if (next === this.state) return;
    this.context.log.debug('sctp/state-changed', { from: this.state.name, to: next.name });
    this.state = next;
  }

  private randomTag(): number {
    return this.context.random.uint32() || 1;
  }

  private drop(reason: string): false {
    this.stats.drops.set(reason, (this.stats.drops.get(reason) ?? 0) + 1);
    return false;
  }
}

const NO_BYTES = new Uint8Array(0);
/** A RE-CONFIG with a full request and a response. */
const MAX_RE_CONFIG_BYTES = 4 + 16 + 2 * 256 + 12;
/** Waiting data that makes larger packets worth looking for. */
const PROBE_WORTHY_BYTES = 16 * 1024;
/** Timeouts in a row after which large packets are suspected (RFC 8899 §4.3). */
const BLACK_HOLE_TIMEOUTS = 3;

const DATA_DROPS = {
  duplicate: 'sctp/data/duplicate',
  'no-room': 'sctp/data/no-room',
  truncated: 'sctp/data/truncated',
  empty: 'sctp/data/empty',
  'invalid-stream': 'sctp/data/invalid-stream',
  violation: 'sctp/data/violation',
} as const;

/** A tag of zero and no streams are errors in INIT and INIT ACK (RFC 9260 §3.3.2, §3.3.3). */
function isUsable(init: Init): boolean {
  return init.initiateTag !== 0 && init.outboundStreams > 0 && init.inboundStreams > 0;
}

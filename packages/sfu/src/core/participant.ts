import { type Instant, NEVER } from '@maru/protocol/core';
import {
  decodeRtcp,
  ntpFractionOf,
  ntpMsOf,
  ntpSecondsOf,
  type ReportBlock,
  type RtcpPacket,
  roundTripMs,
  SdesItem,
} from '@maru/protocol/rtcp';
import { BitratePlan } from './bitrate-plan.js';
import { ClockOffset } from './clock-offset.js';
import { DataQueue } from './data-queue.js';
import type { ExtensionIds, Refusal, SlotDescription, SubscriptionView, TrackDescription } from './description.js';
import { Downlink, type DownlinkOptions } from './downlink.js';
import { EncodingCap } from './encoding-cap.js';
import type { DataChannelClass } from './events.js';
import { ExtensionTable } from './extension-kinds.js';
import { IngressBudget } from './ingress-budget.js';
import { LossMeter } from './loss-meter.js';
import type { PacketCache } from './packet-cache.js';
import { PublishedTrack, type TrackPublisher } from './published-track.js';
import { RateMeter } from './rate-meter.js';
import type { Session } from './session.js';
import { Slot } from './slot.js';
import { assignSlots } from './slot-assignment.js';
import type { SourcePacket } from './source-packet.js';
import type { SourceStream } from './source-stream.js';
import { SourceTable } from './source-table.js';
import { type Subscriber, Subscription } from './subscription.js';
import { type PipeOutlet, TrackPipe } from './track-pipe.js';
import { Uplink } from './uplink.js';

export interface ParticipantOptions extends DownlinkOptions {
  /** Unique in the session. */
  readonly id: string;
  readonly extensions: ExtensionIds;
  /**
   * It is at another router of the session, and stands here for what it publishes: its packets come by a pipe, RTCP for it (what is missing,
   * that a key frame is needed) goes back by it. It gets nothing here, and its budget was applied where it is.
   */
  readonly isPiped?: boolean;
  /** What its streams are called in source descriptions (RFC 3550 §6.5.1); one for the router if left out. */
  readonly cname?: string;
}

/** How the way of a participant is, both directions. */
export interface ParticipantFigures {
  /** Of RTP packets, in the last moment. */
  readonly sendBps: number;
  readonly receiveBps: number;
  readonly estimateBps: number;
  readonly roundTripMs: number;
  /** Share of packets lost lately on the way to it, and from it, from 0 to 1. */
  readonly lossToward: number;
  readonly lossFrom: number;
  /** Pictures that it gets smaller, or not at all, because its way carries no more. */
  readonly heldBack: number;
  readonly sentPackets: number;
  readonly sentBytes: number;
  readonly receivedPackets: number;
  readonly receivedBytes: number;
  /** Not forwarded: beyond the budget, unreadable, of nobody knows what. */
  readonly droppedPackets: number;
}

/** While packets flow: rates are made, and what they allow is spent anew. */
const TICK_MS = 200;
/** Spent anew so often where there is enough for everything. */
const SPEND_MS = 600;
const REPORT_MS = 1_000;
/** Where not everything fits, so much of the estimate flows at least: of a way that is hardly used nothing is learnt, and each delay would halve it. */
const LEAST_FLOW = 0.75;
/** Nothing was sent or received for so long: nothing is looked at. */
const IDLE_MS = 3_000;
/** S-53: key frames that a subscriber may ask for itself, and in which time. */
const KEY_FRAME_CREDIT = 3;
const KEY_FRAME_CREDIT_MS = 10_000;
/** RTCP of one participant: ten times what browsers send with feedback each 50 ms and losses to ask for. */
const CONTROL_PACKETS_PER_SECOND = 1_000;
const CONTROL_BPS = 4_000_000;
/** Messages of one participant to others; so much at once that a file of 10 MB goes through as fast as it comes, at 10 Mbit/s. */
const MESSAGES_PER_SECOND = 1_000;
const MESSAGE_BURST_MS = 13_000;
/** Encodings that nobody wants are told after this, so that a tile that is hidden for a moment changes nothing. */
const UNWANTED_MS = 2_000;

/** One who sends, receives, or both: the core's side of one transport. */
export class Participant implements TrackPublisher, Subscriber {
  readonly id: string;
  extensions: ExtensionTable;
  readonly isPiped: boolean;
  readonly downlink: Downlink;
  readonly uplink: Uplink;
  readonly sources: SourceTable;
  readonly tracks = new Map<string, PublishedTrack>();
  readonly slots: Slot[] = [];
  readonly subscriptions = new Map<PublishedTrack, Subscription>();
  readonly ingress: IngressBudget;
  private readonly control = new IngressBudget(CONTROL_BPS, CONTROL_PACKETS_PER_SECOND);
  readonly data: DataQueue;
  readonly clockOffset = new ClockOffset();
  private readonly cap = new EncodingCap();
  dueAt: Instant = NEVER;
  heapIndex = -1;
  isTouched = false;
  hasLeft = false;
  /** Its owner is to be told that it broke, or was. */
  isBroken = false;
  packetsReceived = 0;
  bytesReceived = 0;
  /** Packets that could not be read, of nobody knows what, or beyond the budget. */
  malformed = 0;
  unknown = 0;
  private readonly plan = new BitratePlan();
  private readonly ownSsrc: number;
  private readonly cname: string;
  private readonly meter = new RateMeter();
  private readonly losses = new LossMeter();
  private tickAt: Instant = NEVER;
  private senderReportAt: Instant = NEVER;
  private spentAt: Instant = Number.NEGATIVE_INFINITY;
  private mustReconsider = false;
  private mustAssign = false;
  private lastActiveAt: Instant = Number.NEGATIVE_INFINITY;
  private toldWanted = '';
  private isToldLimited = false;
  private readonly unwantedSince = new Map<PublishedTrack, Instant>();
  private messages: IngressBudget | undefined;
  /** Names of the channels that messages of it have come on. */
  private dataChannels: Set<string> | undefined;

  constructor(
    readonly session: Session,
    /** The integer by which packets name it. */
    readonly handle: number,
    options: ParticipantOptions,
  ) {
    const { limits, random, egress } = session.router;
    this.id = options.id;
    this.isPiped = options.isPiped ?? false;
    this.ownSsrc = random.uint32();
    this.cname = options.cname ?? session.router.cname;
    this.extensions = ExtensionTable.of(options.extensions);
    this.sources = new SourceTable(limits.sources);
    this.uplink = new Uplink(this.ownSsrc, this.sources);
    this.downlink = new Downlink(egress, this.extensions, options, random.uint32() & 0x7fff);
    this.downlink.wake = () => {
      if (this.tickAt === NEVER) this.tickAt = Number.NEGATIVE_INFINITY; // it was idle, and something is sent again
      this.wake();
    };
    this.downlink.broke = (error) => this.session.router.broke(this, error);
    this.ingress = new IngressBudget(limits.publisherBps, limits.publisherPacketsPerSecond);
    this.data = new DataQueue();
  }

  get cache(): PacketCache {
    return this.session.router.egress.cache;
  }

  get roundTripMs(): number {
    return this.downlink.roundTripMs;
  }

  // What its owner does.

  /** The transport is there: packets go to this address under this key, both the driver's integers. Again when the path has changed. */
  connect(now: Instant, address: number, key: number): void {
    this.downlink.connect(now, address, key);
    this.lastActiveAt = now;
    this.tickAt = Math.min(this.tickAt, now);
    this.reconsider();
    for (const slot of this.slots) slot.forwarder.needKeyFrame();
  }

  /** More was negotiated. Ids keep their meanings (RFC 8285 §5). */
  setExtensions(ids: ExtensionIds): void {
    this.extensions = this.downlink.extensions = ExtensionTable.of(ids);
  }

  /** Nothing can be sent for now. Streams pause, so that they go on later without a gap. */
  disconnect(): void {
    this.downlink.disconnect();
    for (const subscription of this.subscriptions.values()) subscription.suspend();
    this.wake();
  }

  publish(now: Instant, description: TrackDescription): PublishedTrack | Refusal {
    const { limits } = this.session.router;
    if (this.tracks.size >= limits.tracks) return { code: 'media/too-many-tracks', detail: `${limits.tracks} tracks at most` };
    const { length } = description.encodings;
    if (length < 1 || length > limits.encodings)
      return { code: 'media/too-many-layers', detail: `${limits.encodings} encodings at most, and one at least` };
    if (this.session.tracks.has(description.id)) return { code: 'media/name-taken', detail: `track ${description.id} is there` };
    const track = new PublishedTrack(this, description);
    track.maxEncoding = this.cap.highest;
    this.tracks.set(track.id, track);
    this.session.tracks.set(track.id, track);
    this.sources.add(track);
    if (track.kind === 'audio') this.session.speakers.add(track);
    this.wakeAt(now);
    return track;
  }

  unpublish(track: PublishedTrack): void {
    if (!this.tracks.delete(track.id)) return;
    this.session.tracks.delete(track.id);
    for (const subscription of [...track.subscriptions]) subscription.end();
    this.sources.remove(track);
    this.session.speakers.remove(track);
    this.unwantedSince.delete(track);
    track.close();
  }

  mute(track: PublishedTrack, isMuted: boolean): void {
    track.isMuted = isMuted;
    for (const { outlet } of track.pipes) outlet.muteChanged(track);
    for (const { holder } of track.subscriptions) holder.reconsider();
  }

  /** A track goes to another router from now on, which is told by `outlet`. */
  pipe(now: Instant, track: PublishedTrack, outlet: PipeOutlet): TrackPipe {
    this.wakeAt(now);
    return new TrackPipe(track, outlet);
  }

  /** It is piped: an encoding of its track is known to send from this SSRC, pictures of this size if that is known. */
  declareSource(track: PublishedTrack, encoding: number, ssrc: number, width = 0, height = 0): void {
    const source = this.sources.declare(track, encoding, ssrc);
    if (!source || width === 0) return;
    source.width = width;
    source.height = height;
  }

  /** It is piped: its own router carries no more than this encoding of its tracks. */
  limitEncodings(maxEncoding: number): void {
    for (const track of this.tracks.values()) {
      if (track.maxEncoding === maxEncoding) continue;
      track.maxEncoding = maxEncoding;
      for (const { holder } of track.subscriptions) holder.reconsider();
    }
  }

  /** RTCP that a router to which its tracks are piped has for it: what did not come out there goes once more, key frames are asked of it. */
  receiveFromPipe(outlet: PipeOutlet, bytes: Uint8Array): void {
    for (const packet of decodeRtcp(bytes).packets) {
      if (packet.type !== 'nack' && packet.type !== 'pli') continue;
      const source = this.sources.get(packet.mediaSsrc);
      if (!source) continue;
      if (packet.type === 'pli') source.track.needKeyFrame(source);
      else for (const pipe of source.track.pipes) if (pipe.outlet === outlet) pipe.resend(source, packet.lostSequences);
    }
  }

  addSlot(now: Instant, description: SlotDescription): Slot | Refusal {
    const { limits } = this.session.router;
    if (this.slots.length >= limits.slots) return { code: 'media/too-many-slots', detail: `${limits.slots} slots at most` };
    const slot = new Slot(this.downlink, description, this.session.router.random);
    this.slots.push(slot);
    this.wakeAt(now);
    this.reconsider();
    return slot;
  }

  removeSlot(slot: Slot): void {
    const at = this.slots.indexOf(slot);
    if (at < 0) return;
    this.slots.splice(at, 1);
    slot.close();
    this.reconsider();
  }

  /** Wants a track; asking again only changes the view. */
  subscribe(now: Instant, track: PublishedTrack, view?: Partial<SubscriptionView>): Subscription | Refusal {
    const before = this.subscriptions.get(track);
    if (before) {
      if (view) before.see(view);
      return before;
    }
    const { limits } = this.session.router;
    if (this.subscriptions.size >= limits.subscriptions)
      return { code: 'media/too-many-subscriptions', detail: `${limits.subscriptions} subscriptions at most` };
    const subscription = new Subscription(this, track, view);
    this.subscriptions.set(track, subscription);
    track.subscriptions.add(subscription);
    this.wakeAt(now);
    this.reconsider();
    return subscription;
  }

  drop(subscription: Subscription): void {
    this.subscriptions.delete(subscription.track);
    this.reconsider();
  }

  /** Everything of it ends. Idempotent. */
  leave(): void {
    if (this.hasLeft) return;
    this.hasLeft = true;
    for (const subscription of [...this.subscriptions.values()]) subscription.end();
    for (const track of [...this.tracks.values()]) this.unpublish(track);
    for (const slot of this.slots.splice(0)) slot.close();
    this.disconnect();
    this.session.forget(this);
  }

  figures(): ParticipantFigures {
    const { controller, roundTripMs, packetsSent, bytesSent } = this.downlink;
    let heldBack = 0;
    for (const { limitedBy, track } of this.subscriptions.values())
      if (limitedBy === 'network' && track.kind === 'video') heldBack += 1;
    return {
      heldBack,
      sendBps: Math.round(this.meter.sendBps),
      receiveBps: Math.round(this.meter.receiveBps),
      estimateBps: Math.round(controller.availableBps),
      roundTripMs: Math.round(roundTripMs),
      lossToward: controller.lossShare,
      lossFrom: this.losses.share,
      sentPackets: packetsSent,
      sentBytes: bytesSent,
      receivedPackets: this.packetsReceived,
      receivedBytes: this.bytesReceived,
      droppedPackets: this.ingress.dropped + this.malformed + this.unknown,
    };
  }

  // Packets.

  /** An opened packet of it came, at `cameAt`. */
  receive(
    now: Instant,
    packet: SourcePacket,
    bytes: Uint8Array,
    slab: number,
    offset: number,
    length: number,
    cameAt: Instant,
  ): void {
    this.lastActiveAt = now;
    if (this.tickAt === NEVER) this.tickAt = now;
    this.packetsReceived += 1;
    this.bytesReceived += length;
    if (packet.wrap(bytes, slab, offset, length, this.extensions)) {
      this.malformed += 1;
      return;
    }
    if (!this.isPiped) this.uplink.received(now, packet.transportSequence, cameAt);
    const { ssrc } = packet.view;
    const isRepair = this.sources.isRepair(packet.payloadType, ssrc);
    const source = isRepair ? this.sources.repair(packet, ssrc) : this.sources.find(now, packet, ssrc);
    if (!source) {
      this.unknown += 1;
      return;
    }
    if (source.index > this.cap.highest) {
      this.ingress.dropped += 1;
      return;
    }
    if (!this.isPiped && !this.ingress.take(now, length, keptFor(source))) return this.isOverBudget(now);
    if (isRepair && packet.wrap(bytes, slab, offset + 2, length - 2, this.extensions)) return;
    if (!source.take(now, packet, isRepair)) return;
    const { track } = source;
    if (track.isMuted) return;
    if (track.kind === 'audio') {
      track.level.add(now, packet.audioLevel, packet.hasVoice);
      this.session.heard(now);
    }
    source.forward(now, packet);
  }

  /** Whether a message of it may go on: within its budget, and on one of not too many channels. */
  takeMessage(now: Instant, { label, protocol, isReliable, isOrdered }: DataChannelClass, bytes: number): boolean {
    this.wakeAt(now);
    const name = `${isReliable} ${isOrdered} ${label.length} ${label}${protocol}`;
    this.dataChannels ??= new Set();
    if (!this.dataChannels.has(name)) {
      if (this.dataChannels.size >= this.session.router.limits.dataChannels) return this.ingress.refuse(now);
      this.dataChannels.add(name);
    }
    this.messages ??= new IngressBudget(this.session.router.limits.publisherBps, MESSAGES_PER_SECOND, MESSAGE_BURST_MS);
    return this.messages.take(now, bytes) || this.ingress.refuse(now);
  }

  private isOverBudget(now: Instant): void {
    let highest = 0;
    for (const { index, rates } of this.sources.all) if (rates.isFlowing(now) && index > highest) highest = index;
    if (this.cap.over(now, highest)) this.capChanged();
    this.wake();
  }

  private capChanged(): void {
    for (const track of this.tracks.values()) {
      track.maxEncoding = this.cap.highest;
      for (const { holder } of track.subscriptions) holder.reconsider();
    }
  }

  /** A plain RTCP datagram of it came. */
  receiveRtcp(now: Instant, bytes: Uint8Array): void {
    if (!this.control.take(now, bytes.length)) return;
    for (const packet of decodeRtcp(bytes).packets) this.receiveRtcpPacket(now, packet);
    this.wake();
  }

  private receiveRtcpPacket(now: Instant, packet: RtcpPacket): void {
    switch (packet.type) {
      case 'sender-report':
        this.sources.get(packet.senderSsrc)?.receiveSenderReport(now, packet);
        this.clockOffset.reported(now + this.session.router.ntpOffsetMs, ntpMsOf(packet.ntpSeconds, packet.ntpFraction));
        for (const block of packet.reports) this.receiveBlock(now, block);
        break;
      case 'receiver-report':
        for (const block of packet.reports) this.receiveBlock(now, block);
        break;
      case 'twcc':
        this.downlink.controller.receiveTwcc(now, packet);
        this.reconsiderEstimate();
        break;
      case 'nack': {
        const slot = this.slotOf(packet.mediaSsrc);
        if (slot) this.downlink.retransmit(now, slot.stream, packet.lostSequences);
        break;
      }
      case 'pli':
        this.keyFrameAsked(now, packet.mediaSsrc);
        break;
      case 'fir':
        for (const { ssrc } of packet.requests) this.keyFrameAsked(now, ssrc);
        break;
      default: // nothing else changes what is forwarded; REMB is not asked for
    }
  }

  private receiveBlock(now: Instant, block: ReportBlock): void {
    const slot = this.slotOf(block.ssrc);
    if (!slot) return;
    slot.stream.mid = undefined; // it knows the SSRC
    const ntp = now + this.session.router.ntpOffsetMs;
    const measured = roundTripMs(block.lastSenderReport, block.delaySinceLastSenderReport, ntp);
    if (measured !== undefined) this.setRoundTrip(measured);
    this.downlink.controller.receiveReport(now, block.fractionLost / 256, measured);
  }

  private setRoundTrip(measuredMs: number): void {
    this.downlink.measured(measuredMs);
    for (const { nack, keyFrames } of this.sources.all) {
      keyFrames.roundTripMs = this.downlink.roundTripMs;
      if (nack) nack.roundTripMs = this.downlink.roundTripMs;
    }
  }

  private keyFrameAsked(now: Instant, ssrc: number): void {
    const slot = this.slotOf(ssrc);
    const subscription = slot?.subscription;
    if (!slot || !subscription) return;
    const elapsedMs = Number.isNaN(subscription.keyFrameCreditAt) ? 0 : now - subscription.keyFrameCreditAt;
    const credit = subscription.keyFrameCredit + (elapsedMs * KEY_FRAME_CREDIT) / KEY_FRAME_CREDIT_MS;
    subscription.keyFrameCredit = Math.min(KEY_FRAME_CREDIT, credit);
    subscription.keyFrameCreditAt = now;
    if (subscription.keyFrameCredit < 1) return;
    subscription.keyFrameCredit -= 1;
    slot.forwarder.needKeyFrame();
  }

  private slotOf(ssrc: number): Slot | undefined {
    return this.slots.find(({ stream }) => stream.ssrc === ssrc);
  }

  // Time.

  /** What it gets is to be decided anew, before the next {@link advance} is over. */
  reconsider(): void {
    this.mustReconsider = this.mustAssign = true;
    this.wake();
  }

  private reconsiderEstimate(): void {
    if (!this.downlink.controller.takeChange()) return;
    this.mustReconsider = true;
  }

  wake(): void {
    if (!this.isTouched && !this.hasLeft) this.session.router.touch(this);
  }

  private wakeAt(now: Instant): void {
    this.lastActiveAt = now;
    this.tickAt = Math.min(this.tickAt, now);
    this.wake();
  }

  get deadline(): Instant {
    if (this.mustReconsider) return Number.NEGATIVE_INFINITY;
    return Math.min(this.uplink.deadline, this.downlink.deadline, this.tickAt, this.senderReportAt);
  }

  advance(now: Instant): void {
    if (this.hasLeft) return;
    const { router } = this.session;
    this.uplink.advance(now, router.builder, (bytes) => router.sendRtcp(this, bytes));
    if (now >= this.tickAt) this.tick(now);
    if (this.mustAssign) this.assign();
    if (this.mustReconsider) this.spend(now);
    if (now >= this.senderReportAt) this.sendReports(now);
    this.downlink.advance(now);
  }

  private tick(now: Instant): void {
    let expected = 0;
    let lost = 0;
    for (const { rates, cache, statistics } of this.sources.all) {
      rates.settle(now);
      cache.advance(now);
      expected += statistics.packetsReceived + statistics.packetsLost;
      lost += Math.max(0, statistics.packetsLost);
    }
    this.losses.settle(now, expected, lost);
    this.meter.settle(now, this.downlink.bytesSent, this.bytesReceived);
    if (this.downlink.lastSentAt > this.lastActiveAt) this.lastActiveAt = this.downlink.lastSentAt;
    const isIdle = now - this.lastActiveAt > IDLE_MS && !this.mustStayAwake;
    this.tickAt = isIdle ? NEVER : now + TICK_MS;
    this.downlink.isAwake = !isIdle;
    if (this.senderReportAt === NEVER && !isIdle && this.slots.length > 0) this.senderReportAt = now;
    if (isIdle) this.senderReportAt = NEVER;
    if (this.cap.advance(now, this.session.router.limits.encodings)) this.capChanged();
    if (this.plan.isTight || now - this.spentAt >= SPEND_MS) this.mustReconsider = true;
    this.tellWanted(now);
    this.tellLimited(now);
  }

  /** Others routers want or offer tracks: what is wanted of them is looked at even while nothing flows. */
  private get mustStayAwake(): boolean {
    if (this.isPiped) return this.tracks.size > 0;
    for (const { pipes } of this.tracks.values()) if (pipes.size > 0) return true;
    return false;
  }

  /** Which of its subscriptions have slots, and that it could use more. */
  private assign(): void {
    this.mustAssign = false;
    const { lastNAudio, lastNVideo } = this.session.router.limits;
    const order = this.session.speakers.order();
    const all = [...this.subscriptions.values()];
    const wanted = { audio: 0, video: 0 };
    for (const kind of ['audio', 'video'] as const) {
      const slots = this.slots.filter((slot) => slot.kind === kind);
      const others = this.slots.filter((slot) => slot.kind !== kind);
      const subscriptions = all.filter(({ track }) => track.kind === kind);
      wanted[kind] = assignSlots(slots, subscriptions, order, kind === 'audio' ? lastNAudio : lastNVideo, others);
    }
    this.tellSlots();
    this.tellSlotsWanted(wanted.audio, wanted.video);
  }

  private spend(now: Instant): void {
    this.mustReconsider = false;
    this.spentAt = now;
    if (!this.downlink.isConnected || this.subscriptions.size === 0) return;
    const { controller } = this.downlink;
    this.plan.spend(
      now,
      controller.targetBps,
      controller.lossShare,
      this.subscriptions.values(),
      this.session.router.maxEncoding,
    );
    const { demandBps, spentBps, isTight } = this.plan;
    const paddingBps = isTight ? Math.max(0, controller.targetBps * LEAST_FLOW - spentBps) : 0;
    controller.demand(now, demandBps, paddingBps);
  }

  private tellSlots(): void {
    const changed = this.slots.filter((slot) => slot.subscription !== slot.told);
    if (changed.length === 0) return;
    for (const slot of changed) slot.told = slot.subscription;
    const slots = changed.map(({ mid, subscription }) => ({
      mid,
      track: subscription?.track.id,
      publisher: subscription?.track.publisher.id,
    }));
    this.session.router.tell({ type: 'slots-changed', session: this.session.id, participant: this.id, slots });
  }

  private tellSlotsWanted(audio: number, video: number): void {
    const wanted = `${audio} ${video}`;
    if (wanted === this.toldWanted) return;
    this.toldWanted = wanted;
    const hasEnough = audio <= this.countSlots('audio') && video <= this.countSlots('video');
    if (hasEnough) return;
    this.session.router.tell({ type: 'slots-wanted', session: this.session.id, participant: this.id, audio, video });
  }

  private countSlots(kind: 'audio' | 'video'): number {
    return this.slots.filter((slot) => slot.kind === kind).length;
  }

  /** Tells which encodings of its tracks anybody wants: more at once, fewer after a while. */
  private tellWanted(now: Instant): void {
    for (const track of this.tracks.values()) {
      const wanted = track.description.encodings.map((_, encoding) => isWanted(track, encoding));
      const told = track.toldWanted;
      if (told && wanted.every((one, i) => one === told[i])) {
        this.unwantedSince.delete(track);
        continue;
      }
      const isMore = wanted.some((one, i) => one && told?.[i] !== true);
      const since = this.unwantedSince.get(track) ?? now;
      this.unwantedSince.set(track, since);
      if (!isMore && now - since < (this.isPiped ? 0 : UNWANTED_MS)) continue; // its own router waits
      this.unwantedSince.delete(track);
      track.toldWanted = wanted;
      const { id } = this;
      this.session.router.tell({ type: 'encodings-wanted', session: this.session.id, participant: id, track: track.id, wanted });
    }
  }

  private tellLimited(now: Instant): void {
    const isLimited = this.ingress.isOver(now) || this.cap.highest !== Number.POSITIVE_INFINITY;
    if (isLimited === this.isToldLimited) return;
    this.isToldLimited = isLimited;
    const code = 'media/publisher-budget';
    this.session.router.tell({ type: 'limited', session: this.session.id, participant: this.id, code, isLimited });
  }

  /**
   * A sender report for each slot that sends (RFC 3550 §6.4.1). Its times are of our clock, the same for all of them, and tell when media
   * was captured, so that slots with audio and video of one publisher can be played in step.
   */
  private sendReports(now: Instant): void {
    this.senderReportAt = now + REPORT_MS;
    const { router } = this.session;
    const ntp = now + router.ntpOffsetMs;
    const { builder } = router;
    const add = (packet: RtcpPacket) => {
      if (builder.add(packet)) return;
      router.sendRtcp(this, builder.take());
      builder.add(packet);
    };
    for (const { stream } of this.slots) {
      if (now - stream.lastSentAt > 5 * REPORT_MS) continue;
      add({
        type: 'sender-report',
        senderSsrc: stream.ssrc,
        ntpSeconds: ntpSecondsOf(ntp),
        ntpFraction: ntpFractionOf(ntp),
        rtpTimestamp: stream.timestampAt(now, ntp),
        packetCount: stream.packets % 2 ** 32,
        octetCount: stream.octets % 2 ** 32,
        reports: [],
      });
      add({ type: 'source-description', chunks: [{ ssrc: stream.ssrc, items: [{ item: SdesItem.cname, text: this.cname }] }] });
    }
    if (!builder.isEmpty) router.sendRtcp(this, builder.take());
  }
}

/** Of the budget, what is left to others: sound may have all of it, pictures less the larger they are. */
function keptFor({ track, index }: SourceStream): number {
  return track.kind === 'audio' ? 0 : 0.1 + 0.2 * index;
}

/** Whether some subscriber can use this encoding, or falls back to it when its path gets worse. */
function isWanted(track: PublishedTrack, encoding: number): boolean {
  if (track.isMuted || encoding > track.maxEncoding) return false;
  for (const pipe of track.pipes) if (pipe.wants(encoding)) return true;
  for (const subscription of track.subscriptions) {
    if (track.kind === 'audio') {
      if (!subscription.isPaused) return true;
    } else if (subscription.usableEncoding >= encoding) return true;
  }
  return false;
}

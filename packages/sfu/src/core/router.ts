import { DeadlineHeap, type Instant, type RandomSource } from '@maru/protocol/core';
import { RtcpBuilder, randomCname } from '@maru/protocol/rtcp';
import type { SealBatch } from '@maru/protocol/srtp';
import { Egress } from './egress.js';
import type { ForwardedMessage, RouterEvent, RouterOutputs } from './events.js';
import { DEFAULT_LIMITS, type RouterLimits } from './limits.js';
import { PacketCache } from './packet-cache.js';
import { Participant, type ParticipantOptions } from './participant.js';
import { Session } from './session.js';
import { SourcePacket } from './source-packet.js';

export interface RouterOptions {
  /** Where opened packets lie; slab 0 of the driver. */
  readonly inbox: Uint8Array;
  /** Memory for packets that may be sent again, and the driver's number for it. */
  readonly cache: Uint8Array;
  readonly cacheSlab: number;
  /** Where packets of other routers lie, and the driver's number for it; left out where there are none. */
  readonly piped?: { readonly bytes: Uint8Array; readonly slab: number };
  /** What leaves is written here. */
  readonly batch: SealBatch;
  /** Sends what is in the batch and empties it; called when it is full. */
  readonly send: () => void;
  readonly random: RandomSource;
  /** NTP time less the instant, in ms: for sender reports (RFC 3550 §6.4.1). */
  readonly ntpOffsetMs: number;
  readonly limits?: Partial<RouterLimits>;
}

const ROUNDS = 4;
/** The driver's number for the inbox. */
const INBOX_SLAB = 0;

interface Message {
  readonly participant: Participant;
  readonly bytes: Uint8Array;
}

/**
 * Forwards media between the participants of sessions, as many as one thread carries. It opens and seals nothing, and knows no sockets:
 * plain packets come in by their place in the inbox, what leaves is described in a batch.
 */
export class Router {
  readonly limits: RouterLimits;
  readonly random: RandomSource;
  readonly egress: Egress;
  readonly builder = new RtcpBuilder();
  readonly cname: string;
  readonly ntpOffsetMs: number;
  readonly sessions = new Map<string, Session>();
  /** Nobody gets more than this encoding, where the machine is short of time: see {@link restrain}. */
  maxEncoding = Infinity;
  private readonly inbox: Uint8Array;
  private readonly piped: RouterOptions['piped'];
  private readonly participants: (Participant | undefined)[] = [];
  private readonly freeHandles: number[] = [];
  private readonly packet = new SourcePacket();
  private readonly heap = new DeadlineHeap<Participant | Session>();
  private touched: (Participant | Session)[] = [];
  private rtcp: Message[] = [];
  private events: RouterEvent[] = [];
  private broken: { readonly participant: Participant; readonly error: unknown }[] = [];
  private readonly withData = new Set<Participant>();
  private isDraining = false;

  constructor(options: RouterOptions) {
    this.limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.inbox = options.inbox;
    this.piped = options.piped;
    this.random = options.random;
    this.ntpOffsetMs = options.ntpOffsetMs;
    this.egress = new Egress(options.batch, new PacketCache(options.cache, options.cacheSlab), options.send);
    this.cname = randomCname(options.random);
  }

  // Sessions and participants.

  openSession(id: string): Session {
    const session = new Session(this, id);
    this.sessions.get(id)?.close();
    this.sessions.set(id, session);
    return session;
  }

  forget(session: Session): void {
    if (this.sessions.get(session.id) === session) this.sessions.delete(session.id);
    this.heap.cancel(session);
  }

  seat(session: Session, options: ParticipantOptions): Participant {
    const handle = this.freeHandles.pop() ?? this.participants.length;
    const participant = new Participant(session, handle, options);
    this.participants[handle] = participant;
    return participant;
  }

  unseat(participant: Participant): void {
    if (this.participants[participant.handle] !== participant) return;
    this.participants[participant.handle] = undefined;
    this.freeHandles.push(participant.handle);
    this.withData.delete(participant);
    this.heap.cancel(participant);
  }

  /** How many participants there are, in all sessions. */
  get seats(): number {
    return this.participants.length - this.freeHandles.length;
  }

  participantOf(handle: number): Participant | undefined {
    return this.participants[handle];
  }

  /** The machine is short of time: nobody gets more than this encoding, until told otherwise (`Infinity`). */
  restrain(maxEncoding: number): void {
    if (maxEncoding === this.maxEncoding) return;
    this.maxEncoding = maxEncoding;
    for (const participant of this.participants) participant?.reconsider();
  }

  // Inputs.

  /** A packet of the participant, opened, lies in the inbox. Its header may be changed. `cameAt`: where it waited until `now`. */
  receive(now: Instant, handle: number, offset: number, length: number, cameAt = now): void {
    const participant = this.participants[handle];
    if (!participant) return;
    participant.receive(now, this.packet, this.inbox, INBOX_SLAB, offset, length, cameAt);
    if (!participant.isTouched) this.touch(participant);
  }

  /** A packet of a participant at another router, as it was opened there, lies in the memory for such. */
  receivePiped(now: Instant, handle: number, offset: number, length: number): void {
    const participant = this.participants[handle];
    if (!participant || !this.piped) return;
    participant.receive(now, this.packet, this.piped.bytes, this.piped.slab, offset, length, now);
    if (!participant.isTouched) this.touch(participant);
  }

  /** A plain RTCP datagram of the participant. */
  receiveRtcp(now: Instant, handle: number, bytes: Uint8Array): void {
    this.participants[handle]?.receiveRtcp(now, bytes);
  }

  /** The transport of the participant holds so many bytes of messages. */
  dataBuffered(handle: number, bytes: number): void {
    const participant = this.participants[handle];
    if (!participant) return;
    participant.data.bufferedBytes = bytes;
    if (participant.data.queuedBytes > 0) this.withData.add(participant);
  }

  // Time.

  /** Something of it is to be looked at before the next {@link advance} is over. */
  touch(one: Participant | Session): void {
    if (one.isTouched) return;
    one.isTouched = true;
    this.touched.push(one);
  }

  get deadline(): Instant {
    return this.touched.length > 0 ? Number.NEGATIVE_INFINITY : this.heap.next;
  }

  /** Lets time pass. Call after each batch of inputs too. */
  advance(now: Instant): void {
    this.settle();
    // What one decides may be for another to act on: a few rounds, and the rest when it is next called.
    for (let round = 0; round < ROUNDS && this.heap.next <= now; round++) {
      for (let due = this.heap.take(now); due; due = this.heap.take(now)) {
        try {
          due.advance(now);
        } catch (error) {
          this.breakDown(due, error);
          continue;
        }
        this.touch(due);
      }
      this.settle();
    }
  }

  /** Who takes part in it is to be ended; until then it is not looked at any more. */
  private breakDown(one: Participant | Session, error: unknown): void {
    if (one instanceof Participant) return this.broke(one, error);
    for (const participant of one.participants.values()) this.broke(participant, error);
  }

  /** An invariant does not hold for the participant: its owner is told, once. */
  broke(participant: Participant, error: unknown): void {
    if (participant.isBroken) return;
    participant.isBroken = true;
    this.broken.push({ participant, error });
  }

  /** What was touched gets its place by its deadline. */
  private settle(): void {
    const { touched } = this;
    for (let i = 0; i < touched.length; i++) {
      const one = touched[i]!;
      one.isTouched = false;
      const isGone = one instanceof Participant ? one.hasLeft : one.isClosed;
      if (isGone) this.heap.cancel(one);
      else this.heap.schedule(one, one.deadline);
    }
    touched.length = 0;
  }

  // Outputs.

  tell(event: RouterEvent): void {
    this.events.push(event);
  }

  /** Queues a copy of the datagram. */
  sendRtcp(participant: Participant, bytes: Uint8Array): void {
    if (participant.downlink.isConnected || participant.isPiped) this.rtcp.push({ participant, bytes: new Uint8Array(bytes) });
  }

  queueData(participant: Participant, message: ForwardedMessage): void {
    if (participant.isPiped) return; // its own router has its messages
    const { data } = participant;
    const wasSlow = data.isSlow;
    data.push(message);
    this.withData.add(participant);
    if (!wasSlow && data.isSlow) this.tellSlow(participant, true);
  }

  private tellSlow({ session, id }: Participant, isLimited: boolean): void {
    this.tell({ type: 'limited', session: session.id, participant: id, code: 'media/data-slow', isLimited });
  }

  /** Hands over what there is to say, what that leads to included. */
  drain(outputs: RouterOutputs): void {
    if (this.isDraining) return;
    this.isDraining = true;
    try {
      while (this.rtcp.length > 0 || this.events.length > 0 || this.withData.size > 0 || this.broken.length > 0) {
        const { rtcp, events, broken } = this;
        this.rtcp = [];
        this.events = [];
        this.broken = [];
        for (const { participant, error } of broken) if (!participant.hasLeft) outputs.broken(participant.handle, error);
        for (const { participant, bytes } of rtcp) if (!participant.hasLeft) outputs.rtcp(participant.handle, bytes);
        for (const event of events) outputs.event(event);
        this.drainData(outputs);
      }
    } finally {
      this.isDraining = false;
    }
  }

  private drainData(outputs: RouterOutputs): void {
    const waiting = [...this.withData];
    this.withData.clear();
    for (const participant of waiting) {
      const { data, handle } = participant;
      const wasSlow = data.isSlow;
      for (let message = data.take(); message && !participant.hasLeft; message = data.take()) outputs.data(handle, message);
      if (wasSlow && !data.isSlow) this.tellSlow(participant, false);
    }
  }
}

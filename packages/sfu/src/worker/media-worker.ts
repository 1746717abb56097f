import { generateCertificateSync, nodeCrypto, systemClock, systemRandom } from '@maru/node';
import { type MediaDriver, type MediaReceiver, openMediaDriver, RECEIVED_INTS } from '@maru/node/media';
import {
  type Clock,
  type CoreContext,
  DeadlineHeap,
  type Instant,
  type Log,
  NEVER,
  type RandomSource,
  SILENT_LOG,
} from '@maru/protocol/core';
import { fingerprintOf, type LocalCertificate } from '@maru/protocol/dtls';
import { ufragOfCheck } from '@maru/protocol/ice';
import { isRtcp } from '@maru/protocol/rtcp';
import { OpenBatch, SealBatch } from '@maru/protocol/srtp';
import { type Bells, SharedBells } from '../between/bells.js';
import { type NeighbourReceiver, Neighbours } from '../between/neighbours.js';
import { RecordKind } from '../between/records.js';
import { SharedPort } from '../between/shared-port.js';
import { type ForwardedMessage, Router, type RouterEvent, type RouterLimits, type RouterOutputs } from '../core/index.js';
import type { ParticipantEvent } from '../media-server/events.js';
import type { MediaOffer } from '../media-server/participant.js';
import { AnswerBook } from '../negotiation/answer-book.js';
import { EventLog } from './event-log.js';
import { LoadMeter } from './load-meter.js';
import { candidateLines, DriverSocket, STREAM_ADDRESS, STREAM_PORT } from './local-ends.js';
import { MediaSession } from './media-session.js';
import { MAX_MEMORY_SHARE, memoryShare } from './memory.js';
import type { Answers, LeaveReason, OfferOutcome, Question, WorkerCommand, WorkerMessage, WorkerSettings } from './messages.js';
import { type OverloadLevel, overloadLevel } from './overload.js';
import { Pipes, type PipesOwner } from './pipes.js';
import { participantReport, participantReports, whyOf } from './reporting.js';
import { StreamEnds, type StreamOutputs } from './stream-ends.js';
import { type ParticipantHost, WorkerParticipant } from './worker-participant.js';

/** Packets that are kept for retransmission, of all tracks of a worker; memory is touched as it is used. */
const CACHE_BYTES = 64 * 1024 * 1024;
const SOCKET_BUFFER_BYTES = 4 * 1024 * 1024;
const REPORT_MS = 1_000;
/** What everybody gets at most, by how short of time the thread is: encodings by their place. */
const MAX_ENCODING: Readonly<Record<OverloadLevel, number>> = { none: Infinity, joins: Infinity, layers: 0, video: -1 };
/** From 1900, where NTP begins, to 1970. */
const NTP_EPOCH_MS = 2_208_988_800_000;
const MIN_RTP_BYTES = 12;
/** The type of a datagram of RTCP that begins with a sender report (RFC 3550 §6.4.1). */
const SENDER_REPORT = 200;

/** What is said of one participant that is there. */
type ParticipantCommand = Extract<WorkerCommand, { participant: number }> & {
  readonly type: Exclude<WorkerCommand['type'], 'join'>;
};

/** The world that a worker lives in; tests give another. */
export interface WorkerEnvironment {
  readonly clock: Clock;
  readonly log: Log;
  readonly random: RandomSource;
  wallNow(): number;
  /** Of what tells how long a turn takes, in ms: how busy this thread is follows from it. Time that is simulated passes without work. */
  stopwatch(): number;
  openDriver(name: 'native' | 'node' | undefined): MediaDriver;
  /** What wakes the workers of one server; `memory` is what they share for it. */
  openBells(memory: SharedArrayBuffer): Bells;
}

export const systemEnvironment: WorkerEnvironment = {
  clock: systemClock,
  log: SILENT_LOG,
  random: systemRandom,
  wallNow: () => performance.timeOrigin + performance.now(),
  stopwatch: () => performance.now(),
  openDriver: (name) => openMediaDriver(name ? { driver: name } : {}),
  openBells: (memory) => new SharedBells(memory),
};

/**
 * What one thread does: sockets, transports and the router of the sessions that are here. A turn of its loop takes a batch of packets in,
 * opens, routes, seals and sends it; what is not media goes to the transports one by one.
 */
export class MediaWorker implements MediaReceiver, ParticipantHost, RouterOutputs, StreamOutputs, NeighbourReceiver, PipesOwner {
  readonly driver: MediaDriver;
  readonly context: CoreContext;
  readonly certificate: LocalCertificate;
  readonly answers: AnswerBook;
  readonly sockets: readonly DriverSocket[];
  readonly limits: WorkerSettings['limits'];
  readonly udpPort: number;
  readonly router: Router;
  private readonly clock: Clock;
  private readonly opened = new OpenBatch();
  /** When the packets of its rows came, as the system says: not when this thread had time for them. */
  private readonly cameAt = new Float64Array(this.opened.capacity);
  private readonly sealed = new SealBatch();
  private readonly streams: StreamEnds;
  private readonly sessions = new Map<string, MediaSession>();
  private readonly participants = new Map<number, WorkerParticipant>();
  private readonly byHandle: (WorkerParticipant | undefined)[] = [];
  private readonly byAddress: (WorkerParticipant | undefined)[] = [];
  private readonly byUfrag = new Map<string, WorkerParticipant>();
  private readonly neighbours: Neighbours | undefined;
  private readonly port: SharedPort | undefined;
  private readonly pipes: Pipes | undefined;
  /** When what is at hand from other workers began to be taken. */
  private takingFrom = 0;
  private readonly deadlines = new DeadlineHeap<WorkerParticipant>();
  private touched: WorkerParticipant[] = [];
  private readonly dropped = new Map<string, number>();
  private readonly load: LoadMeter;
  private overload: OverloadLevel = 'none';
  private reportAt: Instant;
  private cancelTimer: (() => void) | undefined;
  private armedFor: Instant = NEVER;
  private isReceiving = false;
  /** What is told comes from another worker: it goes to no third one. */
  private isTaking = false;
  private hasEnded = false;

  /** Binds its ports: throws where it cannot have them. */
  constructor(
    private readonly settings: WorkerSettings,
    private readonly environment: WorkerEnvironment,
    private readonly post: (message: WorkerMessage) => void,
  ) {
    const { clock, log, random } = environment;
    this.clock = clock;
    this.limits = settings.limits;
    this.context = { random, crypto: nodeCrypto, log };
    this.certificate = generateCertificateSync();
    this.driver = environment.openDriver(settings.driver);
    const sockets: number[] = [];
    const ends = this.bind(sockets);
    this.udpPort = ends[0]?.port ?? 0;
    const candidates = candidateLines(ends, settings.tcpPort);
    const fingerprints = [fingerprintOf(nodeCrypto, this.certificate.chain[0]!)];
    this.answers = new AnswerBook({ fingerprints, candidates, isGatheringComplete: true }, this.limits, random);
    this.sockets = [...ends, { address: STREAM_ADDRESS, port: STREAM_PORT }].map(
      ({ address, port }) => new DriverSocket(this.driver, address, port),
    );
    this.streams = new StreamEnds(this.driver, this);
    const now = clock.now();
    this.load = new LoadMeter(now, settings.cores);
    this.reportAt = now + REPORT_MS;
    const { ground, worker } = settings;
    if (ground) {
      this.neighbours = new Neighbours(ground, worker, environment.openBells(ground.bells), this);
      this.port = new SharedPort(ground.directory, this.driver, { worker, sockets }, this.neighbours.writers);
      this.pipes = new Pipes(this.driver, clock, worker, this.neighbours.writers, this);
    }
    const cache = new Uint8Array(CACHE_BYTES);
    this.router = new Router({
      inbox: this.driver.inbox,
      cache,
      cacheSlab: this.driver.addSlab(cache),
      ...(this.pipes && { piped: this.pipes.room }),
      batch: this.sealed,
      send: () => this.driver.send(this.sealed),
      random,
      ntpOffsetMs: environment.wallNow() - now + NTP_EPOCH_MS,
      limits: routerLimits(settings.limits),
    });
    this.driver.receiver = this;
    this.arm();
  }

  /** Carries out what the facade says, and what follows from it. */
  handle(command: WorkerCommand): void {
    if (this.hasEnded) return;
    const from = this.environment.stopwatch();
    const now = this.clock.now();
    this.carryOut(now, command);
    this.settle(now);
    this.load.worked(from, this.environment.stopwatch());
  }

  // --- from the driver ---

  received(count: number): void {
    const from = this.environment.stopwatch();
    const now = this.clock.now();
    const { received } = this.driver;
    this.isReceiving = true;
    for (let at = 0; at < count * RECEIVED_INTS; at += RECEIVED_INTS) {
      this.sort(now, received[at]!, received[at + 1]!, received[at + 2]!, received[at + 3]!);
    }
    this.forward(now);
    this.settle(now);
    this.isReceiving = false;
    if (!this.isTaking) this.load.worked(from, this.environment.stopwatch()); // it is part of a longer turn
  }

  toStream(address: number, bytes: Uint8Array, offset: number, length: number): void {
    this.streams.send(address, bytes, offset, length);
  }

  // --- from other workers ---

  record(_from: number, words: Int32Array, bytes: Uint8Array, offset: number, length: number): void {
    if (this.hasEnded) return;
    if (!this.isTaking) {
      this.driver.tellInjected(); // what waits has come here by itself
      this.isTaking = true;
      this.takingFrom = this.environment.stopwatch();
    }
    try {
      if (words[offset >> 2] !== RecordKind.packet) this.pipes?.take(words, bytes, offset, length);
      else if (!this.port?.take(words, bytes, offset, length)) this.drop('neighbour/refused');
    } catch (error) {
      this.tellBroken('of another worker', error);
    }
  }

  recordsTaken(): void {
    if (!this.isTaking) return;
    this.driver.tellInjected();
    this.isTaking = false;
    this.settle(this.clock.now());
    this.pipes?.routed();
    this.load.worked(this.takingFrom, this.environment.stopwatch());
  }

  sendRouted(): void {
    this.driver.send(this.sealed);
  }

  // --- from the router ---

  rtcp(handle: number, bytes: Uint8Array): void {
    const participant = this.byHandle[handle];
    if (participant?.keys && participant.address >= 0) participant.keys.sendRtcp(participant.address, bytes);
    else if (!participant) this.pipes?.feedback(handle, bytes);
  }

  data(handle: number, message: ForwardedMessage): void {
    const participant = this.byHandle[handle];
    if (!participant) return;
    const now = this.clock.now();
    try {
      participant.deliver(now, message);
    } catch (error) {
      this.breakOff(now, participant, error);
    }
    this.touch(participant);
  }

  broken(handle: number, error: unknown): void {
    const participant = this.byHandle[handle];
    if (participant) return this.breakOff(this.clock.now(), participant, error);
    const publisher = this.pipes?.publisherOf(handle);
    if (!publisher) return;
    this.tellBroken(publisher.connection, error);
    publisher.link.forget(publisher);
  }

  event(event: RouterEvent): void {
    const session = this.sessions.get(event.session);
    if (!session) return;
    if (event.type === 'speakers-changed') {
      this.post({ type: 'session-event', event: { type: 'speakers-changed', session: session.id, speakers: event.speakers } });
      return;
    }
    const member = session.members.get(event.participant);
    if (member) return member.routerEvent(event);
    const publisher = session.remote(event.participant);
    if (publisher && event.type === 'encodings-wanted') publisher.link.wanted(publisher.number, event.track, event.wanted);
  }

  // --- ParticipantHost ---

  emit(participant: WorkerParticipant, event: ParticipantEvent): void {
    this.post({ type: 'event', participant: participant.number, event });
  }

  claimUfrag(ufrag: string, participant: WorkerParticipant): void {
    this.byUfrag.set(ufrag, participant);
    this.port?.claimUfrag(ufrag);
    this.post({ type: 'ufrag', ufrag, isThere: true });
  }

  releaseUfrag(ufrag: string): void {
    this.byUfrag.delete(ufrag);
    this.port?.releaseUfrag(ufrag);
    this.post({ type: 'ufrag', ufrag, isThere: false });
  }

  claimAddress(address: number, participant: WorkerParticipant): void {
    this.byAddress[address] = participant;
    this.port?.claimAddress(address);
    this.streams.claimed(address);
  }

  releaseAddress(address: number, participant: WorkerParticipant): void {
    if (this.byAddress[address] !== participant) return; // another session has begun from there
    this.byAddress[address] = undefined;
    this.port?.releaseAddress(address);
    this.streams.released(address);
  }

  dataBuffered(handle: number, bytes: number): void {
    this.router.dataBuffered(handle, bytes);
  }

  routed(handle: number, participant: WorkerParticipant | undefined): void {
    this.byHandle[handle] = participant;
  }

  // --- StreamOutputs ---

  writeStream(stream: number, bytes: Uint8Array): void {
    this.post({ type: 'stream-write', stream, bytes });
  }

  closeStream(stream: number): void {
    this.post({ type: 'stream-close', stream });
  }

  // --- the turn ---

  /** One datagram, by its first byte (RFC 7983 §7). Nothing is done for an address that nobody proved to be at, but to look at its checks. */
  private sort(now: Instant, offset: number, length: number, address: number, waitedUs: number): void {
    const { inbox } = this.driver;
    const first = inbox[offset]!;
    const owner = this.byAddress[address];
    if (first >= 128 && first <= 191) {
      if (owner?.core && owner.keys && length >= MIN_RTP_BYTES) this.takeMedia(now, owner, owner.keys, offset, length, waitedUs);
      else if (owner) this.drop('media/no-keys');
      else if (!this.isAnothers(offset, length, address)) this.drop('media/unknown-address');
      return;
    }
    const isStun = first <= 3;
    if (!isStun && (first < 20 || first > 63)) return this.drop('packet/unknown');
    const bytes = inbox.subarray(offset, offset + length);
    const ufrag = isStun ? ufragOfCheck(bytes) : undefined;
    const checked = ufrag === undefined ? undefined : this.byUfrag.get(ufrag);
    if (ufrag !== undefined && !checked && this.isCheckOfAnother(now, ufrag, offset, length, address)) return;
    const participant = checked ?? owner;
    if (!participant) {
      if (this.isAnothers(offset, length, address)) return;
      return this.drop(isStun ? 'stun/nobody' : 'dtls/unknown-address');
    }
    try {
      participant.receive(now, bytes, this.driver.addresses.pathOf(address));
    } catch (error) {
      this.breakOff(now, participant, error);
    }
    this.touch(participant);
  }

  /** Whether it came here though its sender is known to another worker, who has it now. */
  private isAnothers(offset: number, length: number, address: number): boolean {
    return !this.isTaking && this.port?.handPacket(offset, length, address) === true;
  }

  private isCheckOfAnother(now: Instant, ufrag: string, offset: number, length: number, address: number): boolean {
    return !this.isTaking && this.port?.handCheck(now, ufrag, offset, length, address) === true;
  }

  private takeMedia(
    now: Instant,
    owner: WorkerParticipant,
    keys: NonNullable<WorkerParticipant['keys']>,
    offset: number,
    length: number,
    waitedUs: number,
  ): void {
    const { inbox } = this.driver;
    const { handle } = owner.core!;
    if (isRtcp(inbox, offset)) {
      const plain = keys.openRtcp(inbox, offset, length);
      if (plain <= 0) return;
      try {
        const bytes = inbox.subarray(offset, offset + plain);
        this.router.receiveRtcp(now, handle, bytes);
        if (inbox[offset + 1] === SENDER_REPORT && owner.session.hasLinks) owner.session.relayReports(owner.number, bytes);
      } catch (error) {
        this.breakOff(now, owner, error);
      }
      return;
    }
    if (this.opened.isFull) this.forward(now);
    this.cameAt[this.opened.count] = now - waitedUs / 1_000;
    keys.receiver.prepareRtp(inbox, offset, length, this.opened, keys.openKey, handle);
  }

  /** Opens what has gathered, and routes what was authentic. */
  private forward(now: Instant): void {
    const { opened, router } = this;
    if (opened.count === 0) return;
    const { inbox } = this.driver;
    this.driver.open(opened);
    for (let row = 0; row < opened.count; row++) {
      const handle = opened.owner(row);
      const keys = this.byHandle[handle]?.keys;
      const length = keys ? keys.receiver.commitRtp(inbox, opened, row) : -1;
      if (length <= 0) continue;
      try {
        router.receive(now, handle, opened.offset(row), length, this.cameAt[row]);
      } catch (error) {
        const participant = this.byHandle[handle];
        if (participant) this.breakOff(now, participant, error);
      }
    }
    opened.clear();
  }

  /** An invariant of ours does not hold for this participant: its transport ends, and the others do not notice. */
  private breakOff(now: Instant, participant: WorkerParticipant, error: unknown): void {
    this.tellBroken(participant.connection, error);
    participant.breakOff(now);
    this.touch(participant);
  }

  private tellBroken(connection: string, error: unknown): void {
    this.drop('media/broken');
    const stack = error instanceof Error ? error.stack : String(error);
    this.context.log.warn('media/participant-broken', { connection, error: stack });
  }

  private touch(participant: WorkerParticipant): void {
    if (participant.isTouched) return;
    participant.isTouched = true;
    this.touched.push(participant);
  }

  /** Ends every input: hands out everything that layers and router have, sends it, and makes the one timer match. */
  private settle(now: Instant): void {
    this.router.advance(now);
    do {
      const touched = this.touched;
      this.touched = [];
      for (const participant of touched) {
        participant.isTouched = false;
        try {
          participant.settle(now);
        } catch (error) {
          this.breakOff(now, participant, error);
        }
        if (participant.deadline < participant.dueAt) this.deadlines.schedule(participant, participant.deadline);
      }
      this.router.drain(this);
    } while (this.touched.length > 0);
    this.driver.send(this.sealed);
    if (!this.isReceiving) this.driver.flush();
    this.streams.flush();
    this.pipes?.flush(now);
    this.neighbours?.flush();
    this.arm();
  }

  private arm(): void {
    const at = Math.min(this.deadlines.next, this.router.deadline, this.streams.deadline, this.reportAt);
    if (at >= this.armedFor) return;
    this.cancelTimer?.();
    this.armedFor = at;
    this.cancelTimer = this.clock.schedule(at, this.onTimer);
  }

  private readonly onTimer = (): void => {
    if (this.hasEnded) return;
    const from = this.environment.stopwatch();
    const now = this.clock.now();
    this.load.woke(this.armedFor, now);
    this.armedFor = NEVER;
    this.cancelTimer = undefined;
    for (let due = this.deadlines.take(now); due; due = this.deadlines.take(now)) {
      try {
        due.advance(now);
      } catch (error) {
        this.breakOff(now, due, error);
      }
      this.touch(due);
    }
    this.streams.advance(now);
    if (now >= this.reportAt) this.report(now);
    this.settle(now);
    this.load.worked(from, this.environment.stopwatch());
  };

  // --- commands ---

  private carryOut(now: Instant, command: WorkerCommand): void {
    switch (command.type) {
      case 'join':
        return this.join(command);
      case 'stream-opened':
        return this.streams.opened(now, command.stream, command.remoteAddress, command.remotePort);
      case 'stream-data':
        return this.streams.received(command.stream, command.bytes);
      case 'stream-closed':
        return this.streamClosed(now, command.stream);
      case 'span':
        return this.pipes?.span(command.session, this.sessions.get(command.session), command.seats);
      case 'close':
        return this.end(now);
    }
    const participant = this.participants.get(command.participant);
    if (!participant) return this.answerForNobody(command);
    this.touch(participant);
    try {
      this.order(now, participant, command);
    } catch (error) {
      this.breakOff(now, participant, error);
      this.answerForNobody(command);
    }
  }

  private order(now: Instant, participant: WorkerParticipant, command: ParticipantCommand): void {
    switch (command.type) {
      case 'offer':
        return this.post({ type: 'answered', request: command.request, outcome: this.offer(now, participant, command.offer) });
      case 'candidate':
        return this.drop('ice/remote-candidate');
      case 'reset':
        return participant.reset(now);
      case 'publish':
        return participant.publish(now, command.stream);
      case 'unpublish':
        return participant.unpublish(now, command.stream);
      case 'subscribe':
        return participant.subscribe(now, command.stream, command.wanted);
      case 'view':
        return participant.view(command.tiles);
      case 'permit':
        return participant.permit(now, command.permissions);
      case 'ask':
        return this.post({ type: 'told', request: command.request, answer: this.answer(now, participant, command.question) });
      case 'leave':
        return this.leave(now, participant, command.reason);
    }
  }

  private offer(now: Instant, participant: WorkerParticipant, offer: MediaOffer): OfferOutcome {
    try {
      return participant.offer(now, offer);
    } catch (error) {
      this.breakOff(now, participant, error);
      return { code: 'media/invalid-offer', detail: 'it could not be answered' };
    }
  }

  private join(command: Extract<WorkerCommand, { type: 'join' }>): void {
    let session = this.sessions.get(command.session);
    if (!session) {
      session = new MediaSession(command.session, this.router.openSession(command.session), this.context.log);
      this.sessions.set(session.id, session);
      this.pipes?.begin(session);
    }
    const log = new EventLog(command.correlation, this.environment.wallNow);
    const participant = new WorkerParticipant(this, session, command.participant, command.connection, command.permissions, log);
    session.joined(participant);
    this.participants.set(command.participant, participant);
    log.add('joined', { worker: this.settings.worker });
  }

  private leave(now: Instant, participant: WorkerParticipant, reason: LeaveReason): void {
    const { session } = participant;
    participant.close(now, reason);
    this.participants.delete(participant.number);
    this.deadlines.cancel(participant);
    session.left(participant);
    if (session.members.size > 0) return;
    this.pipes?.end(session);
    session.core.close();
    this.sessions.delete(session.id);
  }

  /** A command crossed the end of its participant. */
  private answerForNobody(command: ParticipantCommand): void {
    if (command.type === 'offer') {
      const outcome = { code: 'media/closed', detail: 'the connection takes part no more' } as const;
      this.post({ type: 'answered', request: command.request, outcome });
    }
    if (command.type === 'ask') this.post({ type: 'told', request: command.request, answer: [] });
  }

  private streamClosed(now: Instant, stream: number): void {
    const address = this.streams.closed(stream);
    const participant = address < 0 ? undefined : this.byAddress[address];
    if (!participant) return;
    participant.pathLost(now, address);
    this.touch(participant);
  }

  private answer(now: Instant, participant: WorkerParticipant, question: Question): Answers[Question['of']] {
    switch (question.of) {
      case 'stats':
        return participantReport(participant, this.settings.worker);
      case 'log':
        return participant.log.list();
      case 'why':
        return whyOf(participant, question.stream, now, this.environment.wallNow());
    }
  }

  private end(now: Instant): void {
    for (const participant of [...this.participants.values()]) this.leave(now, participant, 'server-closed');
    this.settle(now);
    this.hasEnded = true;
    this.cancelTimer?.();
    this.neighbours?.end();
    this.driver.end();
  }

  // --- reports ---

  private report(now: Instant): void {
    this.reportAt = now + REPORT_MS;
    this.load.turn(now);
    this.overload = overloadLevel(this.load.averageShare, this.overload);
    this.router.restrain(MAX_ENCODING[this.overload]);
    const { counters } = this.driver;
    this.post({
      type: 'report',
      worker: {
        worker: this.settings.worker,
        driver: this.driver.name === 'native' ? 'native' : 'pure',
        sessions: this.sessions.size,
        participants: this.participants.size,
        tracks: [...this.sessions.values()].reduce((sum, { trackCount }) => sum + trackCount, 0),
        cpu: this.load.lastShare,
        averageCpu: this.load.averageShare,
        eventLoopDelayMs: this.load.lastLatenessMs,
        receivedPackets: counters.packetsReceived,
        sentPackets: counters.packetsSent,
        sentBytes: counters.bytesSent,
        lostPackets: counters.packetsLost,
        sends: counters.sends,
        handedOverPackets: this.port?.handedOver ?? 0,
        pipedPackets: this.pipes?.sent ?? 0,
        pipeDrops: (this.pipes?.dropped ?? 0) + (this.neighbours?.dropped ?? 0),
        overload: this.overload === 'none' && memoryShare() >= MAX_MEMORY_SHARE ? 'joins' : this.overload,
        dropped: Object.fromEntries(this.dropped),
      },
      sessions: [...this.sessions.values()].map(({ id, members }) => ({
        session: id,
        worker: this.settings.worker,
        workers: [this.settings.worker],
        participants: participantReports(members.values(), this.settings.worker, (one, error) => this.breakOff(now, one, error)),
      })),
    });
  }

  drop(reason: string): void {
    this.dropped.set(reason, (this.dropped.get(reason) ?? 0) + 1);
  }

  /** Adds the driver's integers to `sockets`. */
  private bind(sockets: number[]): { address: string; port: number; advertised: readonly string[] }[] {
    const { driver } = this;
    const { ends, sharing } = this.settings;
    let port = 0;
    return ends.map(({ address, port: wanted, advertised }) => {
      // Any free port is any for the first address, and the same one for the others.
      port = wanted === 0 ? port : wanted;
      if (sharing === 'first') {
        // A port that may be shared can be had while another program has it: this one must be nobody's.
        const only = driver.bind(address, port);
        port = driver.port(only);
        driver.close(only);
      }
      const socket = driver.bind(address, port, {
        bufferBytes: SOCKET_BUFFER_BYTES,
        sharesPort: sharing !== 'alone',
        stampsArrival: true,
      });
      port = driver.port(socket);
      sockets.push(socket);
      return { address, port, advertised };
    });
  }
}

function routerLimits(limits: WorkerSettings['limits']): Partial<RouterLimits> {
  const { publisherBps, publisherPacketsPerSecond, participantsPerSession, slots } = limits;
  return { publisherBps, publisherPacketsPerSecond, participants: participantsPerSession, slots: 2 * slots };
}

import { createServer, type Server, type Socket } from 'node:net';
import { availableParallelism } from 'node:os';
import { hostAddresses, systemRandom } from '@maru/node';
import { type Log, SILENT_LOG } from '@maru/protocol/core';
import { Directory } from '../between/directory.js';
import { type SharedGround, sharedGround } from '../between/neighbours.js';
import { allowedCores } from '../worker/allowed-cores.js';
import type { LocalEnd } from '../worker/local-ends.js';
import { MAX_MEMORY_SHARE, memoryShare } from '../worker/memory.js';
import type { Answers, LeaveReason, OfferOutcome, Question, WorkerMessage, WorkerSettings } from '../worker/messages.js';
import type { ParticipantClosed, SessionMediaEvent } from './events.js';
import { localWorkers } from './local-worker.js';
import { mediaMetrics } from './metrics.js';
import { DEFAULT_MEDIA_LIMITS, type MediaAddress, type MediaLimits, type MediaServerOptions } from './options.js';
import type { JoinRequest, MediaOffer, MediaParticipant } from './participant.js';
import { type HandleOwner, ParticipantHandle } from './participant-handle.js';
import { placeOf } from './placement.js';
import { MediaRefusal } from './refusal.js';
import { type MediaReport, wholeSessions } from './reports.js';
import { StreamDoor } from './stream-door.js';
import { threadWorkers } from './thread-worker.js';
import type { OpenWorker } from './worker-link.js';
import { WorkerPlace } from './worker-place.js';

const MAX_WORKERS = 8;
/** Offers and questions of one participant that are not answered yet. */
const MAX_REQUESTS = 16;

interface Waiting {
  readonly participant: ParticipantHandle;
  answer(answer: never): void;
  /** No answer will come. */
  giveUp(): void;
}

/** A worker's part in a session: named by a number of its own, for as long as somebody of the session is there. */
interface SessionPart {
  readonly seat: number;
  members: number;
}

interface SessionEntry {
  /** The first one speaks for the session. */
  readonly parts: Map<WorkerPlace, SessionPart>;
  readonly members: Map<string, ParticipantHandle>;
}

/**
 * Media through the server: sessions on workers, participants in sessions. What a client says comes in by calls, what it is to be told
 * goes out by events; packets never pass through here, but those of TCP connections.
 */
export class MediaServer implements HandleOwner {
  /** Set it at once after {@link start}. */
  onSessionEvent: (event: SessionMediaEvent) => void = () => {};
  private readonly workers: WorkerPlace[] = [];
  private readonly sessions = new Map<string, SessionEntry>();
  private readonly participants = new Map<number, ParticipantHandle>();
  private readonly waiting = new Map<number, Waiting>();
  private readonly requestsOf = new Map<ParticipantHandle, number>();
  private readonly workerByUfrag = new Map<string, WorkerPlace>();
  private ground: SharedGround | undefined;
  private readonly door: StreamDoor;
  private listener: Server | undefined;
  private nextNumber = 1;
  private isDraining = false;
  private isClosed = false;
  private onEmpty: (() => void) | undefined;
  private refusedJoins = 0;

  private constructor(
    private readonly limits: MediaLimits,
    private readonly log: Log,
  ) {
    this.door = new StreamDoor(
      {
        workerOf: (ufrag) => this.workerByUfrag.get(ufrag)?.index,
        opened: (worker, stream, remoteAddress, remotePort) =>
          this.workers[worker]?.post({ type: 'stream-opened', stream, remoteAddress, remotePort }),
        received: (worker, stream, bytes) => this.workers[worker]?.post({ type: 'stream-data', stream, bytes }),
        closed: (worker, stream) => this.workers[worker]?.post({ type: 'stream-closed', stream }),
      },
      limits.unclaimedStreams,
    );
  }

  /** Opens its ports and starts its workers. Rejects with the reason when it cannot. `openWorker` puts workers into another world, for tests. */
  static async start(options: MediaServerOptions = {}, openWorker?: OpenWorker): Promise<MediaServer> {
    const server = new MediaServer({ ...DEFAULT_MEDIA_LIMITS, ...options.limits }, options.log ?? SILENT_LOG);
    try {
      await server.open(options, openWorker);
      return server;
    } catch (error) {
      await server.close();
      throw error;
    }
  }

  /** As they were bound. Where workers cannot share a UDP port, each has one of its own, and this is the first: {@link udpPorts}. */
  get ports(): { readonly udp: number; readonly tcp: number | undefined } {
    const address = this.listener?.address();
    return { udp: this.workers[0]?.udpPort ?? 0, tcp: typeof address === 'object' && address ? address.port : undefined };
  }

  /** One, unless the system lets workers share none: then one of each. */
  get udpPorts(): readonly number[] {
    return [...new Set(this.workers.map(({ udpPort }) => udpPort))];
  }

  /** Takes a connection in, at the worker of its session while that has room, and at another then. */
  join(request: JoinRequest): MediaParticipant | MediaRefusal {
    let session = this.sessions.get(request.session);
    const worker = this.refusalFor(request) ?? this.placeFor(session);
    if (worker instanceof MediaRefusal) {
      this.refusedJoins += 1;
      return worker;
    }
    if (!session) {
      session = { parts: new Map(), members: new Map() };
      this.sessions.set(request.session, session);
    }
    const part = session.parts.get(worker) ?? { seat: this.nextNumber++, members: 0 };
    part.members += 1;
    const handle = new ParticipantHandle(this, this.nextNumber++, worker.index, request);
    session.members.set(request.connection, handle);
    this.participants.set(handle.number, handle);
    worker.participants += 1;
    const { connection, correlation = connection, permissions } = request;
    worker.post({
      type: 'join',
      participant: handle.number,
      session: request.session,
      connection,
      correlation,
      permissions,
    });
    if (part.members === 1) {
      session.parts.set(worker, part);
      this.tellParts(request.session, session);
    }
    return handle;
  }

  closeSession(session: string): void {
    for (const handle of this.sessions.get(session)?.members.values() ?? []) this.leave(handle, 'session-closed');
  }

  /** A connection of a port that others share, with what was read of it already: {@link isIceTcp} said yes. */
  acceptStream(socket: Socket, head?: Uint8Array): void {
    this.door.accept(socket, head);
  }

  /** How everything is: as the workers said a second ago at most. */
  report(): MediaReport {
    return {
      isDraining: this.isDraining,
      workers: this.workers.flatMap(({ report }) => report ?? []),
      sessions: wholeSessions(this.workers.flatMap(({ sessions }) => sessions)),
    };
  }

  /** The same for Prometheus. */
  metrics(): string {
    const { refusedJoins, door } = this;
    return mediaMetrics(this.report(), {
      refusedJoins,
      streams: door.size,
      refusedStreams: door.refused,
      memoryShare: memoryShare(),
    });
  }

  /** Takes nobody in any more; resolves when nobody is left, or after `patienceMs`. */
  async drain(patienceMs: number): Promise<void> {
    this.isDraining = true;
    if (this.participants.size === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, patienceMs);
      this.onEmpty = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Ends everybody and everything. Idempotent. */
  async close(): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    const { listener } = this;
    const gone = listener ? new Promise<void>((resolve) => listener.close(() => resolve())) : undefined;
    await Promise.all(this.workers.map((worker) => worker.close()));
    for (const handle of [...this.participants.values()]) this.gone(handle, 'server-closed');
    this.door.end();
    await gone;
  }

  // --- HandleOwner ---

  tell(participant: ParticipantHandle, order: Parameters<HandleOwner['tell']>[1]): void {
    this.workers[participant.worker]?.post({ ...order, participant: participant.number });
  }

  offer(participant: ParticipantHandle, offer: MediaOffer): Promise<OfferOutcome> {
    return this.request(
      participant,
      { code: 'media/too-many-offers', detail: 'the last ones are not answered yet' },
      (request) => ({
        type: 'offer',
        request,
        offer,
      }),
    );
  }

  async ask<Of extends Question['of']>(
    participant: ParticipantHandle,
    question: Extract<Question, { of: Of }>,
  ): Promise<Answers[Of]> {
    const answer = await this.request<Answers[Of] | undefined>(participant, undefined, (request) => ({
      type: 'ask',
      request,
      question,
    }));
    if (answer === undefined) throw new Error(`the connection takes part no more, or was asked too much: ${question.of}`);
    return answer;
  }

  // --- within ---

  private async open(options: MediaServerOptions, other: OpenWorker | undefined): Promise<void> {
    const cores = allowedCores();
    const { udpPort = 0, tcpPort, workers = other ? 0 : defaultWorkers(cores) } = options;
    if (tcpPort !== undefined) await this.listen(tcpPort);
    const addresses = options.addresses ?? defaultAddresses();
    const count = Math.min(MAX_WORKERS, Math.max(1, workers));
    const openWorker = other ?? (workers === 0 ? localWorkers() : threadWorkers);
    const hooks = {
      message: (worker: WorkerPlace, message: WorkerMessage) => this.onMessage(worker, message),
      lost: (worker: WorkerPlace) => this.onLost(worker),
    };
    if (count > 1) this.ground = sharedGround(count, [systemRandom.uint32(), systemRandom.uint32()]);
    for (let index = 0; index < count; index++) {
      let sharing: WorkerSettings['sharing'] = count === 1 ? 'alone' : index === 0 ? 'first' : 'joining';
      /** Whoever comes in the place of another has its port. */
      const launch = (portOfBefore: number): ReturnType<OpenWorker> => {
        const wanted = sharing === 'joining' ? this.ports.udp : udpPort && udpPort + index;
        return openWorker({
          worker: index,
          driver: options.driver === 'pure' ? 'node' : options.driver,
          ends: addresses.flatMap((address) => endOf(address, portOfBefore || wanted)),
          tcpPort: options.advertisedTcpPort ?? this.ports.tcp,
          limits: this.limits,
          ground: this.ground,
          sharing: sharing === 'first' && portOfBefore !== 0 ? 'joining' : sharing,
          cores: Math.min(1, cores / count),
        });
      };
      const worker = new WorkerPlace(index, launch, hooks, this.log);
      this.workers.push(worker);
      try {
        await worker.open();
      } catch (error) {
        if (sharing !== 'joining') throw error;
        this.log.warn('media/port-not-shared', { worker: index, error: String(error) });
        sharing = 'alone';
        await worker.open();
      }
    }
  }

  private listen(port: number): Promise<void> {
    const listener = createServer((socket) => this.door.accept(socket));
    listener.maxConnections = this.limits.participantsPerWorker * MAX_WORKERS;
    this.listener = listener;
    return new Promise((resolve, reject) => {
      listener.once('error', reject);
      listener.listen({ port, backlog: 512 }, () => {
        listener.off('error', reject);
        listener.on('error', () => {}); // out of descriptors: the next one may be accepted
        resolve();
      });
    });
  }

  private refusalFor({ session, connection }: JoinRequest): MediaRefusal | undefined {
    if (this.isClosed || this.isDraining) return new MediaRefusal('media/draining', 'this server is about to stop');
    const known = this.sessions.get(session);
    if (known?.members.has(connection)) return new MediaRefusal('media/already-joined', `"${connection}" takes part already`);
    const { participantsPerSession } = this.limits;
    if (known && known.members.size >= participantsPerSession)
      return new MediaRefusal('media/session-full', `${participantsPerSession} take part`);
    if (memoryShare() >= MAX_MEMORY_SHARE)
      return new MediaRefusal('media/worker-overloaded', 'those who are there need the memory that is left');
    return undefined;
  }

  private placeFor(session: SessionEntry | undefined): WorkerPlace | MediaRefusal {
    const { participantsPerWorker } = this.limits;
    const place = placeOf(this.workers, [...(session?.parts.keys() ?? [])], participantsPerWorker);
    switch (place) {
      case 'nobody':
        return new MediaRefusal('media/worker-full', 'no worker is there');
      case 'full':
        return new MediaRefusal('media/worker-full', `a worker has ${participantsPerWorker} participants`);
      case 'overloaded':
        return new MediaRefusal('media/worker-overloaded', 'those who are there need all that it can do');
      default:
        return place;
    }
  }

  /** The parts of a session hear of one another, and one that is none any more of that. */
  private tellParts(name: string, { parts }: SessionEntry, ended?: WorkerPlace): void {
    const seats = [...parts].map(([{ index }, { seat }]) => ({ worker: index, seat }));
    for (const worker of parts.keys()) worker.post({ type: 'span', session: name, seats });
    ended?.post({ type: 'span', session: name, seats });
  }

  /** Asks a participant's worker; `tooMany` where it has too many questions open, or none of it is there any more. */
  private request<Answer>(
    participant: ParticipantHandle,
    tooMany: Answer,
    order: (request: number) => Parameters<HandleOwner['tell']>[1],
  ): Promise<Answer> {
    const open = this.requestsOf.get(participant) ?? 0;
    if (participant.isClosed || open >= MAX_REQUESTS) return Promise.resolve(tooMany);
    this.requestsOf.set(participant, open + 1);
    const request = this.nextNumber++;
    return new Promise<Answer>((resolve) => {
      const settle = (answer: Answer): void => {
        this.waiting.delete(request);
        const left = (this.requestsOf.get(participant) ?? 1) - 1;
        if (left > 0) this.requestsOf.set(participant, left);
        else this.requestsOf.delete(participant);
        resolve(answer);
      };
      this.waiting.set(request, { participant, answer: settle, giveUp: () => settle(tooMany) });
      this.tell(participant, order(request));
    });
  }

  private leave(handle: ParticipantHandle, reason: LeaveReason): void {
    if (!handle.isClosed) this.tell(handle, { type: 'leave', reason });
  }

  private onMessage(worker: WorkerPlace, message: WorkerMessage): void {
    switch (message.type) {
      case 'event': {
        const handle = this.participants.get(message.participant);
        if (!handle) return;
        if (message.event.type === 'closed') this.gone(handle, message.event.reason);
        else handle.deliver(message.event);
        return;
      }
      case 'session-event': {
        const [first] = this.sessions.get(message.event.session)?.parts.keys() ?? [];
        if (first === worker) this.onSessionEvent(message.event); // the others know the same
        return;
      }
      case 'answered':
        return this.waiting.get(message.request)?.answer(message.outcome as never);
      case 'told':
        return this.waiting.get(message.request)?.answer(message.answer as never);
      case 'ufrag':
        if (message.isThere) this.workerByUfrag.set(message.ufrag, worker);
        else this.workerByUfrag.delete(message.ufrag);
        return;
      case 'stream-write':
        return this.door.write(message.stream, message.bytes);
      case 'stream-close':
        return this.door.close(message.stream);
      case 'report':
      case 'ready':
      case 'broken':
        return;
    }
  }

  /** A participant is no more. */
  private gone(handle: ParticipantHandle, reason: ParticipantClosed): void {
    this.participants.delete(handle.number);
    const worker = this.workers[handle.worker];
    if (worker) worker.participants -= 1;
    const session = this.sessions.get(handle.session);
    if (session?.members.get(handle.connection) === handle) session.members.delete(handle.connection);
    const part = worker && session?.parts.get(worker);
    if (part) part.members -= 1;
    if (part?.members === 0) {
      session!.parts.delete(worker!);
      this.tellParts(handle.session, session!, worker);
    }
    if (session?.members.size === 0) this.sessions.delete(handle.session);
    handle.deliver({ type: 'closed', reason });
    if (this.participants.size === 0) this.onEmpty?.();
  }

  /** A thread died: who was on it has to join again. What was asked of it will not be answered. */
  private onLost(worker: WorkerPlace): void {
    for (const handle of [...this.participants.values()]) if (handle.worker === worker.index) this.gone(handle, 'worker-lost');
    for (const waiting of [...this.waiting.values()]) if (waiting.participant.worker === worker.index) waiting.giveUp();
    for (const [ufrag, owner] of this.workerByUfrag) if (owner === worker) this.workerByUfrag.delete(ufrag);
    if (this.ground) new Directory(this.ground.directory).forget(worker.index);
  }
}

function defaultWorkers(cores: number): number {
  return Math.max(1, Math.min(availableParallelism(), Math.floor(cores)) - 1);
}

/** Every address of this machine; loopback where there is nothing else. */
function defaultAddresses(): MediaAddress[] {
  const all = hostAddresses().filter(({ address }) => !/^fe[89ab]/i.test(address));
  const outward = all.filter(({ isLoopback }) => !isLoopback);
  return (outward.length > 0 ? outward : all).map(({ address }) => ({ bind: address }));
}

function endOf({ bind, advertised }: MediaAddress, port: number): LocalEnd {
  const isAny = bind === '0.0.0.0' || bind === '::';
  const family = bind.includes(':') ? 'ipv6' : 'ipv4';
  const standsFor = isAny
    ? hostAddresses()
        .filter((host) => host.family === family && !host.isLoopback)
        .map(({ address }) => address)
    : [bind];
  return { address: bind, port, advertised: advertised ?? standsFor };
}

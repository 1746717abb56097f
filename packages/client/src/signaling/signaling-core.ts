import { type Instant, type RandomSource, TimerTable } from '@maru/protocol/core';
import {
  type ClientFrame,
  type ClientMessage,
  type ClientOpening,
  type Closed,
  Closed as ClosedSchema,
  PROTOCOL_LIMITS,
  PROTOCOL_VERSION,
  type Presence,
  type Refused,
  type Resumed,
  type ServerMessage,
  validate,
  validateEnvelope,
  validateServerMessage,
  validateServerOpening,
  type Welcome,
} from '@maru/signaling';
import type { TransportName } from '../call.js';
import { backoffMs } from './backoff.js';
import { Numbering } from './numbering.js';
import { Pace } from './pace.js';

/** An opening that is not answered by then has failed: a captive portal answers nothing at all. */
const OPENING_TIMEOUT_MS = 6_000;
/** A join that no transport brings through by then is given up; resuming is never given up while the seat may exist. */
const JOIN_PATIENCE_MS = 20_000;
/** A transport that lives shorter than this, twice in a row, is passed over for the next one. */
const SHORT_LIFE_MS = 5_000;
/** How long an acknowledgement waits for a message to ride on. */
const ACK_DELAY_MS = 400;
/** So many unacknowledged messages are acknowledged at once. */
const ACK_EVERY = 32;
/** Silence of so many heartbeats means a dead path (the schema of `welcome`). */
const SILENT_HEARTBEATS = 2.5;

/** What the core waits for. */
const Timer = {
  /** The opening is unanswered. */
  opening: 0,
  /** The next attempt may start. */
  retry: 1,
  /** An acknowledgement is owed. */
  ack: 2,
  /** We have been silent for a heartbeat. */
  heartbeat: 3,
  /** The server has been silent for too long. */
  silence: 4,
  /** The pace lets the next message go. */
  pace: 5,
  /** The join is given up. */
  patience: 6,
} as const;

/** Where signaling stands, with only what is true there. */
type State =
  | { readonly name: 'idle' }
  | { readonly name: 'opening'; readonly carrier: number; readonly transport: TransportName }
  | { readonly name: 'open'; readonly carrier: number; readonly transport: TransportName; readonly since: Instant }
  | { readonly name: 'waiting' }
  | { readonly name: 'closed' };

/** Why signaling is over for good. */
export type SignalingEnd =
  | { readonly type: 'refused'; readonly code: string; readonly detail: string }
  | { readonly type: 'lost'; readonly code: string; readonly detail: string };

/** What the core tells its owner. */
export type SignalingEvent =
  | { readonly type: 'welcomed'; readonly welcome: Welcome; readonly transport: TransportName }
  | { readonly type: 'resumed'; readonly resumed: Resumed; readonly transport: TransportName }
  | { readonly type: 'interrupted'; readonly why: string; readonly transport: TransportName }
  | { readonly type: 'retrying'; readonly attempt: number; readonly transport: TransportName; readonly retryInMs: number }
  | { readonly type: 'message'; readonly message: ServerMessage }
  /** A message of a newer server, or a broken one: counted as received, and passed over. */
  | { readonly type: 'unknown-message'; readonly detail: string }
  | { readonly type: 'ended'; readonly end: SignalingEnd };

/** Where the core's outputs go. */
export interface SignalingOutputs {
  /** Open a transport; whatever it tells comes back with this `carrier` number. */
  open(carrier: number, transport: TransportName, opening: ClientOpening): void;
  send(carrier: number, frames: readonly ClientFrame[]): void;
  close(carrier: number, lastWords?: readonly ClientFrame[]): void;
  event(event: SignalingEvent): void;
}

export interface SignalingSettings {
  readonly transports: readonly TransportName[];
  readonly token: string;
  /** Random, made once for this join: repeating it repeats the same join on any transport. */
  readonly attempt: string;
  readonly presence: Presence | undefined;
  readonly client: { readonly name: string; readonly version: string };
  readonly random: RandomSource;
}

/** The seat, once taken. */
interface Seat {
  readonly connectionId: string;
  readonly resumeKey: string;
  readonly heartbeatMs: number;
}

type Output = (outputs: SignalingOutputs) => void;

/**
 * The client's half of signaling as a deterministic machine: numbering, acknowledgement, replay, resuming, back-off and the choice of
 * transports. It opens nothing and reads no clock: its driver does (see `SignalingDriver`).
 */
export class SignalingCore {
  private state: State = { name: 'idle' };
  private seat: Seat | undefined;
  private readonly numbering = new Numbering();
  private readonly timers = new TimerTable(Timer);
  private readonly pending: Output[] = [];
  private draining = false;
  private pace: Pace | undefined;
  private carriers = 0;
  /** Failed attempts since signaling was last open. */
  private attempts = 0;
  /** Index of the transport to try, and how many were tried in this round. */
  private choice = 0;
  private triedInRound = 0;
  private shortLives = 0;
  private offline = false;

  constructor(private readonly settings: SignalingSettings) {}

  get deadline(): Instant {
    return this.timers.next;
  }

  get isOpen(): boolean {
    return this.state.name === 'open';
  }

  /** Messages not acknowledged by the server yet. */
  get unackedCount(): number {
    return this.numbering.unackedCount;
  }

  start(now: Instant): void {
    if (this.state.name !== 'idle') return;
    this.timers.set(Timer.patience, now + JOIN_PATIENCE_MS);
    this.tryNext(now);
  }

  /** Sends a message, now or as soon as there is a way; false when the queue is full, which ends signaling. */
  send(now: Instant, message: ClientMessage): boolean {
    if (this.state.name === 'closed') return false;
    if (!this.numbering.push(message)) {
      this.end({ type: 'lost', code: 'signaling/overflow', detail: 'more messages wait than the protocol allows' });
      return false;
    }
    this.flush(now);
    return true;
  }

  /** Gives the seat up. The last words go out with the close, if there is a way. */
  leave(): void {
    const { state } = this;
    if (state.name === 'closed') return;
    this.numbering.push({ type: 'leave' });
    const lastWords = state.name === 'open' ? this.numbering.take(PROTOCOL_LIMITS.framesPerRequest) : [];
    this.enterClosed(lastWords);
  }

  /** The answer to an opening came. */
  carrierAnswered(now: Instant, carrier: number, raw: unknown): void {
    const { state } = this;
    if (state.name !== 'opening' || state.carrier !== carrier) return;
    const answer = validateServerOpening(raw);
    if (!answer.ok) return this.carrierFailed(now, carrier, `the answer to the opening is not one: ${answer.invalid.detail}`);
    switch (answer.value.type) {
      case 'welcome':
        return this.welcomed(now, state.transport, answer.value);
      case 'resumed':
        return this.resumed(now, state.transport, answer.value);
      case 'refused':
        return this.refused(now, answer.value);
    }
  }

  /** A frame came. */
  carrierFrame(now: Instant, carrier: number, raw: unknown): void {
    const { state } = this;
    if (state.name !== 'open' || state.carrier !== carrier) return;
    this.heard(now);
    if (typeof raw === 'object' && raw !== null && 'type' in raw) return this.serverCloses(now, carrier, raw);
    const envelope = validateEnvelope(raw);
    if (!envelope.ok) return this.carrierFailed(now, carrier, `not a frame: ${envelope.invalid.detail}`);
    const { seq, ack, message } = envelope.value;
    this.numbering.acknowledge(ack);
    if (seq !== undefined) this.receiveNumbered(now, carrier, seq, message);
  }

  /** A transport failed by itself: try the next one, or this one again. */
  carrierFailed(now: Instant, carrier: number, why: string): void {
    const { state } = this;
    if ((state.name !== 'opening' && state.name !== 'open') || state.carrier !== carrier) return;
    this.output((outputs) => outputs.close(carrier));
    if (state.name === 'open') this.interrupted(now, state, why);
    else this.openingFailed(now);
  }

  /** The page woke up, or the browser says that there is a network: do not wait any longer. */
  wake(now: Instant): void {
    if (this.state.name === 'waiting') this.timers.set(Timer.retry, now);
  }

  /** Another network, or the same one back: the old path is not to be trusted, and resuming costs one round trip. */
  networkChanged(now: Instant): void {
    this.offline = false;
    const { state } = this;
    if (state.name !== 'open') return this.wake(now);
    this.output((outputs) => outputs.close(state.carrier));
    this.interrupted(now, state, 'the network changed', 0);
  }

  /** The browser says that there is no network: trying one transport after the other would be in vain. */
  wentOffline(): void {
    this.offline = true;
  }

  advance(now: Instant): void {
    if (this.timers.take(Timer.patience, now) && !this.seat)
      return this.end({ type: 'lost', code: 'signaling/unreachable', detail: 'no transport reached the server' });
    if (this.timers.take(Timer.opening, now)) this.timedOut(now, 'the opening was not answered in time');
    if (this.timers.take(Timer.silence, now)) this.timedOut(now, 'nothing was heard for too long');
    if (this.timers.take(Timer.retry, now)) this.tryNext(now);
    if (this.timers.take(Timer.pace, now)) this.flush(now);
    const ackDue = this.timers.take(Timer.ack, now);
    const heartbeatDue = this.timers.take(Timer.heartbeat, now);
    if (ackDue || heartbeatDue) this.sendAck(now);
  }

  drain(outputs: SignalingOutputs): void {
    if (this.draining) return;
    this.draining = true;
    try {
      for (let output = this.pending.shift(); output; output = this.pending.shift()) output(outputs);
    } finally {
      this.draining = false;
    }
  }

  private tryNext(now: Instant): void {
    const transport = this.settings.transports[this.choice % this.settings.transports.length]!;
    const carrier = ++this.carriers;
    this.state = { name: 'opening', carrier, transport };
    this.timers.set(Timer.opening, now + OPENING_TIMEOUT_MS);
    const opening = this.opening();
    this.output((outputs) => outputs.open(carrier, transport, opening));
  }

  private opening(): ClientOpening {
    const { seat, settings } = this;
    if (seat) {
      const { connectionId, resumeKey } = seat;
      return {
        type: 'resume',
        protocol: PROTOCOL_VERSION,
        connection: connectionId,
        resumeKey,
        received: this.numbering.received,
      };
    }
    const { token, attempt, client, presence } = settings;
    return { type: 'hello', protocol: PROTOCOL_VERSION, token, attempt, client, ...(presence && { presence }) };
  }

  private welcomed(now: Instant, transport: TransportName, welcome: Welcome): void {
    if (this.seat) return this.end({ type: 'lost', code: 'signaling/protocol', detail: 'welcomed twice' });
    this.seat = { connectionId: welcome.self.id, resumeKey: welcome.resumeKey, heartbeatMs: welcome.heartbeatMs };
    this.pace = new Pace(now, welcome.limits.messagesPerSecond, welcome.limits.burstMessages);
    this.timers.cancel(Timer.patience);
    this.opened(now, transport);
    this.event({ type: 'welcomed', welcome, transport });
    this.flush(now);
  }

  private resumed(now: Instant, transport: TransportName, resumed: Resumed): void {
    this.numbering.rewind(resumed.received);
    this.opened(now, transport);
    this.event({ type: 'resumed', resumed, transport });
    this.flush(now);
  }

  private opened(now: Instant, transport: TransportName): void {
    this.state = { name: 'open', carrier: this.carriers, transport, since: now };
    this.timers.cancel(Timer.opening);
    this.triedInRound = 0;
    this.attempts = 0;
    this.heard(now);
    this.spoke(now);
  }

  private refused(now: Instant, refused: Refused): void {
    const { carriers: carrier } = this;
    this.output((outputs) => outputs.close(carrier));
    this.timers.cancel(Timer.opening);
    if (refused.retryAfterMs !== undefined) return this.waitFor(now, Math.max(refused.retryAfterMs, this.nextBackoffMs()));
    const type = this.seat ? 'lost' : 'refused';
    this.end({ type, code: refused.code, detail: refused.detail });
  }

  private serverCloses(now: Instant, carrier: number, raw: object): void {
    const closed = validate(ClosedSchema, raw);
    if (!closed.ok) return this.carrierFailed(now, carrier, `not a frame: ${closed.invalid.detail}`);
    const { resumable, code, detail }: Closed = closed.value;
    if (resumable) return this.carrierFailed(now, carrier, code);
    this.end({ type: 'lost', code, detail });
  }

  private receiveNumbered(now: Instant, carrier: number, seq: number, raw: unknown): void {
    switch (this.numbering.accept(seq)) {
      case 'seen':
        return this.owesAck(now); // the server did not hear our acknowledgement
      case 'gap':
        return this.carrierFailed(now, carrier, `expected message ${this.numbering.received + 1}, got ${seq}`);
      case 'new':
        this.owesAck(now);
        this.deliver(raw);
    }
  }

  private deliver(raw: unknown): void {
    const message = validateServerMessage(raw);
    if (message.ok) this.event({ type: 'message', message: message.value });
    else this.event({ type: 'unknown-message', detail: message.invalid.detail });
  }

  private interrupted(now: Instant, open: State & { name: 'open' }, why: string, retryInMs = this.nextBackoffMs()): void {
    this.quiet();
    this.shortLives = retryInMs > 0 && now - open.since < SHORT_LIFE_MS ? this.shortLives + 1 : 0;
    if (this.shortLives >= 2) {
      this.shortLives = 0;
      this.choice += 1;
    }
    this.event({ type: 'interrupted', why, transport: open.transport });
    this.waitFor(now, retryInMs);
  }

  /** Tries the others at once, then, when a whole round has failed, waits. */
  private openingFailed(now: Instant): void {
    this.timers.cancel(Timer.opening);
    this.choice += 1;
    this.triedInRound += 1;
    if (this.triedInRound < this.settings.transports.length && !this.offline) return this.tryNext(now);
    this.triedInRound = 0;
    this.waitFor(now, this.nextBackoffMs());
  }

  private waitFor(now: Instant, retryInMs: number): void {
    this.state = { name: 'waiting' };
    this.timers.set(Timer.retry, now + retryInMs);
    const transport = this.settings.transports[this.choice % this.settings.transports.length]!;
    this.event({ type: 'retrying', attempt: this.attempts, transport, retryInMs });
  }

  private nextBackoffMs(): number {
    this.attempts += 1;
    return backoffMs(this.attempts - 1, this.settings.random);
  }

  private timedOut(now: Instant, why: string): void {
    if (this.state.name === 'opening' || this.state.name === 'open') this.carrierFailed(now, this.state.carrier, why);
  }

  private heard(now: Instant): void {
    this.timers.set(Timer.silence, now + (this.seat?.heartbeatMs ?? OPENING_TIMEOUT_MS) * SILENT_HEARTBEATS);
  }

  private spoke(now: Instant): void {
    this.timers.set(Timer.heartbeat, now + (this.seat?.heartbeatMs ?? OPENING_TIMEOUT_MS));
  }

  private owesAck(now: Instant): void {
    const at = this.numbering.unacknowledgedByUs >= ACK_EVERY ? now : now + ACK_DELAY_MS;
    if (at < this.timers.at(Timer.ack)) this.timers.set(Timer.ack, at);
  }

  private sendAck(now: Instant): void {
    if (this.state.name !== 'open') return;
    const { carrier } = this.state;
    const frame = this.numbering.takeAck();
    this.output((outputs) => outputs.send(carrier, [frame]));
    this.timers.cancel(Timer.ack);
    this.spoke(now);
  }

  private flush(now: Instant): void {
    if (this.state.name !== 'open' || !this.pace) return;
    const { carrier } = this.state;
    const frames = this.numbering.take(Math.min(this.pace.available(now), PROTOCOL_LIMITS.framesPerRequest));
    if (frames.length > 0) {
      this.pace.spend(frames.length);
      this.output((outputs) => outputs.send(carrier, frames));
      this.timers.cancel(Timer.ack);
      this.spoke(now);
    }
    if (this.numbering.unsentCount > 0) this.timers.set(Timer.pace, this.pace.nextAt(now));
  }

  private end(end: SignalingEnd): void {
    this.enterClosed();
    this.event({ type: 'ended', end });
  }

  private enterClosed(lastWords?: readonly ClientFrame[]): void {
    const { state } = this;
    this.state = { name: 'closed' };
    this.timers.cancelAll();
    if (state.name === 'opening' || state.name === 'open') this.output((outputs) => outputs.close(state.carrier, lastWords));
  }

  /** Nothing is due any more on a transport that is gone. */
  private quiet(): void {
    for (const slot of [Timer.ack, Timer.heartbeat, Timer.silence, Timer.pace]) this.timers.cancel(slot);
  }

  private event(event: SignalingEvent): void {
    this.output((outputs) => outputs.event(event));
  }

  private output(output: Output): void {
    this.pending.push(output);
  }
}

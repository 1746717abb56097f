import { type Clock, type Instant, NEVER, type RandomSource } from '@maru/protocol/core';
import type { WebhookEvent } from '@maru/signaling/rest';
import {
  type Audience,
  Directory,
  type DomainLimits,
  type DomainOutput,
  type DomainRecord,
  type MediaRequest,
  type Moment,
} from '../domain/index.js';
import { type Mailbox, type MailboxLimits, payloadOf } from '../signaling/mailbox.js';
import { type MailRecord, Mailroom } from '../signaling/mailroom.js';
import type { Journal } from '../storage/journal.js';

/** What the journal holds of sessions. `forget`: what follows is a whole image of the session, whatever came before. */
export type KeptRecord = DomainRecord | MailRecord | { readonly type: 'forget'; readonly session: string };

/** Who is told what happened, once it is kept. */
export interface HostListener {
  /** Something waits in this mailbox; it may be sent when {@link committed} is called. */
  mailed(session: string, connection: string, box: Mailbox): void;
  /** The seat is over: its transport is to be closed after its mail. */
  seatEnded(
    session: string,
    connection: string,
    box: Mailbox | undefined,
    end: { readonly code: string; readonly detail: string },
  ): void;
  /** Everything that happened so far is kept: what waits may leave. */
  committed(): void;
}

/** Who forwards media: follows every change of the domain, and carries out what connections ask of it. */
export interface MediaFollower {
  follow(record: DomainRecord): void;
  request(session: string, connection: string, request: MediaRequest): void;
}

export interface HostContext {
  readonly clock: Clock;
  readonly wallClock: () => number;
  readonly random: RandomSource;
  readonly limits: DomainLimits;
  readonly mailboxLimits: MailboxLimits;
  readonly journal: Journal;
  /** Takes an event for the application; what it returns is kept with the rest. */
  readonly webhook: (event: WebhookEvent) => string | undefined;
}

/**
 * Drives the domain: gives it time, keeps what it says, and only then lets anybody hear of it. All that happens in one
 * turn of the event loop is kept by one write.
 */
export class SessionHost {
  readonly directory: Directory;
  readonly mailroom = new Mailroom();
  private listener: HostListener | undefined;
  private media: MediaFollower | undefined;
  private batch: string[] = [];
  private readonly receivedBoxes = new Map<string, { readonly session: string; readonly box: Mailbox }>();
  private commitPlanned = false;
  private afterCommit: (() => void)[] = [];
  private overflowing: { readonly session: string; readonly connection: string }[] = [];
  private armedFor: Instant = NEVER;
  private cancelTimer: (() => void) | undefined;
  private settling = false;
  private stopped = false;

  constructor(private readonly context: HostContext) {
    this.directory = new Directory(context.random, context.limits);
  }

  set onEvents(listener: HostListener) {
    this.listener = listener;
  }

  set onMedia(follower: MediaFollower) {
    this.media = follower;
  }

  now(): Moment {
    return { instant: this.context.clock.now(), wallMs: this.context.wallClock() };
  }

  /** Runs one input of the domain, and lets it have its consequences. */
  run<T>(input: (directory: Directory, now: Moment) => T): T {
    const result = input(this.directory, this.now());
    this.settle();
    return result;
  }

  /** After a restart: makes a record true that was kept. False: it is of a kind that is not ours. {@link recovered} must follow. */
  restore(record: KeptRecord): boolean {
    switch (record.type) {
      case 'forget':
        this.directory.restore({ type: 'session-ended', session: record.session });
        this.mailroom.follow({ type: 'session-ended', session: record.session });
        return true;
      case 'deliver':
      case 'received':
      case 'mailbox-reset':
      case 'mailbox':
        this.mailroom.restore(record, this.context.mailboxLimits);
        return true;
      case 'session':
      case 'session-ended':
      case 'media':
      case 'connection':
      case 'connection-ended':
      case 'stream':
      case 'stream-ended':
      case 'subscription':
        if (this.directory.restore(record)) this.mailroom.follow(record);
        return true;
      default:
        return false;
    }
  }

  /** After a restart: time goes on. */
  recovered(): void {
    this.run((directory, now) => directory.recovered(now));
  }

  /** Records that make all sessions and their mail what they are now, a session a step. */
  *image(): Generator<readonly string[]> {
    for (const session of this.directory.state.sessionById.values()) {
      const records = [JSON.stringify({ type: 'forget', session: session.id })];
      for (const record of this.directory.state.image(session)) records.push(JSON.stringify(record));
      records.push(...this.mailroom.image(session.id));
      yield records;
    }
  }

  /** Keeps a record of something that is not the domain's. */
  keep(record: string): void {
    this.batch.push(record);
    this.planCommit();
  }

  /** Notes how far a client was received; kept with the next commit. */
  received(session: string, connection: string, box: Mailbox): void {
    if (this.receivedBoxes.get(connection)?.box !== box) this.receivedBoxes.set(connection, { session, box });
    this.planCommit();
  }

  /** Calls `task` once all that happened so far is kept. */
  whenCommitted(task: () => void): void {
    this.afterCommit.push(task);
    this.planCommit();
  }

  /** Resolves once all that happened so far would survive the loss of power: before REST says that it was done. */
  durable(): Promise<void> {
    return new Promise((resolve, reject) => this.whenCommitted(() => this.context.journal.durable().then(resolve, reject)));
  }

  /** Keeps everything and stops the clock. */
  stop(): void {
    this.commit();
    this.stopped = true;
    this.cancelTimer?.();
  }

  /** Drains the domain until it is silent, then makes the one timer match its deadline. */
  settle(): void {
    if (this.settling) return;
    this.settling = true;
    try {
      this.directory.drain(this.take);
      for (let seat = this.overflowing.pop(); seat; seat = this.overflowing.pop()) {
        this.directory.endConnection(this.now(), seat.session, seat.connection, 'overflow');
        this.directory.drain(this.take);
      }
    } finally {
      this.settling = false;
    }
    this.arm();
  }

  private readonly take = (output: DomainOutput): void => {
    this.planCommit();
    switch (output.type) {
      case 'record':
        this.batch.push(JSON.stringify(output.record));
        this.mailroom.follow(output.record);
        this.media?.follow(output.record);
        return;
      case 'media':
        this.media?.request(output.session, output.connection, output.request);
        return;
      case 'deliver': {
        const { session, audience, message } = output;
        const payload = payloadOf(message);
        this.batch.push(deliverRecord(session, audience, payload.text));
        this.mailroom.deliver(session, audience, payload, (connection, box) => {
          if (box.exceeds(this.context.mailboxLimits)) this.overflowing.push({ session, connection });
          this.listener?.mailed(session, connection, box);
        });
        return;
      }
      case 'seat-ended': {
        const box = this.mailroom.box(output.session, output.connection);
        this.listener?.seatEnded(output.session, output.connection, box, { code: output.code, detail: output.detail });
        return;
      }
      case 'event': {
        const kept = this.context.webhook(output.event);
        if (kept !== undefined) this.batch.push(kept);
      }
    }
  };

  private planCommit(): void {
    if (this.commitPlanned || this.stopped) return;
    this.commitPlanned = true;
    setImmediate(this.commit);
  }

  private readonly commit = (): void => {
    if (!this.commitPlanned || this.stopped) return;
    this.commitPlanned = false;
    for (const [connection, { session, box }] of this.receivedBoxes) {
      this.batch.push(`{"type":"received","session":"${session}","connection":"${connection}","seq":${box.received}}`);
    }
    this.receivedBoxes.clear();
    if (this.batch.length > 0) {
      const batch = this.batch;
      this.batch = [];
      this.context.journal.append(batch);
    }
    const tasks = this.afterCommit;
    this.afterCommit = [];
    for (const task of tasks) task();
    this.listener?.committed();
  };

  private arm(): void {
    const { deadline } = this.directory;
    if (deadline === this.armedFor || this.stopped) return;
    this.cancelTimer?.();
    this.armedFor = deadline;
    this.cancelTimer = deadline === NEVER ? undefined : this.context.clock.schedule(deadline, this.onTimer);
  }

  private readonly onTimer = (): void => {
    this.armedFor = NEVER;
    this.run((directory, now) => directory.advance(now));
  };
}

/** The mail record of a message, put together by hand for speed: the names in it have no character that JSON escapes. */
function deliverRecord(session: string, audience: Audience, message: string): string {
  const to = audience.all ? JSON.stringify(audience) : `{"all":false,"to":["${audience.to.join('","')}"]}`;
  return `{"type":"deliver","session":"${session}","audience":${to},"message":${message}}`;
}

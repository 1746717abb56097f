import type { Clock } from '@maru/protocol/core';
import type { WebhookEvent } from '@maru/signaling/rest';
import type { WebhookTarget } from '../config/server-config.js';
import type { Poster } from './poster.js';
import { signatureHeaders } from './signature.js';

/** Events that wait for one target and session are delivered one after the other, in order. */
interface Line {
  readonly target: WebhookTarget;
  readonly waiting: WebhookEvent[];
  attempts: number;
  isBusy: boolean;
}

/** What a restart must not forget of events. */
export type WebhookRecord =
  | { readonly type: 'webhook'; readonly event: WebhookEvent }
  | { readonly type: 'webhook-done'; readonly id: string; readonly url: string };

export interface WebhookContext {
  readonly clock: Clock;
  readonly wallClock: () => number;
  readonly targets: readonly WebhookTarget[];
  readonly post: Poster;
  readonly keep: (record: string) => void;
  readonly onDropped: (event: WebhookEvent, url: string, reason: string) => void;
}

/** Most events that wait, over all targets. */
const LIMIT = 1_000;
const CONCURRENCY = 16;
const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 300_000;
/** With the waits above: somewhat more than a day. */
const ATTEMPTS = 300;

/** Posts events to the application: in order for each session, again until taken, and never in anybody's way. */
export class WebhookQueue {
  private readonly lineByKey = new Map<string, Line>();
  private readonly timers = new Set<() => void>();
  private size = 0;
  private busy = 0;
  private stopped = false;
  readonly counters = { delivered: 0, failed: 0, dropped: 0 };

  constructor(private readonly context: WebhookContext) {}

  get depth(): number {
    return this.size;
  }

  /** Takes an event; what it returns is to be kept before the event is delivered. */
  add(event: WebhookEvent): string | undefined {
    if (this.context.targets.length === 0) return undefined;
    for (const target of this.context.targets) this.enqueue(target, event);
    setImmediate(() => this.pump());
    return JSON.stringify({ type: 'webhook', event } satisfies WebhookRecord);
  }

  /** After a restart. {@link resume} must follow. */
  restore(record: WebhookRecord): void {
    if (record.type === 'webhook') {
      for (const target of this.context.targets) this.enqueue(target, record.event);
      return;
    }
    for (const [key, line] of this.lineByKey) {
      if (line.target.url !== record.url) continue;
      const index = line.waiting.findIndex(({ id }) => id === record.id);
      if (index >= 0) this.remove(key, line, index);
    }
  }

  /** Begins, or goes on, to deliver. */
  resume(): void {
    this.pump();
  }

  *image(): Generator<string> {
    const done = new Map<string, Set<string>>();
    const events = new Map<string, WebhookEvent>();
    for (const { target, waiting } of this.lineByKey.values()) {
      for (const event of waiting) {
        events.set(event.id, event);
        let urls = done.get(event.id);
        if (!urls) done.set(event.id, (urls = new Set(this.context.targets.map(({ url }) => url))));
        urls.delete(target.url);
      }
    }
    for (const event of events.values()) {
      yield JSON.stringify({ type: 'webhook', event } satisfies WebhookRecord);
      for (const url of done.get(event.id) ?? [])
        yield JSON.stringify({ type: 'webhook-done', id: event.id, url } satisfies WebhookRecord);
    }
  }

  stop(): void {
    this.stopped = true;
    for (const cancel of this.timers) cancel();
  }

  private enqueue(target: WebhookTarget, event: WebhookEvent): void {
    const key = `${event.session} ${target.url}`;
    let line = this.lineByKey.get(key);
    if (!line) this.lineByKey.set(key, (line = { target, waiting: [], attempts: 0, isBusy: false }));
    if (line.waiting.some(({ id }) => id === event.id)) return;
    line.waiting.push(event);
    this.size += 1;
    if (this.size > LIMIT) this.dropOldest();
  }

  private pump(): void {
    if (this.stopped) return;
    for (const [key, line] of this.lineByKey) {
      if (this.busy >= CONCURRENCY) return;
      if (!line.isBusy) void this.deliver(key, line);
    }
  }

  private async deliver(key: string, line: Line): Promise<void> {
    const event = line.waiting[0];
    if (!event) return;
    line.isBusy = true;
    this.busy += 1;
    const body = JSON.stringify(event);
    const { post, wallClock } = this.context;
    const result = await post(line.target.url, signatureHeaders(line.target.secret, body, event.type, wallClock()), body);
    this.busy -= 1;
    if (this.stopped) return;
    const isTaken = 'status' in result && result.status >= 200 && result.status < 300;
    const isGone = 'status' in result && result.status === 410; // the receiver wants no more of it
    line.attempts += 1;
    if (isTaken || isGone || line.attempts >= ATTEMPTS) this.finish(key, line, event, isTaken);
    else this.retryLater(line);
    this.pump();
  }

  private finish(key: string, line: Line, event: WebhookEvent, isTaken: boolean): void {
    if (isTaken) this.counters.delivered += 1;
    else this.drop(event, line.target.url, 'not taken');
    line.isBusy = false;
    line.attempts = 0;
    const index = line.waiting.indexOf(event);
    if (index >= 0) this.remove(key, line, index);
    this.context.keep(JSON.stringify({ type: 'webhook-done', id: event.id, url: line.target.url } satisfies WebhookRecord));
  }

  private retryLater(line: Line): void {
    this.counters.failed += 1;
    const { clock } = this.context;
    const delayMs = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(line.attempts - 1, 20));
    const cancel = clock.schedule(clock.now() + delayMs, () => {
      this.timers.delete(cancel);
      line.isBusy = false;
      this.pump();
    });
    this.timers.add(cancel);
  }

  private remove(key: string, line: Line, index: number): void {
    line.waiting.splice(index, 1);
    this.size -= 1;
    if (line.waiting.length === 0) this.lineByKey.delete(key);
  }

  private dropOldest(): void {
    for (const [key, line] of this.lineByKey) {
      const index = line.isBusy ? 1 : 0; // the first is on its way
      const event = line.waiting[index];
      if (!event) continue;
      this.drop(event, line.target.url, 'too many wait');
      this.remove(key, line, index);
      return;
    }
  }

  private drop(event: WebhookEvent, url: string, reason: string): void {
    this.counters.dropped += 1;
    this.context.onDropped(event, url, reason);
  }
}

import {
  type ClientFrame,
  type ClientOpening,
  type Closed,
  OpenResponse,
  PROTOCOL_LIMITS,
  SendResponse,
  SIGNALING_PATHS,
  validate,
} from '@maru/signaling';
import type { CarrierListener } from './carrier.js';

/** No ordinary request may hang for longer; a waiting poll has its own, longer time. */
const REQUEST_TIMEOUT_MS = 15_000;

/** What Server-Sent Events and long polling share: opening a channel over HTTP, and posting frames one request at a time, in order. */
export class HttpChannel {
  readonly signal: AbortSignal;
  private readonly abort = new AbortController();
  private secret: string | undefined;
  private readonly queue: ClientFrame[] = [];
  /** Posted, and not answered yet. */
  private inFlight: readonly ClientFrame[] = [];
  private posting = false;
  private over = false;

  constructor(
    private readonly serverUrl: URL,
    private readonly listener: CarrierListener,
  ) {
    this.signal = this.abort.signal;
  }

  /** Sends the opening; on success the channel's reader starts by `onOpen`. */
  async open(opening: ClientOpening, onOpen: () => void): Promise<void> {
    const response = await this.post(SIGNALING_PATHS.open, opening, REQUEST_TIMEOUT_MS);
    if (response === undefined) return;
    const checked = validate(OpenResponse, response);
    if (!checked.ok) return this.fail(`the answer to the opening is not one: ${checked.invalid.detail}`);
    this.secret = checked.value.channel;
    this.listener.answered(checked.value.answer);
    if (this.secret !== undefined && !this.over) onOpen();
  }

  send(frames: readonly ClientFrame[]): void {
    this.queue.push(...frames);
    if (!this.posting) void this.postQueue();
  }

  close(lastWords: readonly ClientFrame[] = []): void {
    if (this.over) return;
    this.over = true;
    if (lastWords.length === 0 || this.secret === undefined) return this.abort.abort();
    // what is on its way may be cut off, and a gap would make the server refuse the rest: said again, it is dropped by its number
    const frames = [...this.inFlight, ...this.queue, ...lastWords].slice(-PROTOCOL_LIMITS.framesPerRequest);
    // keepalive: the request outlives the page that is being left; the channel must outlive the request
    const said = this.request(
      SIGNALING_PATHS.send,
      { frames },
      { keepalive: true, signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) },
    );
    void said.catch(() => undefined).finally(() => this.abort.abort());
  }

  fail(why: string): void {
    if (this.over) return;
    this.over = true;
    this.abort.abort();
    this.listener.failed(why);
  }

  /** Posts JSON and reads JSON; undefined when it failed, which has then been told, or when the channel was closed meanwhile. */
  async post(path: string, body: unknown, timeoutMs: number): Promise<unknown> {
    try {
      const signal = AbortSignal.any([this.signal, AbortSignal.timeout(timeoutMs)]);
      const response = await this.request(path, body, { signal });
      const value: unknown = await response.json();
      if (this.over) return undefined;
      if (response.ok) return value;
      this.fail(`${path} answered ${response.status}`);
    } catch (error) {
      this.fail(error instanceof Error ? error.message : String(error));
    }
    return undefined;
  }

  /** Headers of a request that belongs to the open channel. */
  get authorization(): Record<string, string> {
    return this.secret === undefined ? {} : { authorization: `Bearer ${this.secret}` };
  }

  url(path: string): URL {
    return new URL(path, this.serverUrl);
  }

  /** Passes on what the server says in the body of an answer. */
  answered(ack: number, closed: Closed | undefined): void {
    if (!this.over) this.listener.frame({ ack });
    if (closed && !this.over) this.listener.frame(closed);
  }

  private async postQueue(): Promise<void> {
    this.posting = true;
    while (this.queue.length > 0 && !this.over) {
      const frames = this.queue.splice(0, PROTOCOL_LIMITS.framesPerRequest);
      this.inFlight = frames;
      const response = await this.post(SIGNALING_PATHS.send, { frames }, REQUEST_TIMEOUT_MS);
      if (response === undefined) break;
      this.inFlight = [];
      const checked = validate(SendResponse, response);
      if (!checked.ok) return this.fail(`the answer to send is not one: ${checked.invalid.detail}`);
      this.answered(checked.value.ack, checked.value.closed);
    }
    this.posting = false;
  }

  private request(path: string, body: unknown, init: RequestInit): Promise<Response> {
    return fetch(this.url(path), {
      ...init,
      method: 'POST',
      headers: { 'content-type': 'application/json', ...this.authorization },
      body: JSON.stringify(body),
      credentials: 'omit',
      cache: 'no-store',
    });
  }
}

import type { ServerResponse } from 'node:http';
import { assertNever } from '@maru/protocol/core';
import type { Closed } from '@maru/signaling';
import type { Link } from '../link.js';
import type { Switchboard } from '../switchboard.js';
import { closedText, type Transport, type TransportKind } from '../transport.js';

/** How the client reads what the server has to say. */
type Reader =
  /** Nobody reads now: what there is to say waits in the mailbox. */
  | { readonly name: 'none' }
  | { readonly name: 'poll'; readonly answer: (body: string) => void; readonly frames: string[]; frameBytes: number }
  | { readonly name: 'events'; readonly response: ServerResponse };

const NOBODY: Reader = { name: 'none' };

/** Most that one answer to a poll carries, and that lies unsent in a stream of events. */
const BUFFERED_BYTES = 256 * 1024;
const POLL_FRAMES = 100;

/** Signaling over plain HTTP: requests from the client, and a stream of events or waiting polls towards it. */
export class HttpChannel implements Transport {
  private state: 'open' | 'closed' = 'open';
  private reader: Reader = NOBODY;
  /** The answer to the opening, for the response that is waiting for it. */
  answer: string | undefined;
  /** What was said last, for whoever asks after the end. */
  last: Closed | undefined;
  link: Link | undefined;
  private everStreamed = false;

  constructor(
    readonly host: string | undefined,
    private readonly switchboard: Switchboard,
    private readonly onClosed: () => void,
  ) {}

  get kind(): TransportKind {
    return this.everStreamed ? 'events' : 'polling';
  }

  get isOpen(): boolean {
    return this.state === 'open';
  }

  get isWritable(): boolean {
    switch (this.reader.name) {
      case 'none':
        return false;
      case 'poll':
        return this.reader.frames.length < POLL_FRAMES && this.reader.frameBytes < BUFFERED_BYTES;
      case 'events':
        return this.reader.response.writableLength < BUFFERED_BYTES;
      default:
        return assertNever(this.reader);
    }
  }

  send(text: string): void {
    const { reader } = this;
    if (this.answer === undefined) this.answer = text;
    else if (reader.name === 'events') reader.response.write(`data: ${text}\n\n`);
    else if (reader.name === 'poll' && text.startsWith('{"seq"')) {
      reader.frames.push(text);
      reader.frameBytes += text.length;
    }
  }

  /** A poll is answered as soon as something was said; an acknowledgement alone is said by the answer itself. */
  flush(): void {
    this.answerPoll();
  }

  close(last: Closed): void {
    if (this.state === 'closed') return;
    this.state = 'closed';
    this.last = last;
    const { reader } = this;
    this.answerPoll();
    this.reader = NOBODY;
    if (reader.name === 'events') reader.response.end(`data: ${closedText(last)}\n\n`);
    this.onClosed();
  }

  /** The client waits for frames; a poll that waits already is answered with what it has. */
  poll(answer: (body: string) => void): void {
    this.answerPoll();
    this.reader = { name: 'poll', answer, frames: [], frameBytes: 0 };
    if (this.link) this.switchboard.reread(this.link, this);
  }

  /** The client gave up its poll before it was answered. */
  abandonPoll(answer: (body: string) => void): void {
    if (this.reader.name === 'poll' && this.reader.answer === answer) this.reader = NOBODY;
  }

  /** The client opened a stream of events; with its end the channel ends. */
  stream(response: ServerResponse): void {
    this.answerPoll();
    if (this.reader.name === 'events') this.reader.response.end();
    this.everStreamed = true;
    this.reader = { name: 'events', response };
    response.on('drain', () => this.link && this.switchboard.writable(this.link));
    response.on('close', () => {
      if (this.reader.name === 'events' && this.reader.response === response) this.ended();
    });
    response.write(': maru\n\n');
    if (this.link) this.switchboard.reread(this.link, this);
  }

  private ended(): void {
    this.reader = NOBODY;
    if (this.state === 'closed') return;
    this.state = 'closed';
    if (this.link) this.switchboard.lost(this.link, this);
    this.onClosed();
  }

  private answerPoll(): void {
    const { reader } = this;
    if (reader.name !== 'poll') return;
    this.reader = NOBODY;
    const closed = this.last ? `,"closed":${closedText(this.last)}` : '';
    reader.answer(`{"ack":${this.link?.box.received ?? 0},"frames":[${reader.frames.join(',')}]${closed}}`);
  }
}

import type { ClientMessage, ServerMessage, Welcome } from '@maru/signaling';
import { WebSocket } from 'ws';
import { eventData } from './event-stream.js';

export type TestTransport = 'websocket' | 'events' | 'polling';

type Answer = { type: string; code?: string; detail?: string; [key: string]: unknown };
type Frame = {
  seq?: number;
  ack?: number;
  message?: ServerMessage;
  type?: string;
  code?: string;
  detail?: string;
  resumable?: boolean;
};

/** One transport of a {@link TestClient}, as bare as it gets. */
interface Wire {
  send(frame: object): void;
  /** Breaks it without a word. */
  cut(): void;
}

/** A client of the signaling protocol that does what docs/protocol.md says, and nothing more: for tests. */
export class TestClient {
  welcome: Welcome | undefined;
  /** What was refused, if the opening was. */
  refused: Answer | undefined;
  /** Every message in order, once each. */
  readonly messages: ServerMessage[] = [];
  /** Numbers of all frames as they came, repeated ones too. */
  readonly arrivals: number[] = [];
  closed: Frame | undefined;
  closeCode: number | undefined;
  received = 0;
  private sent = 0;
  private unacked: { seq: number; message: ClientMessage }[] = [];
  private wire: Wire | undefined;
  private waiting: (() => void)[] = [];
  /** Whether it reads what it is sent and acknowledges it. */
  acknowledges = true;

  constructor(
    private readonly base: string,
    private readonly token: string,
    private readonly attempt: string = 'attempt-0123456789',
  ) {}

  /** Joins, or says hello again. */
  async join(transport: TestTransport = 'websocket', presence?: object): Promise<this> {
    this.received = 0; // frames may come in one piece with the welcome
    const answer = await this.open(transport, this.hello(presence));
    if (answer.type === 'welcome') this.welcome = answer as unknown as Welcome;
    else this.refused = answer;
    return this;
  }

  /** What it says first, for tests that open a transport by hand. */
  hello(presence?: object): object {
    return { type: 'hello', protocol: 1, token: this.token, attempt: this.attempt, presence };
  }

  /** Comes back, sending again what was not acknowledged. */
  async resume(transport: TestTransport = 'websocket'): Promise<Answer> {
    const { welcome } = this;
    if (!welcome) throw new Error('never joined');
    this.closed = undefined;
    const { resumeKey, self } = welcome;
    const answer = await this.open(transport, {
      type: 'resume',
      protocol: 1,
      connection: self.id,
      resumeKey,
      received: this.received,
    });
    if (answer.type === 'resumed') {
      this.forget(answer['received'] as number);
      for (const { seq, message } of this.unacked) this.wire?.send({ seq, ack: this.received, message });
    }
    return answer;
  }

  get id(): string {
    return this.welcome!.self.id;
  }

  get unackedCount(): number {
    return this.unacked.length;
  }

  send(message: ClientMessage): void {
    this.sent += 1;
    this.unacked.push({ seq: this.sent, message });
    this.wire?.send({ seq: this.sent, ack: this.received, message });
  }

  /** Sends a frame as it is, whatever the rules say. */
  sendRaw(frame: object): void {
    this.wire?.send(frame);
  }

  acknowledge(): void {
    this.wire?.send({ ack: this.received });
  }

  /** The transport is gone, without a word. */
  cut(): void {
    this.wire?.cut();
    this.wire = undefined;
  }

  /** The first message for which `matches` holds, now or later. */
  async until<Type extends ServerMessage['type']>(
    type: Type,
    matches: (message: Extract<ServerMessage, { type: Type }>) => boolean = () => true,
  ): Promise<Extract<ServerMessage, { type: Type }>> {
    for (;;) {
      const found = this.messages.find(
        (message): message is Extract<ServerMessage, { type: Type }> =>
          message.type === type && matches(message as Extract<ServerMessage, { type: Type }>),
      );
      if (found) return found;
      await this.change();
    }
  }

  async untilClosed(): Promise<Frame> {
    while (!this.closed) await this.change();
    return this.closed;
  }

  /** The code with which the WebSocket was closed. */
  async untilCloseCode(): Promise<number> {
    while (this.closeCode === undefined) await this.change();
    return this.closeCode;
  }

  /** Resolves when anything happened. */
  change(): Promise<void> {
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  private open(transport: TestTransport, opening: object): Promise<Answer> {
    this.cut();
    return transport === 'websocket' ? this.openWebSocket(opening) : this.openHttp(transport, opening);
  }

  private openWebSocket(opening: object): Promise<Answer> {
    const socket = new WebSocket(`${this.base.replace('http', 'ws')}/v1/signal/ws`);
    let cut = false;
    const wire: Wire = {
      send: (frame) => {
        if (!cut && socket.readyState === socket.OPEN) socket.send(JSON.stringify(frame));
      },
      cut: () => {
        cut = true;
        socket.terminate();
      },
    };
    return new Promise((resolve, reject) => {
      let answered = false;
      socket.on('open', () => socket.send(JSON.stringify(opening)));
      socket.on('message', (data) => {
        if (cut) return;
        const value = JSON.parse(String(data)) as Answer;
        if (answered) return this.take(value as Frame, wire);
        answered = true;
        this.wire = wire;
        resolve(value);
      });
      socket.on('close', (code) => {
        if (cut) return;
        this.closeCode = code;
        this.closed ??= { type: 'closed', code: `close ${code}` };
        this.wake();
        if (!answered) resolve({ type: 'refused', code: `close ${code}` });
      });
      socket.on('error', (error) => (answered || cut ? undefined : reject(error)));
    });
  }

  private async openHttp(transport: 'events' | 'polling', opening: object): Promise<Answer> {
    const abort = new AbortController();
    const { signal } = abort;
    const post = async (path: string, body: object, channel?: string): Promise<Record<string, unknown> | undefined> => {
      try {
        const headers = { 'content-type': 'application/json', ...(channel && { authorization: `Bearer ${channel}` }) };
        const response = await fetch(this.base + path, { method: 'POST', headers, body: JSON.stringify(body), signal });
        return (await response.json()) as Record<string, unknown>;
      } catch {
        return undefined;
      }
    };
    const opened = await post('/v1/signal/open', opening);
    if (!opened) throw new Error('no answer');
    const channel = opened['channel'] as string | undefined;
    if (!channel) return opened['answer'] as Answer;
    let queue: Promise<unknown> = Promise.resolve();
    const wire: Wire = {
      send: (frame) => {
        queue = queue.then(async () => {
          const answer = await post('/v1/signal/send', { frames: [frame] }, channel);
          if (typeof answer?.['ack'] === 'number' && !signal.aborted) this.forget(answer['ack']);
          if (answer?.['closed']) this.take(answer['closed'] as Frame, wire);
        });
      },
      cut: () => abort.abort(),
    };
    this.wire = wire;
    if (transport === 'polling') void this.poll((ack) => post('/v1/signal/poll', { ack }, channel), wire, signal);
    else void this.readEvents(channel, wire, signal);
    return opened['answer'] as Answer;
  }

  private async poll(
    post: (ack: number) => Promise<Record<string, unknown> | undefined>,
    wire: Wire,
    signal: AbortSignal,
  ): Promise<void> {
    while (!signal.aborted && !this.closed) {
      const answer = await post(this.received);
      if (!answer || signal.aborted) return;
      for (const frame of (answer['frames'] ?? []) as Frame[]) this.take(frame, wire, false);
      if (typeof answer['ack'] === 'number') this.forget(answer['ack']);
      if (answer['closed']) this.take(answer['closed'] as Frame, wire);
      if (answer['code']) return;
    }
  }

  private async readEvents(channel: string, wire: Wire, signal: AbortSignal): Promise<void> {
    try {
      const headers = { authorization: `Bearer ${channel}` };
      const response = await fetch(`${this.base}/v1/signal/events`, { headers, signal });
      for await (const data of eventData(response)) this.take(JSON.parse(data) as Frame, wire);
    } catch {
      // cut off: what is missing comes after the next resume
    }
  }

  private take(frame: Frame, wire: Wire, acknowledge = true): void {
    if (frame.type === 'closed') this.closed = frame;
    else {
      this.forget(frame.ack ?? 0);
      if (frame.seq !== undefined) {
        this.arrivals.push(frame.seq);
        if (frame.seq > this.received + 1) throw new Error(`number ${frame.seq} came after ${this.received}`);
        if (frame.seq === this.received + 1) {
          this.received = frame.seq;
          this.messages.push(frame.message!);
          if (acknowledge && this.acknowledges) wire.send({ ack: this.received });
        }
      }
    }
    this.wake();
  }

  private forget(ack: number): void {
    this.unacked = this.unacked.filter(({ seq }) => seq > ack);
    this.wake();
  }

  private wake(): void {
    const { waiting } = this;
    this.waiting = [];
    for (const resume of waiting) resume();
  }
}

import { systemRandom } from '@maru/node';
import {
  type ClientMessage,
  type ClientOpening,
  PROTOCOL_VERSION,
  parseJson,
  type ServerMessage,
  SIGNALING_PATHS,
  validateServerFrame,
  validateServerOpening,
  type Welcome,
} from '@maru/signaling';
import { WebSocket } from 'ws';

const OPENING_MS = 10_000;
const ACK_MS = 300;
/** Silence of so many heartbeats means a dead path (the schema of `welcome`). */
const SILENT_HEARTBEATS = 2.5;
const [FIRST_RETRY_MS, LONGEST_RETRY_MS] = [300, 7_000];
const FRAME_BYTES = 1024 * 1024;

export interface SignalingHooks {
  welcomed(welcome: Welcome): void;
  message(message: ServerMessage): void;
  /** The line is down, or up again. */
  carrying(isCarrying: boolean): void;
  /** The seat is gone for good. */
  ended(code: string, detail: string): void;
}

export interface SignalingSettings {
  readonly server: URL;
  readonly token: string;
  readonly version: string;
  readonly ca?: string;
}

interface Unacknowledged {
  readonly seq: number;
  readonly message: ClientMessage;
}

/** A client's half of signaling over WebSocket: numbers, acknowledgements, and coming back to the seat when the line breaks. */
export class SignalingClient {
  private socket: WebSocket | undefined;
  private seat: { readonly connection: string; readonly resumeKey: string; readonly heartbeatMs: number } | undefined;
  private readonly waiting: Unacknowledged[] = [];
  private lastSeq = 0;
  private received = 0;
  private isOpen = false;
  private isOver = false;
  private attempts = 0;
  private readonly attempt: string;
  private readonly timers = new Map<string, NodeJS.Timeout>();

  constructor(
    private readonly settings: SignalingSettings,
    private readonly hooks: SignalingHooks,
  ) {
    const bytes = new Uint8Array(24);
    systemRandom.fill(bytes);
    this.attempt = Buffer.from(bytes).toString('base64url');
    this.connect();
  }

  /** Sends `message`, now or when the line is up again. */
  send(message: ClientMessage): void {
    if (this.isOver) return;
    const unacknowledged = { seq: ++this.lastSeq, message };
    this.waiting.push(unacknowledged);
    if (this.isOpen) this.put(unacknowledged);
  }

  /** Gives the seat up; resolves when the server has been told, or cannot be. */
  async leave(): Promise<void> {
    if (this.isOver) return;
    const { socket } = this;
    if (this.isOpen) this.send({ type: 'leave' });
    this.finish();
    if (!socket || socket.readyState !== WebSocket.OPEN) return socket?.terminate();
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, 1_000);
      socket.once('close', () => {
        clearTimeout(timer);
        resolve();
      });
      socket.close(1000);
    });
    socket.terminate();
  }

  private connect(): void {
    const address = new URL(SIGNALING_PATHS.webSocket, this.settings.server);
    address.protocol = address.protocol === 'http:' ? 'ws:' : 'wss:';
    const { ca } = this.settings;
    const socket = new WebSocket(address, { handshakeTimeout: OPENING_MS, maxPayload: FRAME_BYTES, ...(ca && { ca }) });
    this.socket = socket;
    let why = 'the connection was closed';
    this.arm('opening', OPENING_MS, () => socket.terminate());
    socket.on('open', () => socket.send(JSON.stringify(this.opening())));
    socket.on('message', (data) => this.take(socket, data.toString()));
    socket.on('error', (error) => (why = error.message));
    socket.on('close', () => {
      if (this.socket === socket) this.broke(why);
    });
  }

  private opening(): ClientOpening {
    const { seat, received, attempt } = this;
    const protocol = PROTOCOL_VERSION;
    if (seat) return { type: 'resume', protocol, connection: seat.connection, resumeKey: seat.resumeKey, received };
    const client = { name: '@maru/cli', version: this.settings.version };
    return { type: 'hello', protocol, token: this.settings.token, attempt, client };
  }

  private take(socket: WebSocket, text: string): void {
    if (this.isOver || socket !== this.socket) return;
    const json = parseJson(text);
    if (!json.ok) return socket.terminate();
    if (this.isOpen) this.takeFrame(socket, json.value);
    else this.takeAnswer(socket, json.value);
  }

  private takeAnswer(socket: WebSocket, raw: unknown): void {
    const answer = validateServerOpening(raw);
    if (!answer.ok) return socket.terminate();
    if (answer.value.type === 'refused') {
      const { code, detail, retryAfterMs } = answer.value;
      if (retryAfterMs === undefined) this.end(code, detail);
      return socket.terminate();
    }
    this.disarm('opening');
    this.isOpen = true;
    this.attempts = 0;
    if (answer.value.type === 'welcome') {
      const { self, resumeKey, heartbeatMs } = answer.value;
      this.seat = { connection: self.id, resumeKey, heartbeatMs };
      this.hooks.welcomed(answer.value);
    } else {
      this.acknowledge(answer.value.received);
      for (const one of this.waiting) this.put(one);
    }
    this.heard();
    this.beat();
    this.hooks.carrying(true);
  }

  private takeFrame(socket: WebSocket, raw: unknown): void {
    this.heard();
    const frame = validateServerFrame(raw);
    if (!frame.ok) return this.skip(socket, raw);
    if ('type' in frame.value) {
      const { code, detail, resumable } = frame.value;
      if (!resumable) this.end(code, detail);
      return socket.terminate();
    }
    this.acknowledge(frame.value.ack);
    if (!('seq' in frame.value)) return;
    const { seq, message } = frame.value;
    if (!this.counts(socket, seq)) return;
    this.hooks.message(message);
  }

  /** A message of a newer server: it counts as received, and is passed over. */
  private skip(socket: WebSocket, raw: unknown): void {
    const seq = typeof raw === 'object' && raw !== null && 'seq' in raw ? raw.seq : undefined;
    if (typeof seq === 'number') this.counts(socket, seq);
    else socket.terminate();
  }

  /** Whether message `seq` is the next; one that is missing can only be had by resuming. */
  private counts(socket: WebSocket, seq: number): boolean {
    if (!this.timers.has('ack')) this.arm('ack', ACK_MS, () => this.putAck());
    if (seq <= this.received) return false;
    if (seq > this.received + 1) {
      socket.terminate();
      return false;
    }
    this.received = seq;
    return true;
  }

  private put({ seq, message }: Unacknowledged): void {
    this.disarm('ack');
    this.socket?.send(JSON.stringify({ seq, ack: this.received, message }));
  }

  private putAck(): void {
    this.disarm('ack');
    if (this.isOpen) this.socket?.send(JSON.stringify({ ack: this.received }));
  }

  private acknowledge(ack: number): void {
    while (this.waiting[0] && this.waiting[0].seq <= ack) this.waiting.shift();
  }

  private heard(): void {
    this.arm('silence', (this.seat?.heartbeatMs ?? OPENING_MS) * SILENT_HEARTBEATS, () => this.socket?.terminate());
  }

  private beat(): void {
    this.arm('heartbeat', this.seat?.heartbeatMs ?? OPENING_MS, () => {
      this.putAck();
      this.beat();
    });
  }

  private broke(why: string): void {
    if (this.isOver) return;
    const wasOpen = this.isOpen;
    this.isOpen = false;
    for (const name of this.timers.keys()) this.disarm(name);
    if (!this.seat && this.attempts >= 3) return this.end('signaling/unreachable', why);
    if (wasOpen) this.hooks.carrying(false);
    const longest = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(this.attempts++, 10));
    this.arm('retry', longest * (0.5 + systemRandom.uint32() / 2 ** 33), () => this.connect());
  }

  private end(code: string, detail: string): void {
    if (this.isOver) return;
    this.finish();
    this.hooks.ended(code, detail);
  }

  private finish(): void {
    this.isOver = true;
    this.isOpen = false;
    for (const name of this.timers.keys()) this.disarm(name);
  }

  private arm(name: string, delayMs: number, task: () => void): void {
    this.disarm(name);
    this.timers.set(name, setTimeout(task, delayMs));
  }

  private disarm(name: string): void {
    clearTimeout(this.timers.get(name));
    this.timers.delete(name);
  }
}

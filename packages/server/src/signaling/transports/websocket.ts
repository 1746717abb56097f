import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Clock } from '@maru/protocol/core';
import { CLOSE_CODES, type Closed, parseJson } from '@maru/signaling';
import type { WebSocket, WebSocketServer } from 'ws';
import type { Link } from '../link.js';
import type { Switchboard } from '../switchboard.js';
import { closedText, type Transport } from '../transport.js';

export interface WebSocketLimits {
  readonly frameBytes: number;
  /** How long a client may take for its first message. */
  readonly openingMs: number;
  /** What may lie in the socket unsent; the rest waits in the mailbox, where it is shared and bounded. */
  readonly bufferedBytes: number;
  /** How long a client may take to answer a close. */
  readonly closeMs: number;
}

export const DEFAULT_WEBSOCKET_LIMITS: WebSocketLimits = {
  frameBytes: 256 * 1024,
  openingMs: 5_000,
  bufferedBytes: 256 * 1024,
  closeMs: 2_000,
};

/** Speaks the signaling protocol over WebSockets (RFC 6455), without compression (S-86). */
export class WebSocketTransports {
  /** Loaded when the first client comes: not loading it makes the start shorter. */
  private server: Promise<WebSocketServer> | undefined;
  private readonly open = new Set<WebSocketTransport>();

  constructor(
    private readonly switchboard: Switchboard,
    private readonly clock: Clock,
    private readonly limits: WebSocketLimits,
  ) {}

  /** How many sockets are open, those that have not said anything included. */
  get size(): number {
    return this.open.size;
  }

  /** Takes over an HTTP request that asks for a WebSocket. */
  async accept(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const destroy = (): void => void socket.destroy();
    socket.on('error', destroy); // until ws listens itself
    const server = await (this.server ??= this.createServer());
    socket.removeListener('error', destroy);
    if (socket.destroyed) return;
    server.handleUpgrade(request, socket, head, (webSocket) => {
      const transport = new WebSocketTransport(
        webSocket,
        socket,
        request.headers.host,
        this.switchboard,
        this.clock,
        this.limits,
      );
      this.open.add(transport);
      webSocket.on('close', () => this.open.delete(transport));
    });
  }

  private async createServer(): Promise<WebSocketServer> {
    const { WebSocketServer } = await import('ws');
    return new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: this.limits.frameBytes,
    });
  }

  /** Ends those who have not joined; the switchboard says goodbye to the others. */
  close(): void {
    for (const transport of this.open) if (!transport.hasJoined) transport.terminate();
  }
}

class WebSocketTransport implements Transport {
  readonly kind = 'websocket';
  private state: 'opening' | 'checking' | 'joined' | 'closed' = 'opening';
  private link: Link | undefined;
  private cancelTimer: (() => void) | undefined;
  private isBlocked = false;
  /** Whether frames are being gathered for one write, which {@link flush} makes: a write costs more than a frame. */
  private isCorked = false;

  constructor(
    private readonly socket: WebSocket,
    private readonly stream: Duplex,
    readonly host: string | undefined,
    private readonly switchboard: Switchboard,
    private readonly clock: Clock,
    private readonly limits: WebSocketLimits,
  ) {
    this.cancelTimer = clock.schedule(clock.now() + limits.openingMs, () => {
      const detail = 'The first message did not come in time.';
      this.close({ type: 'closed', code: 'protocol/auth-timeout', detail, resumable: false });
    });
    socket.on('message', (data: Buffer, isBinary: boolean) => this.receive(data, isBinary));
    socket.on('close', () => this.closed());
    socket.on('error', () => socket.terminate()); // a frame that ws refuses; it has sent its close code
  }

  get isOpen(): boolean {
    return this.state !== 'closed' && this.socket.readyState === this.socket.OPEN;
  }

  get isWritable(): boolean {
    if (this.socket.bufferedAmount < this.limits.bufferedBytes) return true;
    this.isBlocked = true;
    return false;
  }

  send(text: string): void {
    if (!this.isOpen) return;
    if (!this.isCorked) this.stream.cork();
    this.isCorked = true;
    this.socket.send(text, this.onSent);
  }

  flush(): void {
    if (!this.isCorked) return;
    this.isCorked = false;
    this.stream.uncork();
  }

  close(last: Closed): void {
    if (this.state === 'closed') return;
    this.send(closedText(last));
    this.flush();
    this.state = 'closed';
    this.cancelTimer?.();
    this.socket.close(closeCodeOf(last.code), last.code);
    if (this.socket.isPaused) this.socket.resume(); // to read the other side's close
    this.cancelTimer = this.clock.schedule(this.clock.now() + this.limits.closeMs, () => this.socket.terminate());
  }

  get hasJoined(): boolean {
    return this.link !== undefined;
  }

  terminate(): void {
    this.socket.terminate();
  }

  private readonly onSent = (): void => {
    if (!this.isBlocked || this.socket.bufferedAmount > this.limits.bufferedBytes / 2) return;
    this.isBlocked = false;
    if (this.link) this.switchboard.writable(this.link);
  };

  private receive(data: Buffer, isBinary: boolean): void {
    if (this.state === 'joined') {
      const parsed = isBinary ? undefined : parseJson(data.toString());
      if (parsed?.ok) this.switchboard.receive(this.link!, this, parsed.value);
      else this.switchboard.receiveNonsense(this.link!, this);
      return;
    }
    if (this.state !== 'opening') return;
    this.state = 'checking';
    this.socket.pause(); // what follows waits for the answer
    const parsed = isBinary ? undefined : parseJson(data.toString());
    void this.openWith(parsed?.ok ? parsed.value : undefined);
  }

  private async openWith(opening: unknown): Promise<void> {
    const link = await this.switchboard.open(opening, this);
    if (!link) return;
    this.cancelTimer?.();
    this.link = link;
    if (this.isOpen) {
      this.state = 'joined';
      this.socket.resume();
    } else this.switchboard.lost(link, this);
  }

  private closed(): void {
    this.state = 'closed';
    this.cancelTimer?.();
    if (this.link) this.switchboard.lost(this.link, this);
  }
}

const CLOSE_CODE_BY_REASON: Readonly<Record<string, number>> = {
  left: CLOSE_CODES.normal,
  'session/ended': CLOSE_CODES.normal,
  'server/restarting': CLOSE_CODES.goingAway,
  'request/not-json': CLOSE_CODES.invalidData,
  'request/too-large': CLOSE_CODES.tooLarge,
  'connection/overflow': CLOSE_CODES.tryAgainLater,
  'connection/slow': CLOSE_CODES.tryAgainLater,
  'protocol/out-of-order': CLOSE_CODES.protocolError,
};

const closeCodeOf = (code: string): number => CLOSE_CODE_BY_REASON[code] ?? CLOSE_CODES.policyViolation;

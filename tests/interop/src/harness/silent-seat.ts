import type { ClientMessage, ServerMessage } from '@maru/signaling';
import { WebSocket } from 'ws';

/** Somebody in a hall who sends and receives no media: there, and at no cost to the machine. */
export class SilentSeat {
  private sent = 0;
  private received = 0;

  private constructor(
    private readonly socket: WebSocket,
    private readonly onMessage: (message: ServerMessage) => void,
  ) {}

  static async enter(
    serverUrl: string,
    hall: string,
    name: string,
    onMessage: (message: ServerMessage) => void = () => {},
  ): Promise<SilentSeat> {
    const response = await fetch(`${serverUrl}/app/halls/${hall}/join`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name }),
    });
    const { token } = (await response.json()) as { token: string };
    const socket = new WebSocket(`${serverUrl.replace('http', 'ws')}/v1/signal/ws`);
    const seat = new SilentSeat(socket, onMessage);
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.once('open', () =>
        socket.send(JSON.stringify({ type: 'hello', protocol: 1, token, attempt: 'attempt-of-a-silent-seat' })),
      );
      socket.on('message', (data) => {
        seat.take(JSON.parse(String(data)) as { seq?: number; message?: ServerMessage });
        resolve();
      });
    });
    return seat;
  }

  async leave(): Promise<void> {
    this.say({ type: 'leave' });
    await new Promise((gone) => this.socket.once('close', gone));
  }

  private take({ seq, message }: { seq?: number; message?: ServerMessage }): void {
    if (seq === undefined || !message) return;
    this.received = seq;
    this.socket.send(JSON.stringify({ ack: seq }));
    this.onMessage(message);
    if (message.type !== 'media-mode' || message.media.stage !== 'moving') return;
    this.say({ type: 'media-ready', epoch: message.media.epoch, ready: true });
  }

  say(message: ClientMessage): void {
    this.sent += 1;
    this.socket.send(JSON.stringify({ seq: this.sent, ack: this.received, message }));
  }
}

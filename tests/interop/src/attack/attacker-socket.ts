import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

/** Somebody with a UDP socket and no part in the call. Counts what it sends and what that provokes. */
export class AttackerSocket {
  sentBytes = 0;
  receivedBytes = 0;
  /** Replies by what their first byte makes of them (RFC 7983 §7). */
  readonly replies = { stun: 0, dtls: 0, other: 0 };
  private timer: NodeJS.Timeout | undefined;
  private readonly rounds: (() => void)[] = [];

  private constructor(private readonly socket: Socket) {
    socket.on('message', (bytes) => {
      this.receivedBytes += bytes.length;
      const [first = 255] = bytes;
      this.replies[first < 4 ? 'stun' : first >= 20 && first < 64 ? 'dtls' : 'other'] += 1;
    });
  }

  /** Sends from `address`, from a port of its own. */
  static async open(address: string): Promise<AttackerSocket> {
    const socket = createSocket('udp4').bind(0, address);
    await once(socket, 'listening');
    return new AttackerSocket(socket);
  }

  get port(): number {
    return (this.socket.address() as AddressInfo).port;
  }

  send(bytes: Uint8Array, { address, port }: { readonly address: string; readonly port: number }): Promise<void> {
    this.sentBytes += bytes.length;
    return new Promise((sent, failed) => this.socket.send(bytes, port, address, (error) => (error ? failed(error) : sent())));
  }

  /** Until {@link close}: the next of `packets`, over and over, to each target, `perSecond` times a second. */
  spray(
    packets: readonly Uint8Array[],
    targets: readonly { readonly address: string; readonly port: number }[],
    perSecond: number,
  ): void {
    let next = 0;
    this.timer = setInterval(() => {
      const packet = packets[next++ % packets.length]!;
      for (const target of targets) void this.send(packet, target);
      this.rounds.shift()?.();
    }, 1_000 / perSecond);
  }

  /** Resolves once the spray has gone on for so many packets more. */
  async sprayed(packets: number): Promise<void> {
    for (let i = 0; i < packets; i++) await new Promise<void>((next) => this.rounds.push(next));
  }

  close(): void {
    clearInterval(this.timer);
    this.socket.close();
  }
}

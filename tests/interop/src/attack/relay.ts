import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Described } from './live-call.js';

/** What a man in the middle does with a packet: hand on these instead. */
export type Meddle = (bytes: Uint8Array, from: 'a' | 'b') => readonly Uint8Array[];

const HAND_ON: Meddle = (bytes) => [bytes];

/**
 * Somebody on the path: a process with two sockets that both ends take for each other. STUN goes through as it is, so ICE is
 * content: it knows whom it talks to only by passwords that this one never needs.
 *
 *     a ── facingA │ facingB ── b
 */
export class Relay {
  meddle: Meddle = HAND_ON;
  /** Every packet that came by, as it was sent. */
  readonly seen: { readonly from: 'a' | 'b'; readonly bytes: Uint8Array }[] = [];
  /** Where both ends are: see {@link between}. */
  readonly ends: { a?: Described; b?: Described } = {};

  private constructor(private readonly facing: { readonly a: Socket; readonly b: Socket }) {
    for (const from of ['a', 'b'] as const) {
      facing[from].on('message', (lent) => {
        const bytes = new Uint8Array(lent);
        this.seen.push({ from, bytes });
        for (const packet of this.meddle(bytes, from)) this.send(packet, from === 'a' ? 'b' : 'a');
      });
    }
  }

  static async open(address: string): Promise<Relay> {
    const sockets = [createSocket('udp4').bind(0, address), createSocket('udp4').bind(0, address)] as const;
    await Promise.all(sockets.map((socket) => once(socket, 'listening')));
    return new Relay({ a: sockets[0], b: sockets[1] });
  }

  /** Which of our ports the end `to` is told of, as the other's. */
  portFor(to: 'a' | 'b'): number {
    return (this.facing[to].address() as AddressInfo).port;
  }

  /** Tells where both ends are. */
  between(a: Described, b: Described): void {
    Object.assign(this.ends, { a, b });
  }

  send(bytes: Uint8Array, to: 'a' | 'b'): void {
    const end = this.ends[to];
    if (end) this.facing[to].send(bytes, end.port, end.address);
  }

  close(): void {
    this.facing.a.close();
    this.facing.b.close();
  }
}

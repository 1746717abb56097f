import type { Socket } from 'node:net';
import { Malformed } from '@maru/protocol/core';
import { FRAME_HEADER_BYTES } from '@maru/protocol/ice';
import { decodeStunMessage, isStun, Username } from '@maru/protocol/stun';

/** The first frame is a check: it fits into one packet. */
const MAX_FIRST_FRAME_BYTES = 1_500;
/** How long a connection may take to say whom it is for (S-27). */
const FIRST_FRAME_MS = 5_000;
/** What may wait in a connection before packets are dropped, as a full router would. */
const MAX_BACKLOG_BYTES = 1 << 20;

/** Whether a connection that begins with these bytes is one of ICE over TCP: a framed check (RFC 4571, RFC 6544 §3). Undefined: more is needed. */
export function isIceTcp(head: Uint8Array): boolean | undefined {
  const frame = head.subarray(FRAME_HEADER_BYTES);
  if (head.length > 0 && head[0]! > 5) return false; // a check is no longer
  if (frame.length > 0 && frame[0]! > 3) return false;
  if (frame.length < 8) return undefined;
  return frame[4] === 0x21 && frame[5] === 0x12 && frame[6] === 0xa4 && frame[7] === 0x42;
}

/** Where connections go whose first check names somebody's ufrag. */
export interface StreamHouse {
  /** The worker of this ufrag; undefined: nobody's. */
  workerOf(ufrag: string): number | undefined;
  opened(worker: number, stream: number, remoteAddress: string, remotePort: number): void;
  /** The bytes are the receiver's to keep. */
  received(worker: number, stream: number, bytes: Uint8Array): void;
  closed(worker: number, stream: number): void;
}

/** Accepted TCP connections: each waits here until its first check says to which worker it belongs. */
export class StreamDoor {
  private readonly sockets = new Map<number, Socket>();
  private next = 1;
  private unclaimed = 0;
  private refusals = 0;

  constructor(
    private readonly house: StreamHouse,
    private readonly maxUnclaimed: number,
    private readonly patienceMs = FIRST_FRAME_MS,
  ) {}

  get size(): number {
    return this.sockets.size;
  }

  get refused(): number {
    return this.refusals;
  }

  /** A connection; `head` is what was read of it already. */
  accept(socket: Socket, head: Uint8Array = new Uint8Array(0)): void {
    if (this.unclaimed >= this.maxUnclaimed) return this.refuse(socket);
    this.unclaimed += 1;
    socket.setNoDelay(true);
    let waiting = new Uint8Array(head);
    const leave = (): void => {
      this.unclaimed -= 1;
      clearTimeout(timer);
      socket.off('data', take);
      socket.off('close', leave);
    };
    const take = (bytes: Uint8Array): void => {
      const all = new Uint8Array(waiting.length + bytes.length);
      all.set(waiting);
      all.set(bytes, waiting.length);
      waiting = all;
      const ufrag = ufragOf(waiting);
      if (ufrag === undefined) return;
      leave();
      const worker = ufrag === '' ? undefined : this.house.workerOf(ufrag);
      if (worker === undefined) this.refuse(socket);
      else this.adopt(socket, worker, waiting);
    };
    const timer = setTimeout(() => {
      leave();
      this.refuse(socket);
    }, this.patienceMs);
    socket.on('error', () => {}); // 'close' follows
    socket.on('data', take);
    socket.on('close', leave);
    take(new Uint8Array(0));
    socket.resume();
  }

  /** Whole frames for a connection: dropped where its client takes them too slowly. */
  write(stream: number, bytes: Uint8Array): void {
    const socket = this.sockets.get(stream);
    if (socket && socket.writableLength <= MAX_BACKLOG_BYTES) socket.write(bytes);
  }

  close(stream: number): void {
    this.sockets.get(stream)?.destroySoon();
  }

  end(): void {
    for (const socket of this.sockets.values()) socket.destroy();
  }

  private adopt(socket: Socket, worker: number, head: Uint8Array): void {
    const stream = this.next++;
    this.sockets.set(stream, socket);
    this.house.opened(worker, stream, plain(socket.remoteAddress ?? ''), socket.remotePort ?? 0);
    this.house.received(worker, stream, head);
    socket.on('data', (bytes: Uint8Array) => this.house.received(worker, stream, new Uint8Array(bytes)));
    socket.on('end', () => socket.destroy());
    socket.on('close', () => {
      this.sockets.delete(stream);
      this.house.closed(worker, stream);
    });
  }

  private refuse(socket: Socket): void {
    this.refusals += 1;
    socket.destroy();
  }
}

/** Our ufrag in the check that begins `bytes`; empty: it is no check; undefined: it is not there whole. */
function ufragOf(bytes: Uint8Array): string | undefined {
  if (bytes.length < FRAME_HEADER_BYTES) return undefined;
  const length = (bytes[0]! << 8) | bytes[1]!;
  if (length === 0 || length > MAX_FIRST_FRAME_BYTES) return '';
  if (bytes.length < FRAME_HEADER_BYTES + length) return undefined;
  const frame = bytes.subarray(FRAME_HEADER_BYTES, FRAME_HEADER_BYTES + length);
  const message = isStun(frame) ? decodeStunMessage(frame) : undefined;
  if (!message || message instanceof Malformed) return '';
  return message.value(Username)?.split(':')[0] ?? '';
}

/** `::ffff:192.0.2.1` as a dual-stack socket reports it is 192.0.2.1. */
function plain(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
}

import { assertNever } from '../../core/index.js';
import type { ClientPath, CloseReason, PeerConnection, Relay, TurnServerEvent, TurnServerOutputs } from './contract.js';

export type Output =
  | { readonly type: 'transmit'; readonly offset: number; readonly length: number; readonly path: ClientPath }
  | { readonly type: 'open-relay' | 'close-relay'; readonly relay: Relay }
  | { readonly type: 'connect-peer' | 'close-peer'; readonly connection: PeerConnection }
  | { readonly type: 'splice'; readonly connection: PeerConnection; readonly path: ClientPath }
  | { readonly type: 'close-client'; readonly path: ClientPath; readonly reason: CloseReason }
  | { readonly type: 'event'; readonly event: TurnServerEvent };

/** Room for the answers to a batch of requests; what one burst took beyond that is given back. */
const KEPT_BYTES = 16_384;

/** What the server has to say beside relayed packets, in order, until it is drained. Messages lie one behind the other in one slab. */
export class Outbox {
  private queue: Output[] = [];
  private slab = new Uint8Array(KEPT_BYTES);
  private usedBytes = 0;
  private isDraining = false;

  /** Queues a copy of `bytes`. */
  transmit(bytes: Uint8Array, path: ClientPath): void {
    if (this.usedBytes + bytes.length > this.slab.length) this.grow(bytes.length);
    this.slab.set(bytes, this.usedBytes);
    this.queue.push({ type: 'transmit', offset: this.usedBytes, length: bytes.length, path });
    this.usedBytes += bytes.length;
  }

  push(output: Exclude<Output, { type: 'transmit' }>): void {
    this.queue.push(output);
  }

  event(event: TurnServerEvent): void {
    this.queue.push({ type: 'event', event });
  }

  /** Delivers everything queued, also what deliveries add. Called from within itself, it leaves the work to the outer call. */
  drain(outputs: TurnServerOutputs): void {
    if (this.isDraining || this.queue.length === 0) return;
    this.isDraining = true;
    let next = 0;
    try {
      while (next < this.queue.length) this.deliver(this.queue[next++]!, outputs);
    } finally {
      this.isDraining = false;
      if (next === this.queue.length) this.empty();
      else this.queue = this.queue.slice(next); // a listener threw: the rest is still queued
    }
  }

  private deliver(output: Output, outputs: TurnServerOutputs): void {
    if (output.type !== 'transmit') return deliver(output, outputs);
    const { offset, length, path } = output;
    outputs.transmit(this.slab.subarray(offset, offset + length), path);
  }

  private empty(): void {
    this.queue.length = 0;
    this.usedBytes = 0;
    if (this.slab.length > KEPT_BYTES) this.slab = new Uint8Array(KEPT_BYTES);
  }

  private grow(length: number): void {
    const larger = new Uint8Array(2 * (this.usedBytes + length));
    larger.set(this.slab.subarray(0, this.usedBytes));
    this.slab = larger;
  }
}

function deliver(output: Exclude<Output, { type: 'transmit' }>, outputs: TurnServerOutputs): void {
  switch (output.type) {
    case 'open-relay':
      return outputs.openRelay(output.relay);
    case 'close-relay':
      return outputs.closeRelay(output.relay);
    case 'connect-peer':
      return outputs.connectPeer(output.connection);
    case 'close-peer':
      return outputs.closePeer(output.connection);
    case 'splice':
      return outputs.splice(output.connection, output.path);
    case 'close-client':
      return outputs.closeClient(output.path, output.reason);
    case 'event':
      return outputs.event(output.event);
    default:
      return assertNever(output);
  }
}

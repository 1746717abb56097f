import { assertNever } from '../../core/index.js';
import type { ClientPath, CloseReason, PeerConnection, Relay, TurnServerEvent, TurnServerOutputs } from './contract.js';

export type Output =
  | { readonly type: 'transmit'; readonly bytes: Uint8Array; readonly path: ClientPath }
  | { readonly type: 'open-relay' | 'close-relay'; readonly relay: Relay }
  | { readonly type: 'connect-peer' | 'close-peer'; readonly connection: PeerConnection }
  | { readonly type: 'splice'; readonly connection: PeerConnection; readonly path: ClientPath }
  | { readonly type: 'close-client'; readonly path: ClientPath; readonly reason: CloseReason }
  | { readonly type: 'event'; readonly event: TurnServerEvent };

/** What the server has to say beside relayed packets, in order, until it is drained. Control traffic: it may allocate. */
export class Outbox {
  private queue: Output[] = [];
  private isDraining = false;

  push(output: Output): void {
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
      while (next < this.queue.length) deliver(this.queue[next++]!, outputs);
    } finally {
      this.isDraining = false;
      this.queue = next === this.queue.length ? [] : this.queue.slice(next); // if a listener threw, the rest is still queued
    }
  }
}

function deliver(output: Output, outputs: TurnServerOutputs): void {
  switch (output.type) {
    case 'transmit':
      return outputs.transmit(output.bytes, output.path);
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

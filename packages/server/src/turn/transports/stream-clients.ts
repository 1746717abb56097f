import type { Socket } from 'node:net';
import type { ClientPath } from '@maru/protocol/turn/server';
import { StreamClient } from './stream-client.js';

/** What happens on clients' connections. */
export interface StreamClientsOwner {
  /** Some bytes of the stream, lent for the call. */
  data(path: ClientPath, bytes: Uint8Array): void;
  /** The client is gone: not because we closed it. */
  closed(path: ClientPath): void;
}

/** Every TCP and TLS connection of clients; each path's `driverSlot` is its place here. */
export class StreamClients {
  private readonly clients: (StreamClient | undefined)[] = [];
  private readonly free: number[] = [];
  /** Those with something to write. */
  private readonly unwritten = new Set<StreamClient>();
  private droppedBefore = 0;

  constructor(private readonly owner: StreamClientsOwner) {}

  /** Relayed messages that clients did not take in time. */
  get dropped(): number {
    return this.clients.reduce((sum, client) => sum + (client?.dropped ?? 0), this.droppedBefore);
  }

  add(socket: Socket, path: ClientPath): void {
    const slot = this.free.pop() ?? this.clients.length;
    const client = new StreamClient(socket, (one) => this.unwritten.add(one));
    this.clients[slot] = client;
    path.driverSlot = slot;
    client.onData = (bytes) => this.owner.data(path, bytes);
    socket.on('data', client.receive);
    socket.resume(); // who gave it to us may have paused it
    socket.on('error', () => {}); // 'close' follows
    socket.on('close', () => {
      if (this.remove(path, client)) this.owner.closed(path);
    });
  }

  of(path: ClientPath): StreamClient | undefined {
    return this.clients[path.driverSlot];
  }

  /** Ends the connection after what was queued for it. */
  close(path: ClientPath): void {
    const client = this.of(path);
    if (!client) return;
    client.flush();
    this.remove(path, client);
    client.socket.destroySoon();
  }

  /** Writes what was queued. */
  flush(): void {
    if (this.unwritten.size === 0) return;
    for (const client of this.unwritten) client.flush();
    this.unwritten.clear();
  }

  end(): void {
    for (const client of this.clients) client?.socket.destroy();
  }

  private remove(path: ClientPath, client: StreamClient): boolean {
    if (this.clients[path.driverSlot] !== client) return false;
    this.droppedBefore += client.dropped;
    this.unwritten.delete(client);
    this.clients[path.driverSlot] = undefined;
    this.free.push(path.driverSlot);
    path.driverSlot = -1;
    return true;
  }
}

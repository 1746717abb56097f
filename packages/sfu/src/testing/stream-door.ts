import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import type { VirtualHost } from '@maru/netsim';
import type { StreamSocket } from '@maru/protocol/core';
import type { MediaServer } from '../media-server/media-server.js';

/** A TCP connection of the virtual network, as much of a Node.js socket as a media server uses. */
class VirtualSocket extends EventEmitter {
  readonly remoteAddress: string;
  readonly remotePort: number;
  private isClosed = false;

  constructor(private readonly stream: StreamSocket) {
    super();
    this.remoteAddress = stream.path.remoteAddress;
    this.remotePort = stream.path.remotePort;
    stream.receiver = {
      data: (bytes) => void this.emit('data', new Uint8Array(bytes)),
      closed: () => this.end(),
    };
  }

  get writableLength(): number {
    return this.stream.bufferedBytes;
  }

  write(bytes: Uint8Array): boolean {
    if (!this.isClosed) this.stream.write(bytes);
    return true;
  }

  destroy(): this {
    this.stream.close();
    this.end();
    return this;
  }

  destroySoon(): void {
    this.destroy();
  }

  setNoDelay(): this {
    return this;
  }

  resume(): this {
    return this;
  }

  private end(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.emit('close');
  }
}

/** Takes TCP connections to `port` of a virtual host to the media server that runs there. */
export async function listenOn(host: VirtualHost, address: string, port: number, server: MediaServer): Promise<void> {
  await host.listenStream({ address, port }, (stream) => server.acceptStream(new VirtualSocket(stream) as unknown as Socket));
}

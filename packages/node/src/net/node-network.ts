import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { Clock, DatagramSocket, HostAddress, NetworkStack, StreamListener, StreamSocket } from '@maru/protocol/core';
import { systemClock } from '../clock.js';
import { MdnsService } from '../mdns/mdns.js';
import { NodeDatagramSocket } from './datagram-socket.js';
import { driver } from './driver.js';
import { hostAddresses } from './host-addresses.js';
import { NativeDatagramSocket } from './native-datagram-socket.js';
import { listenStream, openStream } from './stream-socket.js';

/** The network of the machine that Node.js runs on. */
export class NodeNetwork implements NetworkStack {
  readonly clock: Clock = systemClock;

  /** `driver` says who moves UDP: `native` where the addon is there, if nothing else is asked for. */
  constructor(private readonly options: { readonly driver?: 'native' | 'node' } = {}) {}

  readonly mdns = new MdnsService();

  hostAddresses(): readonly HostAddress[] {
    return hostAddresses();
  }

  openDatagram({ address, port = 0 }: { readonly address: string; readonly port?: number }): Promise<DatagramSocket> {
    if ((this.options.driver ?? driver.name) === 'node') return NodeDatagramSocket.open(address, port);
    return new Promise((opened) => opened(NativeDatagramSocket.open(address, port)));
  }

  openStream(options: Parameters<NetworkStack['openStream']>[0]): Promise<StreamSocket> {
    return openStream(options);
  }

  listenStream(
    options: Parameters<NetworkStack['listenStream']>[0],
    accept: (socket: StreamSocket) => void,
  ): Promise<StreamListener> {
    return listenStream(options, accept);
  }

  async resolveHost(name: string): Promise<readonly string[]> {
    if (isIP(name)) return [name];
    if (name.toLowerCase().endsWith('.local')) return this.mdns.resolve(name);
    const found = await lookup(name, { all: true, order: 'verbatim' });
    return found.map(({ address }) => address);
  }
}

/** The one network of this process. */
export const nodeNetwork = new NodeNetwork();

import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type {
  Clock,
  DatagramSocket,
  HostAddress,
  Instant,
  NetworkStack,
  StreamListener,
  StreamSocket,
} from '@maru/protocol/core';
import { systemClock } from '../clock.js';
import { MdnsService } from '../mdns/mdns.js';
import { NodeDatagramSocket } from './datagram-socket.js';
import { driver } from './driver.js';
import { hostAddresses } from './host-addresses.js';
import { NativeDatagramSocket } from './native-datagram-socket.js';
import { listenStream, openStream } from './stream-socket.js';

const ADDRESSES_KEPT_MS = 1_000;

/** The network of the machine that Node.js runs on. */
export class NodeNetwork implements NetworkStack {
  readonly clock: Clock = systemClock;
  private asked: { readonly at: Instant; readonly addresses: readonly HostAddress[] } | undefined;

  /** `driver` says who moves UDP: `native` where the addon is there, if nothing else is asked for. */
  constructor(private readonly options: { readonly driver?: 'native' | 'node' } = {}) {}

  readonly mdns = new MdnsService();

  /** As they were within the last second: every connection asks, and the system takes a tenth of a millisecond to answer. */
  hostAddresses(): readonly HostAddress[] {
    const now = this.clock.now();
    if (!this.asked || now - this.asked.at > ADDRESSES_KEPT_MS) this.asked = { at: now, addresses: hostAddresses() };
    return this.asked.addresses;
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

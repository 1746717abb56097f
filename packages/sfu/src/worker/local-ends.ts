import type { MediaDriver } from '@maru/node/media';
import type { DatagramSocket, Path } from '@maru/protocol/core';
import { candidatePriority, formatCandidate } from '@maru/protocol/ice';
import { IpEndpoint } from '@maru/protocol/turn/server';

/** An address that a driver has bound, and what clients are told of it. */
export interface LocalEnd {
  readonly address: string;
  readonly port: number;
  readonly advertised: readonly string[];
}

/** In place of a local port in the paths of TCP connections: they share one end, and UDP may have the same port. */
export const STREAM_PORT = 0;
export const STREAM_ADDRESS = '0.0.0.0';

/** The most that interfaces differ in (RFC 8445 §5.1.2.1). */
const HIGHEST_LOCAL_PREFERENCE = 65_535;

/**
 * The lines of our candidates (RFC 8839 §5.1): the same for everybody, since everybody comes to one port. IPv6 stands before IPv4
 * (RFC 8421 §4), UDP before TCP.
 */
export function candidateLines(udp: readonly LocalEnd[], tcpPort: number | undefined): string[] {
  const addresses = udp.flatMap(({ advertised, port }) => advertised.map((address) => ({ address, port })));
  const sorted = [...addresses].sort((a, b) => Number(b.address.includes(':')) - Number(a.address.includes(':')));
  return (['udp', 'tcp'] as const).flatMap((protocol) =>
    sorted.flatMap(({ address, port }, index): string[] => {
      if (protocol === 'tcp' && tcpPort === undefined) return [];
      const tcpType = protocol === 'tcp' ? 'passive' : undefined;
      const localPreference = HIGHEST_LOCAL_PREFERENCE - index;
      return [
        formatCandidate({
          foundation: `${protocol === 'udp' ? 'U' : 'T'}${index + 1}`,
          component: 1,
          protocol,
          priority: candidatePriority({ type: 'host', protocol, tcpType, relayProtocol: undefined, localPreference }),
          address,
          port: protocol === 'tcp' ? tcpPort! : port,
          type: 'host',
          tcpType,
          relatedAddress: undefined,
          relatedPort: undefined,
          usernameFragment: undefined,
          extensions: [],
        }),
      ];
    }),
  );
}

/**
 * A bound end of a driver in the form that an ICE agent wants: what it sends goes to the integer of the path. Shared by all agents of a
 * worker: a lite agent opens nothing and asks no server.
 */
export class DriverSocket implements DatagramSocket {
  receiver = undefined;

  constructor(
    private readonly driver: MediaDriver,
    readonly localAddress: string,
    readonly localPort: number,
    /** The driver's; undefined for agents that only answer. */
    private readonly socket?: number,
  ) {}

  /** Only a full agent asks for a path to where nothing came from. */
  pathTo(remoteAddress: string, remotePort: number): Path {
    const { addresses } = this.driver;
    const remote = this.socket === undefined ? undefined : IpEndpoint.of(remoteAddress, remotePort);
    if (this.socket !== undefined && remote) return addresses.pathOf(addresses.intern(this.socket, remote));
    return { localAddress: this.localAddress, localPort: this.localPort, remoteAddress, remotePort };
  }

  /** The driver's integer for a path of this end. */
  addressOf(path: Path): number {
    return this.driver.addresses.addressOf(path);
  }

  send(bytes: Uint8Array, path: Path): void {
    this.driver.transmit(this.addressOf(path), bytes);
  }

  flush(): void {
    this.driver.flush();
  }

  close(): void {} // it belongs to the driver
}

import { IpEndpoint, type RelayAddress } from '@maru/protocol/turn/server';

interface Place {
  /** Where relays are bound, and what the world calls them; port 0. */
  readonly local: IpEndpoint;
  readonly relayed: IpEndpoint;
  /** The ports of this thread. */
  readonly firstPort: number;
  readonly lastPort: number;
}

/**
 * Relays of the other threads: at the same addresses, at ports of the range that are not this thread's. Behind a 1:1 NAT they
 * are reached at their local address, and seen under the one that the world knows.
 */
export class SiblingRelays {
  private readonly places: readonly Place[];
  private readonly target = new IpEndpoint();

  /** `addresses` with this thread's part of their ports; `all` is the whole range of each. */
  constructor(
    addresses: readonly RelayAddress[],
    private readonly all: readonly RelayAddress[],
  ) {
    this.places = addresses.flatMap(({ address, advertisedAddress, firstPort, lastPort }) => {
      const local = IpEndpoint.of(address, 0);
      const relayed = IpEndpoint.of(advertisedAddress ?? address, 0);
      return local && relayed ? [{ local, relayed, firstPort, lastPort }] : [];
    });
  }

  /** Where a relayed address of another thread is bound; undefined for what is none. Lent until the next call. */
  localOf(relayed: IpEndpoint): IpEndpoint | undefined {
    return this.translated(relayed, 'relayed', 'local');
  }

  /** The relayed address of another thread that a packet from `local` is of. Lent until the next call. */
  relayedOf(local: IpEndpoint): IpEndpoint | undefined {
    return this.translated(local, 'local', 'relayed');
  }

  private translated(endpoint: IpEndpoint, from: 'local' | 'relayed', to: 'local' | 'relayed'): IpEndpoint | undefined {
    const { port } = endpoint;
    for (const [i, place] of this.places.entries()) {
      const whole = this.all[i]!;
      const isOwn = port >= place.firstPort && port <= place.lastPort;
      if (isOwn || port < whole.firstPort || port > whole.lastPort || !place[from].isSameAddress(endpoint)) continue;
      this.target.set(place[to]);
      this.target.port = port;
      return this.target;
    }
    return undefined;
  }
}

import type { Instant, RandomSource, Waiting } from '../../core/index.js';
import { assert, NEVER } from '../../core/index.js';
import type { AddressFamily } from '../../stun/index.js';
import type { RelayTransport } from './contract.js';
import { IpEndpoint } from './ip-endpoint.js';
import { PortPool, type PortSource, SharedPort } from './port-pool.js';
import type { RelayAddress } from './settings.js';
import type { UserUsage } from './usage.js';

/** A reserved port waits so long for who has the token (RFC 8656 §7.2). */
export const RESERVATION_MS = 30_000;

/** A port taken, and where it is. */
export interface TakenPort {
  readonly pool: PortSource;
  /** Of a port that all allocations share. */
  readonly sharedScope: number | undefined;
  readonly local: IpEndpoint;
  readonly relayed: IpEndpoint;
}

/** What was asked for: a port, and the one after it where that is to be kept. */
export interface PortTaken {
  readonly port: TakenPort;
  readonly next: TakenPort | undefined;
}

/** A port kept for a RESERVATION-TOKEN (RFC 8656 §7.2). */
export class Reservation implements Waiting {
  readonly kind = 'reservation';
  dueAt: Instant = NEVER;
  heapIndex = -1;

  constructor(
    readonly token: Uint8Array,
    readonly port: TakenPort,
    /** It counts as an allocation of this user until it becomes one or lapses. */
    readonly user: UserUsage,
  ) {}
}

interface Place {
  /** As it was configured. */
  readonly address: string;
  readonly transport: RelayTransport;
  readonly family: AddressFamily;
  /** Without ports. */
  readonly local: IpEndpoint;
  readonly relayed: IpEndpoint;
  readonly pool: PortSource;
  readonly sharedScope: number | undefined;
}

/** Beyond every relay's id. */
const FIRST_SHARED_SCOPE = 0x4000_0000;

/** Which ports of which addresses are free to relay from. */
export class RelayPorts {
  private places: Place[] = [];
  private turn = 0;
  private nextSharedScope = FIRST_SHARED_SCOPE;

  constructor(
    addresses: readonly RelayAddress[],
    private readonly random: RandomSource,
  ) {
    this.reconfigure(addresses);
  }

  /** Takes other addresses and ranges; ports that are taken stay so. */
  reconfigure(addresses: readonly RelayAddress[]): void {
    const before = [...this.places];
    const placeBefore = (address: RelayAddress, transport: RelayTransport): Place | undefined => {
      const index = before.findIndex((place) => place.address === address.address && place.transport === transport);
      return index < 0 ? undefined : before.splice(index, 1)[0];
    };
    this.places = addresses.flatMap((address) =>
      (['udp', 'tcp'] as const).map((transport) => this.placeOf(address, transport, placeBefore(address, transport))),
    );
  }

  has(family: AddressFamily, transport: RelayTransport): boolean {
    return this.places.some((place) => place.family === family && place.transport === transport);
  }

  /** Ports in use and in all, of both families, for UDP. */
  get usage(): { readonly used: number; readonly limit: number } {
    let used = 0;
    let limit = 0;
    for (const { transport, pool } of this.places) {
      if (transport !== 'udp') continue;
      used += pool.used;
      limit += pool.size;
    }
    return { used, limit };
  }

  /** Whether only the reserved share is left. */
  isScarce(family: AddressFamily, transport: RelayTransport, reservedShare: number): boolean {
    let used = 0;
    let size = 0;
    for (const place of this.places) {
      if (place.family !== family || place.transport !== transport) continue;
      used += place.pool.used;
      size += place.pool.size;
    }
    return used >= size * (1 - reservedShare);
  }

  /** A free port; of several addresses of the family, each has its turn. `next` is the port after it, when that was asked for. */
  take(
    family: AddressFamily,
    transport: RelayTransport,
    even: { readonly reserveNext: boolean } | undefined,
  ): PortTaken | undefined {
    const places = this.places.filter((place) => place.family === family && place.transport === transport);
    for (let i = 0; i < places.length; i++) {
      const place = places[(this.turn + i) % places.length]!;
      const number = even ? place.pool.takeEven(even.reserveNext) : place.pool.take();
      if (number === undefined) continue;
      this.turn += 1;
      return { port: takenPort(place, number), next: even?.reserveNext ? takenPort(place, number + 1) : undefined };
    }
    return undefined;
  }

  private placeOf(address: RelayAddress, transport: RelayTransport, before: Place | undefined): Place {
    const local = IpEndpoint.of(address.address, 0);
    const relayed = IpEndpoint.of(address.advertisedAddress ?? address.address, 0);
    assert(local && relayed, 'relay addresses are IP addresses');
    const place = { address: address.address, transport, family: local.family, local, relayed };
    const { firstPort, lastPort } = address;
    const known = before?.pool;
    if (address.isShared && transport === 'udp') {
      const isSame = known instanceof SharedPort && known.port === firstPort;
      const sharedScope = isSame ? before?.sharedScope : this.nextSharedScope++;
      return { ...place, pool: isSame ? known : new SharedPort(firstPort), sharedScope };
    }
    if (known instanceof PortPool) known.setRange(firstPort, lastPort);
    const pool = known instanceof PortPool ? known : new PortPool(firstPort, lastPort, this.random);
    return { ...place, pool, sharedScope: undefined };
  }
}

function takenPort({ local, relayed, pool, sharedScope }: Place, port: number): TakenPort {
  const at = (endpoint: IpEndpoint): IpEndpoint => {
    const copy = endpoint.copy();
    copy.port = port;
    return copy;
  };
  return { pool, local: at(local), relayed: at(relayed), sharedScope };
}

import type { Allocation } from './allocation.js';
import type { Relay, RelayTransport } from './contract.js';
import type { IpEndpoint } from './ip-endpoint.js';
import type { PortSource } from './port-pool.js';

/** A relayed transport address of an allocation, and the port that it holds. */
export class RelaySocket implements Relay {
  driverSlot = -1;
  state: 'opening' | 'open' | 'closed' = 'opening';

  constructor(
    readonly id: number,
    readonly transport: RelayTransport,
    readonly local: IpEndpoint,
    readonly relayed: IpEndpoint,
    readonly pool: PortSource,
    readonly allocation: Allocation,
    /** Under what its permissions and channels are looked up: its own id, or one that all relays of a shared port have. */
    readonly scope: number,
  ) {}

  /** Whether other allocations have the same relayed address. */
  get isShared(): boolean {
    return this.scope !== this.id;
  }
}

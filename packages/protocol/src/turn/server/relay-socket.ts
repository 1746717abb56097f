import type { Allocation } from './allocation.js';
import type { Relay, RelayTransport } from './contract.js';
import type { IpEndpoint } from './ip-endpoint.js';
import type { PortPool } from './port-pool.js';

/** A relayed transport address of an allocation, and the port that it holds. */
export class RelaySocket implements Relay {
  driverSlot = -1;
  state: 'opening' | 'open' | 'closed' = 'opening';

  constructor(
    readonly id: number,
    readonly transport: RelayTransport,
    readonly local: IpEndpoint,
    readonly relayed: IpEndpoint,
    readonly pool: PortPool,
    readonly allocation: Allocation,
  ) {}
}

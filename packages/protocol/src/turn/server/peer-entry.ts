import type { Peer } from './contract.js';
import type { IpEndpoint } from './ip-endpoint.js';

/** How a peer is reached: by the relay's socket, by another allocation of this server, or not at all. */
export type PeerRoute = 'socket' | 'hairpin' | 'refused';

/** One endpoint that an allocation sends to, judged once. */
export class PeerEntry implements Peer {
  driverSlot = -1;

  constructor(
    readonly endpoint: IpEndpoint,
    /** Judged again when the policy changes. */
    public route: PeerRoute,
  ) {}
}

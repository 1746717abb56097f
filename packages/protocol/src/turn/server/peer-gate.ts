import type { Listener } from './contract.js';
import { IpEndpoint } from './ip-endpoint.js';
import type { PeerRoute } from './peer-entry.js';
import type { PeerVerdict } from './policy/peer-policy.js';
import type { RelayAddress, TurnServerSettings } from './settings.js';

/** The peer policy with what only a running server knows: the addresses that it listens at and relays from are its own. */
export class PeerGate {
  private policy: TurnServerSettings['peerPolicy'];
  private readonly relayed: readonly IpEndpoint[];
  private readonly hairpins: boolean;

  constructor({ peerPolicy, relayAddresses, relayToRelay }: TurnServerSettings, listeners: Iterable<Listener>) {
    const seen = ({ address, advertisedAddress }: RelayAddress) => IpEndpoint.of(advertisedAddress ?? address, 0) ?? [];
    this.relayed = relayAddresses.filter(({ isShared }) => !isShared).flatMap(seen); // who shares a port cannot be told apart
    this.hairpins = relayToRelay === 'hairpin';
    const bound = relayAddresses.flatMap(({ address }) => IpEndpoint.of(address, 0) ?? []);
    this.policy = peerPolicy.withOwn([...relayAddresses.flatMap(seen), ...bound, ...[...listeners].map(({ local }) => local)]);
  }

  verdict(peer: IpEndpoint): PeerVerdict {
    const verdict = this.policy.verdict(peer);
    return verdict === 'own' && this.hairpins && this.isRelayed(peer) ? 'allowed' : verdict;
  }

  /** How packets for `peer` leave. Own relayed addresses are never sent to by a socket, unless the endpoint itself is allowed. */
  route(peer: IpEndpoint): PeerRoute {
    const verdict = this.policy.verdict(peer);
    if (verdict === 'allowed') return 'socket';
    return verdict === 'own' && this.hairpins && this.isRelayed(peer) ? 'hairpin' : 'refused';
  }

  private isRelayed(peer: IpEndpoint): boolean {
    return this.relayed.some((relayed) => relayed.isSameAddress(peer));
  }
}

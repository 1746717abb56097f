import { type Instant, NEVER, type RandomSource } from '../core/index.js';
import { familyOf } from '../stun/index.js';
import type { IceCandidate, RemoteCandidate } from './candidate.js';
import { iceChars } from './credentials.js';
import type { RequestId } from './events.js';
import type { Generation, RemoteEntry } from './generation.js';
import type { Generations } from './generations.js';
import type { Requester } from './open-requests.js';
import type { IceLimits, IceTiming } from './options.js';
import type { Route } from './route.js';

interface Lookup {
  readonly candidate: IceCandidate;
  readonly generation: Generation;
  readonly expiresAt: Instant;
}

export interface RemoteCandidateOwner extends Requester {
  readonly generations: Generations;
  /** Whether packets may go there at all. */
  mayReach(address: string, port: number): boolean;
  /** A candidate with an address to check. */
  onRemote(now: Instant, generation: Generation, entry: RemoteEntry): void;
}

/** The candidates of the peer: those that it signals, names below `.local` among them (S-24), and those that checks reveal. */
export class RemoteCandidates {
  private lookups: Map<RequestId, Lookup> | undefined;
  private nextId = 1;

  constructor(
    private readonly owner: RemoteCandidateOwner,
    private readonly limits: IceLimits,
    private readonly timing: IceTiming,
    private readonly resolvesMdns: boolean,
    private readonly random: RandomSource,
  ) {}

  /** When the first name has been looked up for too long. */
  get deadline(): Instant {
    let earliest = NEVER;
    if (!this.lookups) return earliest;
    for (const { expiresAt } of this.lookups.values()) earliest = Math.min(earliest, expiresAt);
    return earliest;
  }

  /** Takes a signalled candidate in; returns why not when it does not. */
  take(now: Instant, candidate: IceCandidate): string | undefined {
    const { usernameFragment, component, port, protocol, tcpType, address } = candidate;
    const generation = this.owner.generations.ofRemote(usernameFragment);
    if (usernameFragment !== undefined && generation.remote && generation.remote.ufrag !== usernameFragment)
      return 'ice/candidate/other-generation';
    if (component !== 1) return 'ice/candidate/other-component';
    if (protocol === 'tcp' && tcpType === undefined) return 'ice/candidate/bad-tcptype';
    if (port === 0 && tcpType !== 'active') return 'ice/candidate/bad-port';
    if (generation.remotes.length + generation.lookupsPending >= this.limits.remoteCandidates) return 'ice/candidate/too-many';
    if (familyOf(address)) return this.add(now, generation, candidate, address);
    if (!/\.local$/i.test(address)) return 'ice/candidate/name'; // looking up any name is what S-22 warns of
    if (!this.resolvesMdns) return 'ice/candidate/mdns-off';
    if (generation.lookups >= this.limits.mdnsLookups) return 'ice/candidate/too-many-names';
    this.lookUp(now, generation, candidate);
    return undefined;
  }

  /** The answer to a lookup, empty when it failed. False when it was no request of ours. */
  resolved(now: Instant, request: RequestId, addresses: readonly string[]): boolean {
    const lookup = this.lookups?.get(request);
    if (!lookup) return false;
    const { candidate, generation } = lookup;
    this.lookups?.delete(request);
    generation.lookupsPending -= 1;
    const address = addresses.find((one) => familyOf(one) !== undefined);
    if (address !== undefined) this.add(now, generation, candidate, address);
    return true;
  }

  /** Gives up on names that take too long (S-24). */
  advance(now: Instant): void {
    for (const [request, { expiresAt }] of this.lookups ?? []) if (now >= expiresAt) this.resolved(now, request, []);
  }

  forget(generation: Generation): void {
    for (const [request, lookup] of this.lookups ?? []) if (lookup.generation === generation) this.lookups?.delete(request);
  }

  close(): void {
    this.lookups?.clear();
  }

  /** A candidate that nobody signalled: where a check or data came from (RFC 8445 §7.3.1.3). */
  peerReflexive(generation: Generation, route: Route, priority: number): RemoteCandidate {
    const { base } = route;
    return {
      id: this.newId(),
      foundation: iceChars(this.random, 8),
      component: 1,
      protocol: base.protocol,
      priority,
      address: route.remoteAddress,
      port: route.remotePort,
      type: 'prflx',
      tcpType: base.kind !== 'tcp' ? undefined : base.tcpType === 'passive' ? 'active' : 'passive',
      relatedAddress: undefined,
      relatedPort: undefined,
      usernameFragment: generation.remote?.ufrag,
      extensions: [],
    };
  }

  /** Two NATs that open a port for each destination could reveal new candidates for ever; so could somebody who replays a check. */
  hasRoomFor(generation: Generation): boolean {
    const { remoteCandidates } = this.limits;
    return generation.remotes.length < remoteCandidates && generation.peerReflexives < remoteCandidates;
  }

  private lookUp(now: Instant, generation: Generation, candidate: IceCandidate): void {
    const request = this.owner.nextRequest();
    generation.lookups += 1;
    generation.lookupsPending += 1;
    this.lookups ??= new Map();
    this.lookups.set(request, { candidate, generation, expiresAt: now + this.timing.mdnsTimeoutMs });
    this.owner.emit({ type: 'resolve-host', request, name: candidate.address, kind: 'mdns' });
  }

  private add(now: Instant, generation: Generation, candidate: IceCandidate, address: string): string | undefined {
    if (!this.owner.mayReach(address, candidate.port)) return 'ice/candidate/refused-address';
    const known = generation.remoteAt(address, candidate.port, candidate.protocol);
    if (known && candidate.tcpType !== 'active') {
      if (known.candidate.type !== 'prflx') return 'ice/candidate/repeated';
      replacePeerReflexive(generation, known, candidate);
      return undefined;
    }
    const entry: RemoteEntry = { candidate: Object.assign({ id: this.newId() }, candidate), address };
    generation.remotes.push(entry);
    this.owner.onRemote(now, generation, entry);
    return undefined;
  }

  private newId(): string {
    return `R${this.nextId++}`;
  }
}

/** A check came faster than its candidate (RFC 8838 §11.4): the pair stays, and now says what the peer said. */
function replacePeerReflexive(generation: Generation, known: RemoteEntry, candidate: IceCandidate): void {
  const before = known.candidate;
  known.candidate = { ...candidate, id: before.id, priority: before.priority };
  for (const pair of generation.checklist.pairs) if (pair.remote === before) pair.remote = known.candidate;
}

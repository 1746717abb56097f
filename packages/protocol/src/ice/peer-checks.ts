import type { CoreContext, Instant } from '../core/index.js';
import {
  checkFingerprint,
  checkIntegrity,
  Priority,
  StunEncoder,
  StunErrorCode,
  type StunMessage,
  UseCandidate,
  Username,
  unknownRequiredAttributes,
} from '../stun/index.js';
import { encodeCheckError, encodeCheckResponse, KNOWN_ATTRIBUTES } from './check-message.js';
import type { Generation } from './generation.js';
import type { Generations } from './generations.js';
import type { CandidatePair, LocalEntry } from './pair.js';
import type { RemoteCandidates } from './remote-candidates.js';
import type { RoleKeeper } from './role-keeper.js';
import { keptRoute, type Route } from './route.js';
import type { VerifiedRoutes } from './verified-routes.js';

/** Every agent's: what it writes is copied before the next message. */
const encoder = new StunEncoder();

export interface PeerCheckOwner {
  readonly generations: Generations;
  readonly remotes: RemoteCandidates;
  readonly roles: RoleKeeper;
  readonly routes: VerifiedRoutes;
  /** Whether packets may go there at all. */
  mayReach(address: string, port: number): boolean;
  newPair(local: LocalEntry, remote: CandidatePair['remote'], remoteAddress: string): CandidatePair;
  transmit(bytes: Uint8Array, route: Route): void;
  /** The peer was heard on this pair. */
  hear(now: Instant, pair: CandidatePair): void;
  /** An authentic check came on this pair, and was answered. */
  onCheckOf(now: Instant, generation: Generation, pair: CandidatePair, useCandidate: boolean): void;
  /** Application data that was kept until its sender was known. */
  onEarlyData(now: Instant, bytes: Uint8Array, route: Route): void;
  drop(reason: string): void;
}

/** Checks of the peer, or anybody's attempts at one: which are authentic, what they are answered, and which pair they are of. */
export class PeerChecks {
  constructor(
    private readonly owner: PeerCheckOwner,
    private readonly context: CoreContext,
  ) {}

  /** What is not authentic changes nothing and gets no answer (S-20). */
  receive(now: Instant, message: StunMessage, route: Route): void {
    const { generations, roles } = this.owner;
    if (checkFingerprint(message) === false) return this.owner.drop('ice/request/wrong-fingerprint');
    const username = message.value(Username) ?? '';
    const colon = username.indexOf(':');
    const remoteUfrag = username.slice(colon + 1);
    const generation = colon < 0 ? undefined : generations.named(username.slice(0, colon), remoteUfrag);
    if (!generation) return this.owner.drop('ice/request/unknown-ufrag');
    if (checkIntegrity(message, generation.localKey, this.context.crypto) !== 'valid')
      return this.owner.drop('ice/request/wrong-integrity');
    if (generation.remote && generation.remote.ufrag !== remoteUfrag) return this.owner.drop('ice/request/wrong-remote-ufrag');
    if (!this.owner.mayReach(route.remoteAddress, route.remotePort)) return this.owner.drop('ice/request/refused-address');
    if (generation.hasFailed) return this.owner.drop('ice/request/after-failure');
    const local = generation.localOf(route.base);
    if (!local) return this.owner.drop('ice/request/base-not-offered');
    const unknown = unknownRequiredAttributes(message, KNOWN_ATTRIBUTES);
    if (unknown.length > 0) return this.refuse(message, route, generation, StunErrorCode.unknownAttribute, unknown);
    const priority = message.value(Priority);
    if (priority === undefined) return this.refuse(message, route, generation, StunErrorCode.badRequest);
    if (generation === generations.checked && roles.losesConflict(message))
      return this.refuse(message, route, generation, StunErrorCode.roleConflict);
    this.onAuthentic(now, message, route, generation, local, remoteUfrag, priority);
  }

  /** The peer's description is here: checks of its that came before count now, and so does the data behind them. */
  replayEarly(now: Instant, generation: Generation): void {
    for (const { route, remoteUfrag, priority, useCandidate, data } of generation.earlyChecks.takeAll()) {
      const local = generation.localOf(route.base);
      if (!local || remoteUfrag !== generation.remote?.ufrag) continue;
      const pair = this.pairOf(now, generation, local, route, priority);
      if (!pair?.route) continue;
      this.owner.onCheckOf(now, generation, pair, useCandidate);
      for (const bytes of data) this.owner.onEarlyData(now, bytes, pair.route);
    }
  }

  private onAuthentic(
    now: Instant,
    message: StunMessage,
    route: Route,
    generation: Generation,
    local: LocalEntry,
    remoteUfrag: string,
    priority: number,
  ): void {
    const useCandidate = message.has(UseCandidate);
    if (!generation.remote) {
      if (!this.keepEarly(generation, route, remoteUfrag, priority, useCandidate)) return;
      this.respond(message, route, generation);
      return;
    }
    const pair = this.pairOf(now, generation, local, route, priority);
    if (!pair) return this.owner.drop('ice/request/too-many-candidates');
    pair.requestsReceived += 1;
    pair.responsesSent += 1;
    this.owner.hear(now, pair);
    this.respond(message, pair.route ?? route, generation);
    this.owner.onCheckOf(now, generation, pair, useCandidate);
  }

  /** The pair that the check came on, with a new peer reflexive candidate where nobody told us of its source (RFC 8445 §7.3.1.3). */
  private pairOf(
    now: Instant,
    generation: Generation,
    local: LocalEntry,
    route: Route,
    priority: number,
  ): CandidatePair | undefined {
    const { remotes, routes } = this.owner;
    const { checklist } = generation;
    if (route.pair && checklist.pairs.includes(route.pair)) return route.pair;
    const { remoteAddress, remotePort, base } = route;
    const known = checklist.find(base, remoteAddress, remotePort);
    if (known) {
      if (!known.route) known.route = keptRoute(route);
      routes.add(known.route);
      known.route.pair = known;
      return known;
    }
    const entry = generation.remoteAt(remoteAddress, remotePort, base.protocol);
    if (!entry && !remotes.hasRoomFor(generation)) return undefined;
    const candidate = entry?.candidate ?? remotes.peerReflexive(generation, route, priority);
    const pair = this.owner.newPair(local, candidate, remoteAddress);
    if (!checklist.add(pair)) return undefined;
    if (!entry) {
      generation.remotes.push({ candidate, address: remoteAddress });
      generation.peerReflexives += 1;
    }
    pair.route = keptRoute(route);
    routes.add(pair.route);
    pair.route.pair = pair;
    this.context.log.debug('ice/peer-reflexive-candidate', { pair: pair.id, at: now });
    return pair;
  }

  private keepEarly(generation: Generation, route: Route, remoteUfrag: string, priority: number, useCandidate: boolean): boolean {
    const { earlyChecks } = generation;
    const known = earlyChecks.find(route);
    if (known) known.useCandidate ||= useCandidate;
    if (known || earlyChecks.isFull) return known !== undefined;
    const candidate = this.owner.remotes.peerReflexive(generation, route, priority);
    earlyChecks.add({ candidate, route: keptRoute(route), remoteUfrag, priority, useCandidate });
    return true;
  }

  private respond(message: StunMessage, route: Route, generation: Generation): void {
    const source = { address: route.remoteAddress, port: route.remotePort };
    const { crypto } = this.context;
    this.owner.transmit(encodeCheckResponse(encoder, message.transactionId, source, generation.localKey, crypto), route);
  }

  private refuse(message: StunMessage, route: Route, generation: Generation, code: number, unknown?: readonly number[]): void {
    this.owner.drop(`ice/request/${code}`);
    const { crypto } = this.context;
    const error = { code, reason: '' };
    this.owner.transmit(encodeCheckError(encoder, message.transactionId, error, unknown, generation.localKey, crypto), route);
  }
}

import type { CoreContext, Instant } from '../core/index.js';
import {
  checkFingerprint,
  checkIntegrity,
  ErrorCode,
  newTransactionId,
  type RetransmitPolicy,
  STREAM_RETRANSMIT,
  StunEncoder,
  type StunMessage,
  StunTransaction,
  type TransportAddress,
  transactionKey,
  unknownRequiredAttributes,
  XorMappedAddress,
} from '../stun/index.js';
import { encodeCheck, KNOWN_ATTRIBUTES } from './check-message.js';
import type { Generation } from './generation.js';
import type { IceTiming } from './options.js';
import type { CandidatePair } from './pair.js';
import { type PendingCheck, PendingChecks } from './pending-checks.js';
import { candidatePriority } from './priority.js';
import type { RoleKeeper } from './role-keeper.js';
import { isSameRoute, type Route } from './route.js';

/** Every agent's: what it writes is copied before the next message. */
const encoder = new StunEncoder();

/** A consent request is repeated while it may still be answered; its id stays, so that it counts as one (RFC 7675 §5.1). */
const CONSENT_RETRANSMIT: RetransmitPolicy = { rtoMs: 500, rc: 4, rm: 53 };

/** A check to where data came from, sent once: its sender is not known to be the peer (INV-5). */
const PROBE_RETRANSMIT: RetransmitPolicy = { rtoMs: 500, rc: 1, rm: 2 };

/** What a check is for, besides finding out whether its pair works. */
export interface CheckPurpose {
  /** It nominates the pair (RFC 8445 §8.1.1). */
  readonly useCandidate: boolean;
  /** It asks whether we may go on sending (RFC 7675). */
  readonly isConsent: boolean;
}

export interface OwnCheckOwner {
  readonly roles: RoleKeeper;
  isProbe(pair: CandidatePair): boolean;
  transmit(bytes: Uint8Array, route: Route): void;
  onCheckSucceeded(now: Instant, check: PendingCheck, rttMs: number | undefined, mapped: TransportAddress): void;
  onCheckRefused(now: Instant, check: PendingCheck, code: number | undefined): void;
  onCheckTimeout(now: Instant, check: PendingCheck): void;
  drop(reason: string): void;
}

/** Checks of ours: how they are written and repeated, and which answers to them count (RFC 8445 §7.2). */
export class OwnChecks {
  readonly pending: PendingChecks;

  constructor(
    private readonly owner: OwnCheckOwner,
    private readonly timing: IceTiming,
    private readonly context: CoreContext,
  ) {
    this.pending = new PendingChecks(owner);
  }

  send(now: Instant, pair: CandidatePair, generation: Generation, { useCandidate, isConsent }: CheckPurpose): void {
    const { route } = pair;
    if (!route || !generation.remote) return;
    const { base } = pair.local;
    const { roles } = this.owner;
    const transactionId = newTransactionId(this.context.random);
    const bytes = encodeCheck(
      encoder,
      {
        transactionId,
        username: `${generation.remote.ufrag}:${generation.local.ufrag}`,
        priority: candidatePriority({
          type: 'prflx',
          protocol: base.protocol,
          tcpType: base.kind === 'tcp' ? base.tcpType : undefined,
          relayProtocol: undefined,
          localPreference: base.localPreference,
        }),
        role: roles.current,
        tieBreaker: roles.tieBreaker,
        useCandidate,
        key: generation.remoteKey,
      },
      this.context.crypto,
    ).slice();
    const transaction = new StunTransaction(now, this.policyFor(pair, generation, isConsent));
    if (isConsent) pair.consentRequestsSent += 1;
    const check: PendingCheck = { pair, generation, route, bytes, transaction, role: roles.current, useCandidate, isConsent };
    this.pending.start(now, transactionKey(transactionId), check);
  }

  /** An answer. It must be signed with the peer's password and come the way the check went (RFC 8445 §7.2.5.2). False when it is to none of ours. */
  receive(now: Instant, message: StunMessage, route: Route): boolean {
    const key = transactionKey(message.transactionId);
    const check = this.pending.get(key);
    if (!check) return false;
    const fault = this.faultOf(message, route, check);
    if (fault !== undefined) {
      this.owner.drop(fault);
      return true;
    }
    this.pending.delete(key);
    const rttMs = check.transaction.finish(now);
    check.pair.responsesReceived += 1;
    const mapped = message.value(XorMappedAddress);
    if (message.messageClass === 'error') this.owner.onCheckRefused(now, check, message.value(ErrorCode)?.code);
    else if (!mapped) this.owner.drop('ice/response/no-mapped-address');
    else this.owner.onCheckSucceeded(now, check, rttMs, mapped);
    return true;
  }

  private faultOf(message: StunMessage, route: Route, check: PendingCheck): string | undefined {
    if (checkFingerprint(message) === false) return 'ice/response/wrong-fingerprint';
    if (checkIntegrity(message, check.generation.remoteKey, this.context.crypto) !== 'valid')
      return 'ice/response/wrong-integrity';
    if (!isSameRoute(route, check.route)) return 'ice/response/other-path';
    if (unknownRequiredAttributes(message, KNOWN_ATTRIBUTES).length > 0) return 'ice/response/unknown-attribute';
    return undefined;
  }

  private policyFor(pair: CandidatePair, generation: Generation, isConsent: boolean): RetransmitPolicy {
    if (pair.route?.kind === 'tcp') return STREAM_RETRANSMIT;
    if (isConsent) return CONSENT_RETRANSMIT;
    if (this.owner.isProbe(pair)) return PROBE_RETRANSMIT;
    const { rtoMs, pacingMs, checkTries } = this.timing;
    return { rtoMs: Math.max(rtoMs, pacingMs * generation.checklist.pendingCount), rc: checkTries, rm: 16 >> 1 };
  }
}

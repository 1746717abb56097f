import type { Instant } from '../../../core/index.js';
import { type StunEncoder, StunErrorCode, type StunMessage } from '../../../stun/index.js';
import type { AllocationTable } from '../allocation-table.js';
import type { Identity } from '../authenticator.js';
import type { Client } from '../client.js';
import type { MobilityTickets } from '../mobility-tickets.js';
import type { Outbox } from '../outbox.js';
import type { PeerGate } from '../peer-gate.js';
import type { TurnServerSettings } from '../settings.js';

/** A request that is authentic, and what it may touch. */
export interface AuthenticRequest {
  readonly now: Instant;
  readonly message: StunMessage;
  readonly client: Client;
  readonly identity: Identity;
  readonly hasFingerprint: boolean;
}

/** What handlers of requests work on. */
export interface RequestScope {
  readonly settings: TurnServerSettings;
  readonly table: AllocationTable;
  readonly gate: PeerGate;
  readonly tickets: MobilityTickets;
  readonly outbox: Outbox;
  readonly isDraining: boolean;
}

/** What a request comes to. 'later' when something must happen first; whoever makes it happen answers. */
export type Answer =
  | { readonly type: 'success'; readonly fill: (encoder: StunEncoder) => void }
  | { readonly type: 'error'; readonly code: number; readonly reason: string; readonly fill?: (encoder: StunEncoder) => void }
  | { readonly type: 'later' };

export const LATER: Answer = { type: 'later' };

const EMPTY_SUCCESS: Answer = { type: 'success', fill() {} };

export function success(fill?: (encoder: StunEncoder) => void): Answer {
  return fill ? { type: 'success', fill } : EMPTY_SUCCESS;
}

/** `reason` is a stable word: a metric label, and what the client reads behind the phrase of the code. */
export function refusal(code: number, reason: string, fill?: (encoder: StunEncoder) => void): Answer {
  return fill ? { type: 'error', code, reason, fill } : { type: 'error', code, reason };
}

/** Phrases of the IANA registry, for people who read captures. */
const PHRASES: Readonly<Record<number, string>> = {
  [StunErrorCode.tryAlternate]: 'Try Alternate',
  [StunErrorCode.badRequest]: 'Bad Request',
  [StunErrorCode.unauthenticated]: 'Unauthenticated',
  [StunErrorCode.forbidden]: 'Forbidden',
  [StunErrorCode.mobilityForbidden]: 'Mobility Forbidden',
  [StunErrorCode.unknownAttribute]: 'Unknown Attribute',
  [StunErrorCode.allocationMismatch]: 'Allocation Mismatch',
  [StunErrorCode.staleNonce]: 'Stale Nonce',
  [StunErrorCode.addressFamilyNotSupported]: 'Address Family not Supported',
  [StunErrorCode.wrongCredentials]: 'Wrong Credentials',
  [StunErrorCode.unsupportedTransport]: 'Unsupported Transport Protocol',
  [StunErrorCode.peerAddressFamilyMismatch]: 'Peer Address Family Mismatch',
  [StunErrorCode.connectionAlreadyExists]: 'Connection Already Exists',
  [StunErrorCode.connectionTimeoutOrFailure]: 'Connection Timeout or Failure',
  [StunErrorCode.allocationQuotaReached]: 'Allocation Quota Reached',
  [StunErrorCode.insufficientCapacity]: 'Insufficient Capacity',
};

export function phraseOf(code: number): string {
  return PHRASES[code] ?? 'Server Error';
}

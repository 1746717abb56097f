import { nodeCrypto } from '@maru/node';
import {
  type Credential,
  type CredentialQuery,
  type CredentialRefusal,
  type CredentialSource,
  SharedSecretCredentials,
  type WallClock,
} from '@maru/protocol/turn/server';
import { MAX_CREDENTIAL_TTL_SECONDS } from '../config/turn-config.js';
import { seatOf } from './seat-user.js';

export interface SeatCredentialOptions {
  readonly secrets: readonly string[];
  readonly graceS: number;
  readonly separator: string;
  readonly wallClock: WallClock;
  readonly isSeated: (connection: string) => boolean;
  /** Knows everybody else. */
  readonly others: CredentialSource;
}

/**
 * Credentials of those who sit in a session of this server: a new allocation needs one that has not ended, a call that is relayed goes
 * on for as long as its seat is there, and ends with it, whatever the credential says (S-09).
 */
export class SeatCredentials implements CredentialSource {
  readonly knowsUserhashes = false;
  private readonly fresh: SharedSecretCredentials;
  private readonly lasting: SharedSecretCredentials;

  constructor(private readonly options: SeatCredentialOptions) {
    const { secrets, graceS, separator, wallClock } = options;
    const maxTtlS = MAX_CREDENTIAL_TTL_SECONDS;
    this.fresh = new SharedSecretCredentials({ secrets, maxTtlS, graceS, separator }, wallClock, nodeCrypto);
    this.lasting = new SharedSecretCredentials({ secrets, maxTtlS, graceS: maxTtlS, separator }, wallClock, nodeCrypto);
  }

  lookup(query: CredentialQuery): Credential | CredentialRefusal {
    const { username = '' } = query;
    const seat = seatOf(username.slice(username.indexOf(this.options.separator) + 1));
    if (seat === undefined) return this.options.others.lookup(query);
    if (!this.options.isSeated(seat)) return 'revoked';
    return (query.isRefresh ? this.lasting : this.fresh).lookup(query);
  }
}
